"""Each refusal is found before anything is stopped, and says what would lift it."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from logwatch.attach import fitness, permission, ptrace
from logwatch.attach import method as method_module
from logwatch.attach.attachment import Options, attach
from logwatch.attach.checks import find_refusal
from logwatch.attach.permission import Host, read_host
from logwatch.attach.process import read_process
from logwatch.attach.refusal import EXIT_CODES, AttachRefused

TARGETS = Path(__file__).resolve().parent / "targets"
NOBODY = 65534
WAITER = "print('ready', flush=True); input()"
ALL = (1 << 40) - 1
TRACE = 1 << permission.CAP_SYS_PTRACE
HOST = Host(pid=2**22 + 1, uid=1000, capabilities=0, yama=None, container=None, has_seccomp=False)


@contextmanager
def running(*command, **more):
    """A child that has said `ready`; it is ended."""
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more
    )
    try:
        assert "ready\n" == child.stdout.readline()
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def waiter():
    """A Python process that waits."""
    with running(sys.executable, "-c", WAITER) as child:
        yield child


@pytest.fixture
def waiting(waiter):
    """What is known of one that belongs to user 1000."""
    return replace(read_process(waiter.pid), uid=1000, user="ada")


def told(pid, method="auto"):
    """Code, exit code and sentence with which attaching is refused."""
    with pytest.raises(AttachRefused) as caught:
        attach(pid, Options(method=method))
    found = caught.value.refusal
    assert found.remedy.endswith(".")
    assert str(caught.value) == found.sentence
    return found.code, found.exit_code, found.sentence


def told_as(pid, *words):
    """The same as another user, or with less capabilities than we have."""
    command = [sys.executable, str(TARGETS / "refused.py"), str(pid), "auto", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_exit_codes_are_distinct():
    """Each refusal ends with a code of its own, apart from those of the other commands."""
    codes = list(EXIT_CODES.values())

    assert len(codes) == len(set(codes))
    assert set(codes) <= set(range(20, 64))


def test_no_process():
    """A number that nobody has."""
    pid = 2**22 + 1
    assert ("no-process", 20, f"there is no process {pid}") == told(pid)


def test_itself():
    """We do not stop ourselves."""
    pid = os.getpid()
    assert ("itself", 21, f"process {pid} is logwatch itself") == told(pid)


def test_zombie():
    """A child that has ended and that nobody has waited for."""
    child = subprocess.Popen(["true"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        sentence = f"process {child.pid} has ended and waits for its parent to notice"
        assert ("zombie", 22, sentence) == told(child.pid)
    finally:
        child.wait()


def test_stopped(waiter):
    """A process that SIGSTOP has stopped stays stopped, and is told how to go on."""
    os.kill(waiter.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, waiter.pid, os.WSTOPPED | os.WNOWAIT)

    assert ("stopped", 23, f"process {waiter.pid} is stopped") == told(waiter.pid)
    assert "T" == read_process(waiter.pid).state


@pytest.mark.ptrace
def test_traced(may_trace, waiter):
    """A process that a debugger holds: the debugger is named."""

    def ask_while_traced():
        ptrace.ask(ptrace.SEIZE, waiter.pid)
        return read_process(waiter.pid).tracer, told(waiter.pid)

    tracer, (code, number, sentence) = ptrace.run_apart(ask_while_traced)
    name = fitness.name_process(os.getpid())

    assert ("traced", 24) == (code, number)
    assert f"process {waiter.pid} is already traced by process {tracer} ({name})" == sentence


def test_other_user(waiter):
    """A process of another user: his name is told."""
    if os.geteuid():  # process 1 is root's
        assert ("other-user", 25, "process 1 belongs to root") == told(1)
    else:
        code, number, sentence, remedy = told_as(waiter.pid, "user", str(NOBODY))
        assert ("other-user", 25) == (code, number)
        assert f"process {waiter.pid} belongs to root" == sentence
        assert "Run logwatch as root, or with sudo." == remedy


@pytest.mark.parametrize(("scope", "word"), [(1, "sysctl"), (2, "sudo"), (3, "reboot")])
def test_yama(waiting, scope, word):
    """Each setting of Yama is named, with what lifts it."""
    found = find_refusal(waiting, "auto", replace(HOST, yama=scope))

    assert ("yama", 26) == (found.code, found.exit_code)
    assert f"blocked by Yama: kernel.yama.ptrace_scope is {scope}" == found.sentence
    assert word in found.remedy


@pytest.mark.ptrace
def test_yama_lets_through_whom_the_kernel_lets_through(may_trace, waiting):
    """Children at 1, privileges at 1 and 2, nobody at 3."""
    parent = replace(HOST, pid=os.getpid())
    mighty = replace(HOST, capabilities=TRACE)

    assert find_refusal(waiting, "ptrace", replace(parent, yama=1)) is None
    assert find_refusal(waiting, "ptrace", replace(mighty, yama=1)) is None
    assert find_refusal(waiting, "ptrace", replace(mighty, yama=2)) is None
    assert "yama" == find_refusal(waiting, "ptrace", replace(mighty, yama=3)).code


def test_no_capability(waiting, waiter):
    """A process with privileges that we lack; in a container it is said how to get them."""
    hidden = replace(waiting, is_hidden=True)
    inside = replace(HOST, capabilities=0, container="/.dockerenv")
    if os.geteuid() == 0:
        code, number, sentence, remedy = told_as(waiter.pid, "without-ptrace")
        assert ("no-capability", 27) == (code, number)
        assert ("--cap-add=SYS_PTRACE" if read_host().container else "sudo") in remedy
        found = find_refusal(hidden, "auto", inside)
        assert "no-capability" == found.code
        assert "--cap-add=SYS_PTRACE" in found.remedy
        assert (
            f"this container lacks the capability SYS_PTRACE that process {waiter.pid} asks for"
            == found.sentence
        )
        assert f"lacks the capability SYS_PTRACE that process {waiter.pid} asks for" in sentence
    else:
        assert find_refusal(hidden, "auto", inside).code in {"undumpable", "no-capability"}


def test_undumpable():
    """A process of our own user that forbids debugging."""
    is_root = os.geteuid() == 0
    words = [str(NOBODY)] if is_root else []
    with running(sys.executable, str(TARGETS / "undumpable.py"), *words) as child:
        if is_root:
            code, number, sentence, _ = told_as(child.pid, "user", str(NOBODY))
        else:
            code, number, sentence = told(child.pid)
        assert ("undumpable", 28) == (code, number)
        assert sentence.startswith(f"process {child.pid} forbids debugging")


def test_uninterruptible(tmp_path):
    """A process whose new child has not begun its program yet waits where no signal reaches it."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = (
        "import os, sys; print('ready', flush=True); "
        "os.posix_spawn('/bin/true', ['true'], {}, "
        f"file_actions=[(os.POSIX_SPAWN_OPEN, 0, {str(fifo)!r}, os.O_RDONLY, 0)])"
    )
    with running(sys.executable, "-c", code) as child:
        while read_process(child.pid).state != "D":  # it has said `ready` and is about to
            os.sched_yield()
        sentence = f"process {child.pid} is in an uninterruptible wait (state D)"
        try:
            assert ("uninterruptible", 29, sentence) == told(child.pid)
        finally:
            os.close(os.open(fifo, os.O_WRONLY))


