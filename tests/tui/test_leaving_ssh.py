"""The program ends with its connection, over a real sshd, and lives on in a tmux there."""

import os
import random
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attach.conftest import need_ptrace
from tests.closed_terminals import PATIENCE_S, find_left
from tests.remote_terminals import RemoteProgram, Server, find_lack, random_moments

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(bool(find_lack()), reason=find_lack() or "needs nothing"),
]

IN_SUITE = 4


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """An sshd of our own."""
    with tempfile.TemporaryDirectory(prefix="lw") as name, Server(Path(name)) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a log."""
    lines = "".join(f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 200))
    (tmp_path / "a.log").write_text(lines)
    return tmp_path


def test_no_process_outlives_its_connection(server: Server, folder: Path) -> None:
    """The connection drops at moments of starting, after `q` and after Ctrl-C."""
    chosen = random_moments(random.Random(1), IN_SUITE)

    assert [] == find_left(chosen, ["a.log"], folder, open_terminal=server.open, at_once=3)


@pytest.mark.ptrace
def test_a_process_that_was_looked_into_lives_on(server: Server, folder: Path) -> None:
    """The connection drops while a probe goes in and while it is there; the target goes on."""
    need_ptrace()
    counting = "import time\nwhile True:\n    print('on', flush=True); time.sleep(0.005)"
    command = [sys.executable, "-c", counting]
    out = folder / "out.log"
    with out.open("w") as written, subprocess.Popen(command, stdout=written) as target:
        words = ["attach", str(target.pid), "--log", "a.log"]
        chosen = random_moments(random.Random(2), 2)
        try:
            assert [] == find_left(chosen, words, folder, open_terminal=server.open, at_once=2)
            before, end = out.stat().st_size, time.monotonic() + PATIENCE_S
            while out.stat().st_size == before and time.monotonic() < end:
                with pytest.raises(subprocess.TimeoutExpired):
                    target.wait(0.05)
            assert before < out.stat().st_size
        finally:
            target.kill()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_it_lives_on_in_a_tmux(server: Server, folder: Path) -> None:
    """A connection that drops detaches the tmux; the program stays, and ends with the tmux."""
    screen = shlex.join([sys.executable, "-m", "logwatch", "a.log"])
    tmux = ["tmux", "-f", "/dev/null", "-S", str(server.folder / "tmux")]
    words = [*tmux, "new-session", f"echo $$ > pid; exec {screen}"]
    terminal = RemoteProgram(server, words, folder)
    try:
        assert terminal.read(PATIENCE_S, b"FOLLOW"), terminal.sent
        pidfd = os.pidfd_open(int((folder / "pid").read_text()))
        terminal.close_terminal()
        assert terminal.wait() is not None
        assert not select.select([pidfd], [], [], 0)[0]
        subprocess.run([*tmux, "kill-server"], check=True)
        assert select.select([pidfd], [], [], PATIENCE_S)[0]
    finally:
        terminal.end()
        subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)
