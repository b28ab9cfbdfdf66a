"""Pipes, sockets, devices and files of the kernel are refused at once, whoever names them."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest

from logwatch.cli import main
from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.report.run_reading import read_target
from logwatch.sources.config_files import NAME, find_config, read_config
from logwatch.sources.pipe import Spool
from logwatch.sources.slurm import find_limit
from logwatch.sources.source import SourceError
from logwatch.sources.targets import find_baseline, open_source
from logwatch.sources.trusted_files import UntrustedError, read_given, read_regular

Make = Callable[[Path], None]
STRANGER = 4711
LINES = "".join(f"step {step} loss {3 - step / 100}\n" for step in range(50))


def make_socket(path: Path) -> None:
    """A socket that nobody listens at any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))


def link_to(name: str) -> Make:
    """Make links to a file."""
    return lambda path: path.symlink_to(name)


KINDS = [
    pytest.param(os.mkfifo, "a named pipe", id="fifo"),
    pytest.param(make_socket, "a socket", id="socket"),
    pytest.param(link_to("/dev/zero"), "a device", id="device"),
    pytest.param(link_to("/proc/self/cmdline"), "a file of the kernel", id="proc"),
    pytest.param(link_to("/proc/kmsg"), "a file of the kernel", id="kmsg"),
    pytest.param(lambda path: path.mkdir(), "a folder", id="folder"),
]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """The current folder, with a log; its path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="lw"))
    (folder / "d.log").write_text(LINES)
    monkeypatch.chdir(folder)
    yield folder
    monkeypatch.undo()
    shutil.rmtree(folder)


@pytest.mark.parametrize(("make", "kind"), KINDS)
class TestKinds:
    def test_it_is_not_read(self, folder: Path, make: Make, kind: str) -> None:
        """The reason is one phrase."""
        make(folder / "x")

        with pytest.raises(UntrustedError, match=f"it is {kind}"):
            read_regular(folder / "x", 100)

    @pytest.mark.parametrize(
        "words", [["check", "d.log"], ["export", "d.log"], ["dialects", "list"]]
    )
    def test_as_the_file_beside_a_log(
        self, folder: Path, make: Make, kind: str, words: list[str], capsys
    ) -> None:
        """The command ends with one sentence that names the file and the kind."""
        make(folder / NAME)

        assert 0 != main(words)
        told = capsys.readouterr()
        assert f"{NAME} cannot be read: it is {kind}" in told.err + told.out

    def test_as_a_context(self, folder: Path, make: Make, kind: str) -> None:
        """Neither where it was named nor where it was found."""
        make(folder / NAME)

        for read in (lambda: read_config(folder / NAME), lambda: find_config(folder / "d.log")):
            with pytest.raises(SourceError, match=f"cannot be read: it is {kind}"):
                read()

    def test_as_a_dialect(self, folder: Path, make: Make, kind: str, capsys) -> None:
        """A dialect is never waited for."""
        make(folder / "own.toml")

        assert 0 != main(["check", "--dialect", "own.toml", "d.log"])
        assert "own.toml" in capsys.readouterr().err

    def test_as_a_baseline(self, folder: Path, make: Make, kind: str, library: Library) -> None:
        """A baseline that a logwatch.toml names is a regular file, or refused in a sentence."""
        make(folder / "base")
        (folder / NAME).write_text('baseline = "base"\n')

        reading = read_target(find_baseline("d.log", folder / NAME), library, Question())
        assert reading.error.startswith("base ")

    def test_as_the_head_of_a_log(self, folder: Path, make: Make, kind: str) -> None:
        """The look for the job of a log waits for nothing."""
        make(folder / "slurm-1.out")

        assert 0.0 == find_limit(folder / "slurm-1.out", {})


def test_at_most_so_much_is_read(folder: Path) -> None:
    """A file longer than the limit is cut; a link to a regular file is followed."""
    (folder / "link").symlink_to("d.log")

    assert LINES[:7].encode() == read_regular(folder / "link", 7)
    assert LINES.encode() == read_regular(folder / "d.log", 1 << 20)


@pytest.mark.parametrize("name", ["/proc/kmsg", "/proc/self/status", "/sys/kernel/uevent_seqnum"])
def test_a_file_of_the_kernel_is_no_log(name: str, capsys) -> None:
    """A target in /proc or /sys looks regular, and is refused in a sentence."""
    if not Path(name).exists():
        pytest.skip(f"needs {name}")
    assert 0 != main(["check", name])
    assert f"{name} is a file of the kernel, not a log file" in capsys.readouterr().err


def test_standard_input_is_no_baseline_of_a_file(folder: Path) -> None:
    """A logwatch.toml cannot have the terminal read."""
    assert "names no file" in find_baseline("-", folder / NAME).error


def test_a_baseline_that_becomes_a_pipe(folder: Path) -> None:
    """What is exchanged for a pipe after it was looked at is not waited for."""
    (folder / NAME).write_text("")
    target = find_baseline("d.log", folder / NAME)
    (folder / "d.log").unlink()
    os.mkfifo(folder / "d.log")

    with pytest.raises(SourceError, match="is a pipe, not a file"):
        open_source(target)


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root: a file of another user")
class TestOwners:
    @pytest.mark.parametrize(
        ("owner", "mode", "is_read"),
        [(0, 0o600, False), (0, 0o640, False), (0, 0o644, True), (STRANGER, 0o600, True)],
    )
    def test_what_the_writer_may_read(
        self, folder: Path, owner: int, mode: int, is_read: bool
    ) -> None:
        """A logwatch.toml of another user names only what that user may read."""
        (folder / NAME).write_text('baseline = "d.log"\n')
        os.chown(folder / NAME, STRANGER, STRANGER)
        os.chown(folder / "d.log", owner, owner)
        (folder / "d.log").chmod(mode)

        assert is_read == (not find_baseline("d.log", folder / NAME).error)

    def test_a_context_of_another_user(self, folder: Path) -> None:
        """A shared folder has one logwatch.toml for all: its owner does not matter."""
        (folder / NAME).write_text("max_steps = 5\n")
        os.chown(folder / NAME, STRANGER, STRANGER)

        assert 5 == find_config(folder / "d.log").max_steps


def test_a_spool_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of a pipe lies in a file that nobody can name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool()
    spool.append(b"text")

    assert b"text" == spool.pread(0, 4)
    assert [] == list(tmp_path.iterdir())
    spool.close()


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    """The two ends of a pipe; a test may close the end that is written."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    with suppress(OSError):
        os.close(writing)


