"""Textual's terminal driver, for terminals that may go away at any moment.

A closed terminal makes Textual's own input thread read nothing for ever, and its output thread die
with a queue that fills up. Here both notice, and the program ends.
"""

import os
import select
import sys
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import IO, Any, TextIO

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

POLL_MS = 100
"""How often the input thread looks whether it should end."""
HUNG_UP = 129
"""Exit code of a program whose terminal went: that of SIGHUP, as in shells."""

RESTORE = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""What undoes all that the driver asks of a terminal: paste, wrap, resize reports, mouse, keyboard
protocol, other screen, cursor, focus.
Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html"""


class Output:
    """The terminal as a file that stays writable, into nothing, after the terminal is gone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.is_lost = False

    def write(self, text: str) -> int:
        """Write text, unless the terminal is gone."""
        with suppress_loss(self):
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, unless the terminal is gone."""
        with suppress_loss(self):
            self._file.flush()

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._file.fileno()


class suppress_loss:  # noqa: N801  (a context manager reads as a verb)
    """Notes an error of the terminal instead of raising it."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if kind is not None and issubclass(kind, OSError | ValueError):
            self._output.is_lost = True
            return True
        return False


def choose_output() -> TextIO:
    """The terminal to draw on: stderr as Textual does, or stdout where stderr is something else."""
    for stream in (sys.__stderr__, sys.__stdout__):
        if stream is not None and stream.isatty():
            return stream
    return sys.__stderr__ or sys.stderr


class TerminalDriver(LinuxDriver):
    """Ends the program when the terminal goes, and draws on a terminal only."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._output = Output(choose_output())
        self._file = self._output  # type: ignore[assignment]

    def start_application_mode(self) -> None:
        """Obey signals first: from here on the terminal must be given back."""
        obey = getattr(self._app, "obey_signals", None)
        if obey is not None:
            obey()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def run_input_thread(self) -> None:
        """Hand on what is typed until the program ends or the terminal goes."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        waiting = select.poll()
        waiting.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            if self._output.is_lost:
                self._hang_up()
                return
            if waiting.poll(POLL_MS):
                data = self._read()
                if not data:
                    self._hang_up()
                    return
                for event in parser.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _read(self) -> bytes:
        """What was typed; nothing where the terminal is gone."""
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""

    def _hang_up(self) -> None:
        """End the program from the input thread."""
        loop = self._app._loop
        with suppress(RuntimeError):  # the loop has ended meanwhile
            if loop is not None:
                loop.call_soon_threadsafe(self._app.exit, HUNG_UP)

    def restore(self) -> None:
        """Give the terminal back without the threads of the driver."""
        with suppress(OSError, ValueError):
            os.write(self._output.fileno(), RESTORE.encode())
        if self.attrs_before is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
