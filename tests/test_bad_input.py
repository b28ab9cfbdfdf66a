"""Whatever a target turns out to be, the answer is one sentence or a run, never a traceback."""

import gzip
import json
import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logwatch.cli import exits, main

NOBODY = 65534
"""The user who owns nothing. Source: Debian's base-passwd."""
WORDS = b"step ,loss,=,: ,1e400,nan,0.5,\r,\n,{,},',\",\x1b[31m,\xff,| 10%|,9/10 ,[eval],\0".split(
    b","
)
"""What lines of logs are made of, to be put together without sense."""
RANDOM = np.random.default_rng(0)


def make_missing(folder: Path) -> Path:
    """A name that nothing has."""
    return folder / "gone.log"


def make_empty_folder(folder: Path) -> Path:
    """A folder without a log."""
    return folder


def make_weights(folder: Path) -> Path:
    """A checkpoint as torch.save writes it."""
    path = folder / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data/0", RANDOM.normal(size=50_000).tobytes())
    return path


def make_program(folder: Path) -> Path:
    """A program in machine code."""
    path = folder / "a.out"
    path.write_bytes(Path("/bin/ls").read_bytes())
    return path


def make_packed(folder: Path) -> Path:
    """A log that was compressed."""
    path = folder / "train.log.gz"
    path.write_bytes(gzip.compress(b"step 1: loss 2.0\n" * 1000))
    return path


def make_packed_under_another_name(folder: Path) -> Path:
    """A compressed log whose name does not say so."""
    return make_packed(folder).rename(folder / "train.log")


def make_utf16(folder: Path) -> Path:
    """A log that was redirected on Windows."""
    path = folder / "train.log"
    path.write_text("step 1: loss 2.0\n" * 100, encoding="utf-16")
    return path


def make_device(folder: Path) -> Path:
    """A device that never ends."""
    return Path("/dev/zero")


def make_socket(folder: Path) -> Path:
    """A socket in the file system."""
    path = folder / "s"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def make_dangling_link(folder: Path) -> Path:
    """A link to nothing."""
    path = folder / "link.log"
    path.symlink_to(folder / "nothing")
    return path


def make_link_to_itself(folder: Path) -> Path:
    """A link that never ends."""
    path = folder / "link.log"
    path.symlink_to(path)
    return path


def make_name_too_long(folder: Path) -> Path:
    """A name that no file system holds."""
    return folder / ("x" * 5000)


def make_file_as_folder(folder: Path) -> Path:
    """A path that goes through a file."""
    (folder / "file").write_text("step 1: loss 2.0\n")
    return folder / "file" / "train.log"


UNREADABLE = [
    make_missing,
    make_empty_folder,
    make_weights,
    make_program,
    make_packed,
    make_packed_under_another_name,
    make_utf16,
    make_device,
    make_socket,
    make_dangling_link,
    make_link_to_itself,
    make_name_too_long,
    make_file_as_folder,
]
COMMANDS = [["check"], ["check", "--json"], ["export"], ["watch"]]


@pytest.mark.parametrize("make", UNREADABLE, ids=lambda make: make.__name__.removeprefix("make_"))
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_cannot_be_read_is_one_sentence(
    make: Callable[[Path], Path], command: list[str], tmp_path: Path, capsys
):
    """Exit code 3 and one sentence on stderr that names the target."""
    path = make(tmp_path)

    assert exits.UNREADABLE == main([*command, str(path)])

    *_, sentence = capsys.readouterr().err.splitlines()
    assert sentence.startswith("logwatch: ")
    assert path.name[:50] in sentence


@pytest.fixture
def as_nobody() -> Iterator[None]:
    """Do what follows without the rights of root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_forbidden_log_is_one_sentence(command, tmp_path: Path, capsys, request):
    """A log that belongs to somebody else says so."""
    log = tmp_path / "train.log"
    log.write_text("step 1: loss 2.0\n")
    log.chmod(0)
    request.getfixturevalue("as_nobody")

    assert exits.UNREADABLE == main([*command, str(log)])
    assert "may not be read: permission denied" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n\n\n", "no metric found in 3 lines"),
        (b"\0" * 100_000, "no metric found"),
        (b"hello\n", "no metric found in 1 line"),
        (b"x" * 5_000_000, "no metric found"),
        ("Привет, мир\n".encode("cp1251") + b"step 1: loss 2.0\nstep 2: loss 1.5\n", "1.5"),
        (b"step 1: loss 1e999\nstep 2: loss -1e999\n", "-Inf"),
        (b"step 1: loss 2.0\r\nstep 2: loss 1.0\r\n", "2 samples"),
        (b"step 1: loss 2.0", "1 sample"),
    ],
)
def test_odd_text_is_read(data: bytes, said: str, tmp_path: Path, capsys):
    """What can be read is read: exit code 0 or 1, and a line that says what was found."""
    log = tmp_path / "train.log"
    log.write_bytes(data)

    assert main(["check", str(log)]) in (exits.OK, exits.FOUND)
    assert said in capsys.readouterr().out


def test_an_empty_log_has_an_unknown_status(tmp_path: Path, capsys):
    """A run that has just begun is no failure: exit code 0, status unknown, one sentence."""
    log = tmp_path / "train.log"
    log.touch()

    assert exits.OK == main(["check", "--json", str(log)])

    shown = capsys.readouterr()
    (run,) = json.loads(shown.out)["runs"]
    assert ("unknown", 0, None) == (run["status"], run["bytes"], run["progress"])
    assert f"logwatch: {log} is empty\n" == shown.err


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=3000),
        st.lists(
            st.sampled_from(WORDS),
            max_size=200,
        ).map(b"".join),
    )
)
@example(b"{'loss': nan, 'epoch': inf}\n" * 9)
@example(b"step 99999999999999999999999999: loss 1\nstep -1: loss 2\n" * 9)
def test_any_bytes_are_answered(tmp_path: Path, capsys, data: bytes):
    """Any bytes give one JSON object with a known exit code, and at most one sentence."""
    log = tmp_path / "train.log"
    log.write_bytes(data)

    code = main(["check", "--json", str(log)])

    shown = capsys.readouterr()
    (run,) = json.loads(shown.out, parse_constant=pytest.fail)["runs"]
    assert code in (exits.OK, exits.FOUND, exits.UNREADABLE)
    assert (code == exits.UNREADABLE) == ("error" in run)
    assert shown.err.count("\n") <= 1
    assert [] == [f["title"] for f in run["findings"] if f["rule"] == "rule-failed"]
