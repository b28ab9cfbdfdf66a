"""The way out: whatever ends the program, it is gone within two seconds, whatever hangs.

A signal, a lost terminal and a key all end here. The program then leaves in good order. What is
not done in time is cut short: the terminal is restored and the process ends.
"""

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

LEAVE_SECONDS = 1.5
"""Time to leave in good order. Measured: 0.3 to 0.5 s for one log, on 2 cores at load 8."""

KILL_SECONDS = 1.9
"""Then the kernel ends the process, even where no Python code runs any more.
Source: setitimer(2); the default action of SIGALRM is to end the process, signal(7)."""

TRACER = "logwatch-tracer"
TRACER_SECONDS = 10.0
"""A process that is being entered would not survive the end of its tracer: time to finish that."""

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)
UNTOUCHED = (signal.SIG_DFL, signal.default_int_handler)
HANGUP = 128 + signal.SIGHUP
"""Exit code where the terminal is gone, as if SIGHUP had told."""


class Ended(SystemExit):
    """A signal ends the program; the code is 128 and its number, as in shells."""


class Leaving:
    """How this process ends. A screen sets `ask` to close itself and `restore` for its terminal."""

    def __init__(self) -> None:
        self.ask: Callable[[int], None] | None = None
        self.restore: Callable[[], None] = _do_nothing
        self.has_begun = False

    def obey_signals(self) -> None:
        """Leave on the signals that end a program; what is ignored, as by nohup, stays so."""
        for number in ENDING:
            if signal.getsignal(number) in UNTOUCHED:
                signal.signal(number, self.obey)
        sys.unraisablehook = drop_ended

    def obey(self, number: int, _: object) -> None:
        """Leave because of a signal.

        Raises:
            Ended: no screen is open, and it is the first signal.
            KeyboardInterrupt: the same, where the signal is SIGINT.
        """
        is_first = not self.has_begun
        self.begin(128 + number)
        if self.ask is not None:
            self.ask(128 + number)
        elif is_first:
            raise KeyboardInterrupt if number == signal.SIGINT else Ended(128 + number)

    def lose_terminal(self) -> None:
        """Leave because the terminal is gone."""
        self.begin(HANGUP)
        if self.ask is not None:
            self.ask(HANGUP)

    def begin(self, code: int) -> None:
        """From now on the process has two seconds; any thread may call this, any number of times.

        `code` is the exit code where the program does not leave in time.
        """
        if self.has_begun:
            return
        self.has_begun = True
        with suppress(ValueError):  # only the main thread may set it; it is the default anyway
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, KILL_SECONDS)
        # A signal may come while the main thread holds the locks that threading.Thread takes.
        _thread.start_new_thread(self._cut_short, (code,))

    def _cut_short(self, code: int) -> None:
        time.sleep(LEAVE_SECONDS)
        for thread in threading.enumerate():
            if thread.name == TRACER:
                signal.setitimer(signal.ITIMER_REAL, TRACER_SECONDS + KILL_SECONDS)
                thread.join(TRACER_SECONDS)
        # A process in the background would be stopped for setting the terminal's modes.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
        with suppress(Exception):
            self.restore()
        os._exit(code)


def drop_ended(fault: "sys.UnraisableHookArgs") -> None:
    """Say nothing of a signal's exception that was raised where Python lets none pass.

    Such a place is the callback of a weak reference, as in an import. The process ends all the
    same, because it has begun to leave.
    """
    if not issubclass(fault.exc_type, (Ended, KeyboardInterrupt)):
        sys.__unraisablehook__(fault)


def _do_nothing() -> None:
    """Restore nothing: no screen is open."""


LEAVING = Leaving()
"""Signals, timers and the terminal belong to the whole process, so there is one."""
