"""The terminal as Textual drives it, made to end with the terminal.

Textual 8.2 spins on a terminal that is gone, stands still when its writer has failed, and starts
to read keys again on every SIGCONT, which the kernel also sends when a terminal closes.
"""

import asyncio
import os
import select
import signal
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from logwatch.tui.leaving import LEAVING

READ_BYTES = 4096
TICK_MS = 100
"""So often a lone Escape is told from the begin of a sequence, as in Textual."""

RESTORE = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1016l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Undoes all that a screen turns on: paste, wrap, size reports, mouse, keyboard, other screen,
cursor, focus. Source: xterm's ctlseqs and the driver's stop_application_mode."""


class Drawing:
    """A terminal to write to; what it can no longer take is dropped, and told once."""

    def __init__(self, fileno: int, encoding: str, lose: Callable[[], None]) -> None:
        self._fileno = fileno
        self._encoding = encoding
        self._lose = lose
        self._is_lost = False
        self._pending = bytearray()

    def fileno(self) -> int:
        """The descriptor."""
        return self._fileno

    def write(self, text: str) -> None:
        """Keep text for the next flush."""
        self._pending += text.encode(self._encoding, "backslashreplace")

    def flush(self) -> None:
        """Send what was kept; wait while the terminal takes nothing."""
        while self._pending and not self._is_lost:
            try:
                del self._pending[: os.write(self._fileno, self._pending)]
            except BlockingIOError:
                select.select([], [self._fileno], [])
            except OSError:
                self._is_lost = True
                self._lose()
        self._pending.clear()


class TerminalDriver(LinuxDriver):
    """Draws on standard output, which is the terminal; ends when the terminal is gone."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        out = cast(TextIO, sys.__stdout__)
        self._file = cast(Any, Drawing(out.fileno(), out.encoding, LEAVING.lose_terminal))
        self._is_shown = False

    def start_application_mode(self) -> None:
        """Take the terminal, unless the program is on its way out."""
        if LEAVING.has_begun:
            return
        self._loop = asyncio.get_running_loop()
        LEAVING.restore, LEAVING.ask = self.restore, self._ask_to_leave
        signal.signal(signal.SIGINT, LEAVING.obey)
        self._is_shown = True
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Draw, once the terminal was taken."""
        if self._writer_thread is not None:
            super().write(data)

    def close(self) -> None:
        """Give the terminal back, after all was sent."""
        super().close()
        self._is_shown = False

    def restore(self) -> None:
        """Restore the terminal without waiting for it, from any thread."""
        if not self._is_shown:
            return
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        terminal = os.open("/dev/tty", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.write(terminal, RESTORE.encode())

    def _ask_to_leave(self, code: int) -> None:
        """Close the screen from a signal or from another thread."""
        with suppress(RuntimeError):  # it is closed already
            self._loop.call_soon_threadsafe(self._app.exit, code)

    def run_input_thread(self) -> None:
        """Pass on what is typed until the screen stops listening or the terminal is gone."""
        parser, decoder = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace")
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if poll.poll(TICK_MS):
                data = self._read()
                if not data:
                    LEAVING.lose_terminal()
                    return
                for message in parser.feed(decoder.decode(data)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def _read(self) -> bytes:
        """What was typed; nothing where the terminal is gone: end of file, or EIO after it."""
        try:
            return os.read(self.fileno, READ_BYTES)
        except OSError:
            return b""

    def _sigcont_application(self, *_: object) -> None:
        """Go on after a stop. A terminal that closes sends SIGCONT after SIGHUP, with no stop.

        Source: Linux, drivers/tty/tty_jobctrl.c, tty_signal_session_leader.
        """
        if self._must_signal_resume:
            super()._sigcont_application()
        elif self._is_shown and not LEAVING.has_begun:
            self._loop.call_soon_threadsafe(self._take_again)

    def _take_again(self) -> None:
        """Take the terminal again after a stop that could not be prepared for, SIGSTOP."""
        if self._is_shown and not LEAVING.has_begun and os.isatty(self.fileno):
            self.suspend_application_mode()
            self.resume_application_mode()
            self._app.refresh(layout=True)
