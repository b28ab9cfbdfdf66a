"""When a file is looked at again."""

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from logwatch.sources.watch import (
    POLL_MAX_SECONDS,
    POLL_SECONDS,
    SLOW_POLL_SECONDS,
    Bells,
    Watch,
)

DEADLINE = 20.0


class Clock:
    """A clock that stands still unless it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class BrokenBells(Bells):
    """A machine on which inotify is used up."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def add(self, path: str, bell: threading.Event) -> None:
        raise OSError(self.number, os.strerror(self.number))


class SilentBells(Bells):
    """Bells that only the test rings."""

    def add(self, path: str, bell: threading.Event) -> None:
        self.rung = bell


@pytest.fixture
def clock() -> Clock:
    return Clock()


def watch_locally(path: Path, bells: Bells | None = None) -> Watch:
    """Watch with a clock that stands still, so that only inotify can wake; watching has begun."""
    watch = Watch(path, kind="ext4", bells=bells or Bells(), clock=Clock())
    assert watch.wait(0.0)
    return watch


def wakes(watch: Watch) -> bool:
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if watch.wait(1.0):
            return True
    return False


def test_growth_wakes(log: Path) -> None:
    """On a local filesystem an appended line wakes the reader."""
    watch = watch_locally(log)
    with log.open("ab") as file:
        file.write(b"step 2\n")

    assert wakes(watch)
    watch.close()


def test_truncation_deletion_and_return_wake(log: Path, tmp_path: Path) -> None:
    """So does whatever else is done to the file or its name."""
    watch = watch_locally(log)
    other = tmp_path / "other"
    other.write_bytes(b"other\n")
    for act in (lambda: os.truncate(log, 0), log.unlink, lambda: other.rename(log)):
        act()
        assert wakes(watch)
    watch.close()


def test_reading_does_not_wake(log: Path, tmp_path: Path) -> None:
    """Opening and reading the file rings no bell, or each look would cause the next."""
    bells = Bells()
    watch, other = watch_locally(log, bells), watch_locally(tmp_path / "other", bells)
    log.read_bytes()
    (tmp_path / "other").write_bytes(b"later\n")
    assert wakes(other)  # its event came after those of reading

    assert not watch.wait(0.0)
    watch.close()
    other.close()


def test_a_link_wakes_with_its_target(log: Path, tmp_path: Path) -> None:
    """A file that is followed through a symbolic link is watched where it lies."""
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "latest.log").symlink_to(log)
    watch = watch_locally(folder / "latest.log")
    with log.open("ab") as file:
        file.write(b"step 2\n")

    assert wakes(watch)
    watch.close()


def test_one_observer_serves_all_files_and_ends_with_the_last(tmp_path: Path) -> None:
    """Files share one inotify instance and a watch for each folder; the last gives it back."""
    bells = Bells()
    watches = [watch_locally(tmp_path / name, bells) for name in ("a", "b", "c")]
    observers = {id(bells._observer)}
    folders = len(bells._folders)
    watches.append(watch_locally(Path("/tmp/elsewhere"), bells))
    observers.add(id(bells._observer))
    for watch in watches[1:]:
        watch.close()
    assert (1, 1, str(tmp_path)) == (len(observers), folders, *bells._folders)
    observer = bells._observer
    assert observer is not None
    watches[0].close()
    observer.join(DEADLINE)

    assert (None, {}, False) == (bells._observer, bells._folders, observer.is_alive())


def test_beside_inotify_there_is_a_slow_poll(log: Path, clock: Clock) -> None:
    """Lost events delay the reader, they do not stop it."""
    watch = Watch(log, kind="ext4", bells=Bells(), clock=clock)
    assert watch.wait(0.0)
    assert not watch.wait(0.0)
    clock.now += SLOW_POLL_SECONDS

    assert watch.wait(0.0)
    assert "inotify (ext4)" == watch.describe()
    watch.close()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.EMFILE, "poll 1 s (ext4, no inotify instance left)"),
        (errno.ENOSPC, "poll 1 s (ext4, no inotify watch left)"),
        (errno.EACCES, "poll 1 s (ext4, permission denied)"),
    ],
)
def test_without_inotify_it_polls_and_says_why(log: Path, clock: Clock, number, says) -> None:
    """The limits of inotify make the reader poll, with the reason in the status."""
    watch = Watch(log, kind="ext4", bells=BrokenBells(number), clock=clock)
    assert watch.wait(0.0)
    clock.now += POLL_SECONDS

    assert watch.wait(0.0)
    assert says == watch.describe()


def test_a_missing_folder_makes_it_poll(tmp_path: Path) -> None:
    """A folder that cannot be watched costs no traceback, and leaves no observer behind."""
    bells = Bells()
    watch = watch_locally(tmp_path / "gone" / "train.log", bells)

    assert "poll 1 s (ext4, no such file or directory)" == watch.describe()
    assert bells._observer is None


def test_polling_slows_down_while_silent(log: Path, clock: Clock) -> None:
    """Silence lengthens the interval up to its maximum; news makes it short at once."""
    watch = Watch(log, kind="lustre", clock=clock)
    assert watch.wait(0.0)
    assert "poll 1 s (lustre)" == watch.describe()
    for _ in range(4):
        watch.heed(silent=True)
    assert "poll 5 s (lustre)" == watch.describe()
    clock.now += POLL_SECONDS
    assert watch.wait(0.0)
    clock.now += POLL_MAX_SECONDS - 0.1
    assert not watch.wait(0.0)
    clock.now += 0.1
    assert watch.wait(0.0)
    watch.heed(silent=False)
    assert not watch.wait(0.0)
    clock.now += POLL_SECONDS

    assert watch.wait(0.0)


def test_polling_starts_no_observer(log: Path, clock: Clock) -> None:
    """On a network filesystem inotify is not asked, because it would be silent."""
    bells = Bells()
    watch = Watch(log, kind="nfs4", bells=bells, clock=clock)
    watch.wait(0.0)

    assert watch.is_remote
    assert bells._observer is None


def test_closing_wakes_the_waiting_thread(log: Path) -> None:
    """A thread that waits for a silent log returns when the log is closed."""
    clock = Clock()
    watch = Watch(log, kind="ext4", bells=Bells(), clock=clock)
    assert watch.wait(0.0)
    clock.now -= 10000.0  # no poll is due for long
    answers = []
    thread = threading.Thread(target=lambda: answers.append(watch.wait(5000.0)), daemon=True)
    thread.start()
    watch.close()
    thread.join(DEADLINE)

    assert [False] == answers


def test_a_bell_wakes_once(log: Path) -> None:
    """What was heard is not heard again."""
    bells = SilentBells()
    watch = watch_locally(log, bells)
    bells.rung.set()

    assert [True, False] == [watch.wait(0.0), watch.wait(0.0)]