def test_not_python():
    """A program that is no Python."""
    with running("sh", "-c", "echo ready; read line") as child:
        code, number, sentence = told(child.pid)
        assert ("not-python", 30) == (code, number)
        assert sentence.startswith(f"process {child.pid} is no CPython")


def test_old_python(waiting):
    """A Python that the guest is not written for."""
    found = find_refusal(replace(waiting, python="3.7"), "auto", HOST)

    assert ("old-python", 31) == (found.code, found.exit_code)
    assert f"process {waiting.pid} runs Python 3.7; the probe needs 3.8 or newer" == found.sentence


def test_unknown_machine(waiting):
    """A processor that our own injector does not know, asked for it."""
    found = find_refusal(replace(waiting, machine="riscv64"), "ptrace", HOST)

    assert ("unknown-machine", 32) == (found.code, found.exit_code)
    assert "logwatch has no injector for processors of kind riscv64" == found.sentence


def test_shadow_stack(waiting):
    """A process that checks its return addresses cannot be called into."""
    found = find_refusal(replace(waiting, has_shadow_stack=True), "ptrace", HOST)

    assert ("shadow-stack", 33) == (found.code, found.exit_code)


def test_no_remote(waiting):
    """A Python without the protocol, asked for it."""
    found = find_refusal(replace(waiting, python="3.11"), "remote", HOST)
    known = read_process(waiting.pid).python
    if known in {"3.14", "3.15"}:
        assert found is None
    else:
        assert ("no-remote", 35) == (found.code, found.exit_code)