class TestGivenPipes:
    """What a shell makes of `<(command)`."""

    @pytest.mark.parametrize("place", ["/dev/fd", "/proc/self/fd"])
    def test_it_is_read_to_its_end(self, pipe: tuple[int, int], place: str) -> None:
        """A text comes in two pieces."""
        reading, writing = pipe
        os.write(writing, b"max_steps")
        os.write(writing, b" = 5")
        os.close(writing)

        assert b"max_steps = 5" == read_given(Path(place) / str(reading), 100)

    def test_at_most_so_much_is_read(self, pipe: tuple[int, int]) -> None:
        """A command that never ends is cut at the limit."""
        os.write(pipe[1], b"text without an end")

        assert b"text" == read_given(Path(f"/dev/fd/{pipe[0]}"), 4)

    def test_it_is_not_waited_for_without_an_end(
        self, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A command that hangs is refused."""
        monkeypatch.setattr("logwatch.sources.trusted_files.PIPE_SECONDS", 0.0)

        with pytest.raises(UntrustedError, match="the command behind it did not end in 0 s"):
            read_given(Path(f"/dev/fd/{pipe[0]}"), 100)

    def test_a_named_pipe_is_not_one(self, folder: Path) -> None:
        """A pipe with a name in a folder may be of anybody."""
        os.mkfifo(folder / "x")

        with pytest.raises(UntrustedError, match="it is a named pipe"):
            read_given(folder / "x", 100)

    @pytest.mark.parametrize("name", ["/dev/fd/987654", "/dev/fd/99999999999999", "/dev/fd/x"])
    def test_a_descriptor_that_is_not_open(self, name: str) -> None:
        """It is a file that does not exist."""
        with pytest.raises(OSError, match="No such file"):
            read_given(Path(name), 100)
