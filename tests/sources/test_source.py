"""How a source says that it cannot be read."""

import errno
import os
import socket
from pathlib import Path

import pytest

from logwatch.sources.source import (
    NEAREST_AMONG,
    SourceError,
    explain_failure,
    find_nearest_name,
    refuse_kind,
    show_name,
)
from logwatch.sources.tail import Tail


def test_a_socket_is_said(tmp_path: Path) -> None:
    """A socket cannot be opened as a file, and the sentence says what it is."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        with pytest.raises(SourceError, match=r"^s is a socket or a device, not a log file$"):
            Tail(tmp_path / "s", name="s")
        refusal = refuse_kind("s", (tmp_path / "s").stat().st_mode)

    assert "s is a socket, not a log file" == str(refusal)


def test_files_and_pipes_are_not_refused(tmp_path: Path) -> None:
    """What can hold a log is not refused for its kind."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "fifo")

    assert [None, None] == [
        refuse_kind(name, (tmp_path / name).stat().st_mode) for name in ("file", "fifo")
    ]


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENAMETOOLONG, errno.EMFILE])
def test_any_failure_is_one_sentence(number: int) -> None:
    """A failure without a sentence of its own is named as the system names it."""
    failure = explain_failure("a.log", Path("a.log"), OSError(number, os.strerror(number)))

    assert f"a.log cannot be read: {os.strerror(number).lower()}" == str(failure)


def test_a_folder_that_cannot_be_listed_suggests_nothing(tmp_path: Path) -> None:
    """Without names there is no suggestion, and no second failure."""
    assert "" == find_nearest_name(tmp_path / "gone" / "a.log")


def test_a_huge_folder_is_not_compared_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The suggestion looks at a bounded number of names."""
    compared = []
    monkeypatch.setattr(
        "logwatch.sources.source.difflib.get_close_matches",
        lambda word, names, n: compared.extend(names) or [],
    )
    for number in range(NEAREST_AMONG + 10):
        (tmp_path / f"{number}.log").touch()
    find_nearest_name(tmp_path / "a.log")

    assert NEAREST_AMONG == len(compared)


def test_a_name_is_shown_without_control_signs() -> None:
    """Printable names stay as they are, in any script; others lose what cannot be printed."""
    assert ["läuft/ログ.log", "a�[31m", "b�c"] == [
        show_name(name) for name in ("läuft/ログ.log", "a\x1b[31m", "b\nc")
    ]
