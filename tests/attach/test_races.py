"""Another user races root while it makes the folder of a link for them, and wins nothing."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from logwatch.attach.link import open_link

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="takes root: it attacks root")

RACING = Path(__file__).with_name("racing.py")
STRANGER = 4711
ROUNDS = 1000


@pytest.fixture
def root() -> Generator[Path]:
    """The root folder of a target whose user owns its /tmp, which is not sticky."""
    root = Path("/tmp") / f"r{os.getpid()}"
    for folder in (root, root / "tmp", root / "aside"):
        folder.mkdir(mode=0o755)
    for folder in (root / "tmp", root / "aside"):
        os.chown(folder, STRANGER, STRANGER)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder of root with a file, where the other user may not write."""
    folder = tmp_path / "rooted"
    folder.mkdir(mode=0o755)
    (folder / "file").write_text("mine")
    (folder / "file").chmod(0o644)
    return folder


def describe(victim: Path) -> list[tuple[str, int, int, int]]:
    """Names, owners, groups and modes of a folder and of all in it."""
    found = [(path.name, os.lstat(path)) for path in (victim, *sorted(victim.iterdir()))]
    return [(name, one.st_uid, one.st_gid, one.st_mode) for name, one in found]


@contextlib.contextmanager
def racing(mode: str, root: Path, victim: Path) -> Generator[int]:
    """The process number of a user who attacks until the block ends."""
    command = [sys.executable, str(RACING), mode, str(root), str(victim), str(STRANGER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as thief:
        try:
            assert thief.stdout is not None
            assert b"ready\n" == thief.stdout.readline()
            yield thief.pid
        finally:
            thief.kill()


@pytest.mark.parametrize("way", ["by its path", "by /proc/PID/root"])
@pytest.mark.parametrize("mode", ["folder", "socket"])
def test_a_race_wins_nothing(mode: str, way: str, root: Path, victim: Path) -> None:
    """In a thousand rounds no file of root's is made, given away or changed through a link."""
    before = describe(victim)
    hit = victim if mode == "folder" else victim / "file"
    with racing(mode, root, hit) as thief:
        seen = root if way == "by its path" else Path(f"/proc/{thief}/root")
        for _ in range(ROUNDS):
            with contextlib.suppress(OSError):
                open_link(STRANGER, seen).close()
            if describe(victim) != before:
                break

    assert before == describe(victim)


def steal(root: Path, victim: Path) -> None:
    """Put a link where the only folder of a link is, if it is there."""
    for folder in (root / "tmp").glob("logwatch-*"):
        folder.rename(root / "aside" / folder.name)
        folder.symlink_to(victim)


@pytest.mark.parametrize("call", ["mkdir", "open", "fchown", "fstat"])
def test_a_link_at_the_worst_moment(
    call: str, root: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call the exchange follows, nothing reaches the folder that the link names."""
    before = describe(victim)
    real: Callable[..., Any] = getattr(os, call)

    def follow(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        steal(root, victim)
        return done

    monkeypatch.setattr(os, call, follow)
    with contextlib.suppress(OSError):
        open_link(STRANGER, root).close()
    monkeypatch.undo()

    assert before == describe(victim)


def test_another_folder_of_root_is_not_given_away(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of root with something in it, put in the place of the new one, stays root's."""
    kept = root / "tmp" / "kept"
    kept.mkdir(mode=0o700)
    (kept / "file").write_text("mine")
    real = os.mkdir

    def follow(*given: Any, **named: Any) -> None:
        real(*given, **named)
        for folder in (root / "tmp").glob("logwatch-*"):
            folder.rename(root / "aside" / folder.name)
            kept.rename(folder)

    monkeypatch.setattr(os, "mkdir", follow)
    with pytest.raises(OSError):
        open_link(STRANGER, root)

    owners = {path.name: os.lstat(path).st_uid for path in (root / "tmp").rglob("*")}
    assert {0} == set(owners.values())
    assert "file" in owners


def test_closing_removes_nothing_else(root: Path, victim: Path) -> None:
    """A folder that was put in the place of ours keeps all that is in it."""
    link = open_link(STRANGER, root)
    link.folder.rename(root / "aside" / "ours")
    shutil.copytree(victim, link.folder)

    link.close()

    assert ["file"] == [path.name for path in link.folder.iterdir()]
    assert [] == list((root / "aside" / "ours").iterdir())


def test_all_is_private_before_it_is_given(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is root's alone until the files and the socket are in it, and goes last."""
    given: list[tuple[int, set[str]]] = []
    real = os.fchown

    def watch(descriptor: int, uid: int, gid: int) -> None:
        for folder in (root / "tmp").glob("logwatch-*"):
            found = os.lstat(folder)
            given.append((found.st_uid, {path.name for path in folder.iterdir()}))
        real(descriptor, uid, gid)

    monkeypatch.setattr(os, "fchown", watch)
    link = open_link(STRANGER, root)
    owner = os.lstat(link.folder).st_uid
    link.close()

    assert {0} == {uid for uid, _ in given}
    assert {"guest.py", "bootstrap.py", "socket"} == given[-1][1]
    assert STRANGER == owner


def test_a_guest_reaches_the_socket(root: Path) -> None:
    """The target connects by the path that it sees, although the socket was made by another."""
    link = open_link(os.getuid(), root)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as guest:
        guest.connect(str(link.folder / "socket"))
    link.close()
    assert [] == list((root / "tmp").iterdir())
