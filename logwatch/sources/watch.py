"""When to look at a file again: woken by inotify where it works, by the clock elsewhere."""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from logwatch.sources.filesystem import LOCAL_FILESYSTEMS, read_kind
from logwatch.sources.source import name_reason

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent, FileSystemEventHandler
    from watchdog.observers.api import BaseObserver, ObservedWatch

POLL_SECONDS = 1.0  # as tail -f polls. Source: coreutils src/tail.c, -s
POLL_MAX_SECONDS = 5.0  # while silent: still sooner than a person asks "is it stuck?"
POLL_GROWTH = 1.5  # reaches the maximum after four silent looks, 8 s
SLOW_POLL_SECONDS = 5.0  # beside inotify, which may lose events. Source: inotify(7), IN_Q_OVERFLOW

INOTIFY_FAILURES = {
    errno.EMFILE: "no inotify instance left",  # fs.inotify.max_user_instances, 128 for each user
    errno.ENOSPC: "no inotify watch left",  # fs.inotify.max_user_watches
}


class Bells:
    """One inotify observer for all watched files, which rings the bells of those that changed.

    Any thread may add and remove; the observer's thread rings.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bells: dict[str, set[threading.Event]] = {}
        self._folders: dict[str, ObservedWatch] = {}
        self._observer: BaseObserver | None = None

    def add(self, path: str, bell: threading.Event) -> None:
        """Ring `bell` whenever the file at the absolute `path` changes, appears or goes.

        Raises: OSError where the limits of inotify are reached or the folder is not there.
        """
        with self._lock:
            folder = str(Path(path).parent)
            try:
                if folder not in self._folders:
                    self._folders[folder] = self._observe(folder)
                self._bells.setdefault(path, set()).add(bell)
            finally:
                self._rest()

    def remove(self, path: str, bell: threading.Event) -> None:
        """Ring `bell` no more; without any, the observer ends."""
        with self._lock:
            self._bells.get(path, set()).discard(bell)
            if not self._bells.get(path):
                self._bells.pop(path, None)
            self._rest()

    def dispatch(self, event: "FileSystemEvent") -> None:
        """Ring for one event; watchdog calls this."""
        for path in (event.src_path, event.dest_path):
            for bell in tuple(self._bells.get(os.fsdecode(path), ())):
                bell.set()

    def _rest(self) -> None:
        """Watch no folder, and run no observer, that has no bell."""
        if self._observer is None:
            return
        needed = {str(Path(path).parent) for path in self._bells}
        for folder in self._folders.keys() - needed:
            self._observer.unschedule(self._folders.pop(folder))
        if not self._folders:
            self._observer.stop()
            self._observer = None

    def _observe(self, folder: str) -> "ObservedWatch":
        from watchdog.events import (  # noqa: PLC0415  costs 40 ms, needed only to follow
            FileCreatedEvent,
            FileDeletedEvent,
            FileModifiedEvent,
            FileMovedEvent,
            FileSystemEvent,
        )
        from watchdog.observers.inotify import InotifyObserver  # noqa: PLC0415

        logging.getLogger("watchdog").addHandler(logging.NullHandler())  # else it writes on screens
        if self._observer is None:
            observer = InotifyObserver()
            observer.start()
            self._observer = observer
        # Not "opened" and "closed": each look opens the file, and would ring its own bell.
        kinds: list[type[FileSystemEvent]]
        kinds = [FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent]
        handler = cast("FileSystemEventHandler", self)
        return self._observer.schedule(handler, folder, event_filter=kinds)


SHARED_BELLS = Bells()


class Watch:
    """Says when one file should be looked at again. One thread waits; any thread may close."""

    def __init__(
        self,
        path: Path,
        *,
        kind: str | None = None,
        bells: Bells = SHARED_BELLS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`kind` is the type of the filesystem; None asks the kernel."""
        self._path = os.path.realpath(path)
        self.kind = kind or read_kind(self._path)
        self.is_remote = self.kind not in LOCAL_FILESYSTEMS
        self._bells = bells
        self._bell = threading.Event()
        self._clock = clock
        self._started = self._closed = False
        self._polls = self.is_remote
        self._reason = ""
        self._interval = POLL_SECONDS if self._polls else SLOW_POLL_SECONDS
        self._due = clock()

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds; True when it is time to look."""
        if not self._started:
            self._start()
        rang = self._bell.wait(max(0.0, min(timeout, self._due - self._clock())))
        if self._closed or not (rang or self._clock() >= self._due):
            return False
        self._bell.clear()
        self._due = self._clock() + self._interval
        return True

    def heed(self, *, silent: bool) -> None:
        """Learn what the look found: polling slows down while the file is silent."""
        if self._polls:
            slower = min(POLL_MAX_SECONDS, self._interval * POLL_GROWTH)
            self._interval = slower if silent else POLL_SECONDS
            self._due = min(self._due, self._clock() + self._interval)

    def describe(self) -> str:
        """Say how changes are noticed, as in "inotify (ext4)" or "poll 1 s (lustre)"."""
        if not self._polls:
            return f"inotify ({self.kind})"
        return f"poll {self._interval:.2g} s ({self.kind}{self._reason})"

    def close(self) -> None:
        """Stop watching and wake the waiting thread."""
        self._closed = True
        self._bells.remove(self._path, self._bell)
        self._bell.set()

    def _start(self) -> None:
        """Begin to watch. The first wait is over at once: what came before was not heard."""
        self._started = True
        if self._polls:
            return
        try:
            self._bells.add(self._path, self._bell)
        except OSError as error:
            why = INOTIFY_FAILURES.get(error.errno or 0, name_reason(error))
            self._polls, self._reason = True, f", {why}"
            self._interval = POLL_SECONDS
