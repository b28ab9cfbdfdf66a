"""A real filesystem whose writers are elsewhere: bindfs shows what is written behind its mount."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logwatch.sources.filesystem import FileSystem
from logwatch.sources.source import Chunk, Source
from logwatch.sources.tail import CONFIRM_SECONDS, Tail
from logwatch.sources.watch import Bells, Watch

pytestmark = pytest.mark.fuse
DEADLINE = 20.0


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """The folder behind a FUSE mount, and the mount."""
    if not (shutil.which("bindfs") and Path("/dev/fuse").exists()):
        pytest.skip("needs bindfs and /dev/fuse")
    behind, seen = tmp_path / "behind", tmp_path / "seen"
    behind.mkdir()
    seen.mkdir()
    mounted = subprocess.run(
        ["bindfs", "-o", "attr_timeout=0", behind, seen], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs bindfs and /dev/fuse: this user may not mount")
    yield behind, seen
    subprocess.run(["fusermount", "-uz", seen], check=True)


def test_a_write_behind_the_mount_rings_no_bell(mount: tuple[Path, Path]) -> None:
    """inotify accepts a watch on the mount and is silent about writes from elsewhere."""
    behind, seen = mount
    (behind / "train.log").write_bytes(b"step 1\n")
    bells, silent, heard = Bells(), threading.Event(), threading.Event()
    bells.add(str(seen / "train.log"), silent)
    bells.add(str(seen / "here.log"), heard)
    with (behind / "train.log").open("ab") as file:
        file.write(b"step 2\n")
    (seen / "here.log").write_bytes(b"written through the mount, and later\n")

    assert heard.wait(DEADLINE)
    assert not silent.is_set()
    bells.remove(str(seen / "train.log"), silent)
    bells.remove(str(seen / "here.log"), heard)


def test_a_write_behind_the_mount_is_seen_by_polling(
    mount: tuple[Path, Path], collect: Callable[[Source, int], bytes]
) -> None:
    """The mount is told for what it is, polled, and its growth read."""
    behind, seen = mount
    (behind / "train.log").write_bytes(b"step 1\n")
    tail = Tail(seen / "train.log")
    assert b"step 1\n" == collect(tail, 7)
    with (behind / "train.log").open("ab") as file:
        file.write(b"step 2\n")

    assert b"step 2\n" == collect(tail, 7)
    assert "poll 1 s (fuse)" == tail.describe()
    tail.close()


def test_cuts_and_replacements_behind_the_mount_are_told(mount: tuple[Path, Path]) -> None:
    """A log that is emptied, replaced or deleted on another machine is noticed here."""
    behind, seen = mount
    log = behind / "train.log"
    log.write_bytes(b"step 1\n")
    now = [0.0]
    watch = Watch(seen / "train.log", clock=lambda: now[0])
    tail = Tail(seen / "train.log", fs=FileSystem(clock=lambda: now[0]), watch=watch)
    tail.read(100, 1.0)
    log.write_bytes(b"")
    assert "" == tail.read(100, 1.0).event
    now[0] += CONFIRM_SECONDS
    assert Chunk(0, b"", 0, "truncated") == tail.read(100, 1.0)
    log.write_bytes(b"step 1\nstep 2\n")
    assert Chunk(0, b"step 1\nstep 2\n", 14) == tail.read(100, 1.0)
    (behind / "new").write_bytes(b"epoch 1\n")
    (behind / "new").rename(log)
    assert Chunk(0, b"epoch 1\n", 8, "replaced") == tail.read(100, 1.0)
    log.unlink()
    assert Chunk(8, b"", 8) == tail.read(100, 1.0)

    assert tail.describe().endswith(" (fuse), deleted")
    tail.close()
