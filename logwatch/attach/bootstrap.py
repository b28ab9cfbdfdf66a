"""What is run in the target: one line of Python that starts the guest, and can do nothing else."""

import re

_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")


GUEST = """\
try:
    with open(FOLDER + '/guest.py', encoding='utf-8') as file:
        exec(compile(file.read(), 'logwatch-probe', 'exec'))
except BaseException:
    pass
"""
"""What the new thread runs: the copy of `guest.py`, which starts itself, or nothing at all."""

BOOTSTRAP = """\
try:
    import _thread, threading
    NAMES = dict(__name__='logwatch_guest', FOLDER={folder!r}, TOKEN={token!r})
    _thread.start_new_thread(exec, ({guest!r}, NAMES))
except KeyboardInterrupt:
    _thread.interrupt_main()
except BaseException:
    pass
"""
"""What the training's own thread runs: it starts a thread, and passes on a Ctrl-C.

`threading` is imported here, if it is not yet: before Python 3.13 the thread that imports it first
is taken for the main thread.
"""


def write_bootstrap(folder: str, token: str) -> str:
    """Python that starts the guest on a thread of its own, whatever happens.

    It raises nothing, prints nothing and leaves no name behind where it runs in names of its own.
    No text of a user is in it: the folder is made by us, the token is hexadecimal.

    Raises: ValueError for a folder that is not plain letters.
    """
    if not _PLAIN_PATH.fullmatch(folder) or not token.isalnum():
        raise ValueError(f"not a plain folder: {folder}")
    return BOOTSTRAP.format(folder=folder, token=token, guest=GUEST)


def pack_bootstrap(script: str) -> str:
    """The same on one line of ASCII without `"`, backslash and `%`, in names of its own.

    `PyRun_SimpleString` runs in `__main__`, where a training may have a variable named `exec`.
    """
    packed = f"__import__('binascii').unhexlify('{script.encode().hex()}')"
    return f"__import__('builtins').exec({packed}, {{}})"
