"""Leaving in bounded time: a program that was told to end is gone, whatever hangs."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

LIMIT_S = 1.5
"""From the wish to end until it is enforced. An ordinary end takes a tenth of that."""
LAST_LIMIT_S = 3.0
"""From there on the kernel ends the program: it needs no Python to run for that."""


class Leaving:
    """Ends the process if it has not ended by itself some time after it was told to.

    `restore` gives the terminal back; it is called in a thread of its own.
    """

    def __init__(self, restore: Callable[[], None]) -> None:
        self._restore = restore
        self._is_armed = threading.Lock()

    def arm(self, code: int) -> None:
        """Start the clock; `code` is the exit code. Only the first call counts."""
        if not self._is_armed.acquire(blocking=False):
            return
        with suppress(ValueError, OSError):  # only the main thread may set a handler
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LAST_LIMIT_S)
        enforcer = threading.Timer(LIMIT_S, self._end, args=(code,))
        enforcer.daemon = True
        enforcer.start()

    def _end(self, code: int) -> None:
        with suppress(Exception):
            self._restore()
        os._exit(code)
