"""Real processes to attach to: small trainings, each in other surroundings."""

import subprocess
import sys
from collections.abc import Callable, Generator

import pytest

from logwatch.attach import ptrace
from logwatch.attach.permission import read_host
from tests.attach.started import Server, Target, Truth


def need_ptrace() -> None:
    """Skip where the kernel does not let us trace even our own child."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        ptrace.run_apart(lambda: ptrace.ask(ptrace.SEIZE, child.pid))
    except OSError as error:
        pytest.skip(f"needs the kernel's leave to trace (ptrace: {error.strerror})")
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(scope="session")
def may_trace() -> None:
    """Tests that ask for this trace a child of ours."""
    need_ptrace()


@pytest.fixture(scope="session")
def may_trace_all(may_trace: None) -> None:
    """Tests that ask for this let another process trace a child of ours."""
    host = read_host()
    if host.yama and not host.may_trace_all:
        pytest.skip("needs the kernel's leave to trace (kernel.yama.ptrace_scope=0, or root)")


@pytest.fixture(scope="session")
def server(may_trace: None) -> Generator[Server]:
    """Where targets come from."""
    pytest.importorskip("torch", reason="needs torch")
    server = Server()
    yield server
    server.close()


@pytest.fixture
def start_target(server: Server) -> Generator[Callable[[str], Target]]:
    """Start a target by name; it is ended after the test, if it has not ended by then."""
    started = []

    def start(name: str) -> Target:
        target = server.start(name)
        started.append(target)
        target.wait_steps(2)
        return target

    yield start
    for target in started:
        target.close()
        target.kill()


@pytest.fixture(scope="session")
def truth(server: Server) -> Generator[Callable[[int], list[str]]]:
    """The losses of the first steps of a training that nobody looks into."""
    truth = Truth(*server.spawn("train"))
    yield truth.tell
    truth.kill()
