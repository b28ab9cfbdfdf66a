"""A search through a log in a thread of its own, which may be given up at any time."""

import threading
from collections.abc import Callable

import regex
from textual.message import Message

from logwatch.tui.live.pages import Pread
from logwatch.tui.live.search import Hit, PatternError, find
from logwatch.tui.messages import SearchEnded, SearchMoved


class Searcher:
    """Runs one search at a time; a new one takes the place of the one before."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a search goes on."""
        return self._thread is not None and self._thread.is_alive() and not self._cancel.is_set()

    def search(
        self, pread: Pread, end: int, pattern: "regex.Pattern[bytes]", start: int, *, back: bool
    ) -> None:
        """Look for the pattern in [0, end), from `start` on; messages tell how far it is."""
        self.cancel()
        self._cancel = cancel = threading.Event()
        steps = find(pread, end, pattern, start, back=back)

        def work() -> None:
            try:
                for step in steps:
                    if cancel.is_set():
                        return
                    self._post(SearchEnded(step) if isinstance(step, Hit) else SearchMoved(step))
                    if isinstance(step, Hit):
                        return
                self._post(SearchEnded(None))
            except PatternError as error:
                self._post(SearchEnded(None, str(error)))

        self._thread = threading.Thread(target=work, name="search", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Give up the search that goes on, if any."""
        self._cancel.set()