@pytest.mark.parametrize("method", ["auto", "remote"])
def test_remote_off(waiting, monkeypatch, method):
    """A Python whose remote debugging is switched off is not entered by another way."""

    class Off:
        is_enabled = False

    monkeypatch.setattr(method_module, "look_at_remote", lambda pid, memory: Off)
    found = find_refusal(replace(waiting, python="3.14"), method, HOST)

    assert ("remote-off", 34) == (found.code, found.exit_code)
    assert "--method ptrace" in found.remedy
    assert "PYTHON_DISABLE_REMOTE_DEBUG" in found.sentence


@pytest.mark.ptrace
def test_remote_off_is_overruled_by_name_only(may_trace, waiting):
    """Who asks for ptrace by name gets it."""
    assert find_refusal(replace(waiting, python="3.14"), "ptrace", HOST) is None


def test_no_gdb(waiting, monkeypatch):
    """gdb asked for where there is none."""
    monkeypatch.setattr(method_module, "find_gdb", lambda: None)
    found = find_refusal(waiting, "gdb", HOST)

    assert ("no-gdb", 36) == (found.code, found.exit_code)


@pytest.mark.ptrace
def test_no_parked_thread(may_trace):
    """A helper thread asked for where no thread waits."""
    with running(sys.executable, "-c", "print('ready', flush=True)\nwhile 1: pass") as child:
        sentence = f"no thread of process {child.pid} waits long enough to be used"
        assert ("no-parked-thread", 37, sentence) == told(child.pid, "thread")


def test_denied(waiting, monkeypatch):
    """What the kernel itself says is told, though no file told of it."""

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(ptrace, "ask", refuse)
    found = find_refusal(waiting, "ptrace", HOST)
    inside = find_refusal(waiting, "ptrace", replace(HOST, container="/.dockerenv"))

    assert ("denied", 38) == (found.code, found.exit_code)
    assert (
        f"the kernel forbids to trace process {waiting.pid}: Operation not permitted"
        == found.sentence
    )
    assert ("no-capability", 27) == (inside.code, inside.exit_code)


def test_no_folder(waiter, monkeypatch, may_trace):
    """Where no folder can be made that both see."""
    from logwatch.attach import attachment

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(attachment, "open_link", refuse)
    sentence = f"no folder can be made that process {waiter.pid} also sees: Permission denied"

    assert ("no-folder", 39, sentence) == told(waiter.pid)


def test_the_kernel_is_asked_without_a_stop(may_trace, waiter):
    """Asking whether we may trace leaves the process in its wait, traced by nobody."""
    found = read_process(waiter.pid)

    assert permission.find_denied(found, read_host()) is None
    after = read_process(waiter.pid)
    assert (0, "S") == (after.tracer, after.state)
