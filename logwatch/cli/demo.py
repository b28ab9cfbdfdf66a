"""`logwatch demo`: a sample log that grows while the screen is open."""

import argparse
import re
import tempfile
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from logwatch.cli import dispatch, screen

SAMPLE = "healthy-language-model.out"
HEAD_SHARE = 0.25
"""What is there when the screen opens: enough for a curve at first sight."""
SECONDS = 60.0
"""How long the rest takes: long enough to look around, short enough to see the end."""
TICK_S = 0.1
DRAWING = re.compile(rb"[^\r\n]*[\r\n]+|[^\r\n]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        metavar="N",
        help="let the log grow for N seconds (default: %(default)g)",
    )
    parser.add_argument(
        "--no-screen",
        action="store_true",
        help="write the whole log at once and print what `logwatch check` says",
    )
    parser.add_argument("--ascii", action="store_true", help="draw with 7-bit characters only")


def run(args: argparse.Namespace) -> int:
    """Show the sample log from a temporary folder, which is gone afterwards."""
    data = read_sample()
    with tempfile.TemporaryDirectory(prefix="logwatch-demo-") as folder:
        log = Path(folder) / SAMPLE
        words = [str(log), "--ascii"] if args.ascii else [str(log)]
        if args.no_screen or not screen.is_screen_possible():
            log.write_bytes(data)
            return dispatch(["check", *words])
        with Replay(log, data, args.seconds):
            return dispatch(["watch", *words])


def read_sample() -> bytes:
    """The sample log: inside an installed logwatch, or beside it in a checkout."""
    inside = files("logwatch") / "sample_logs" / SAMPLE
    if inside.is_file():
        return inside.read_bytes()
    return (Path(__file__).resolve().parents[2] / "sample_logs" / SAMPLE).read_bytes()


class Replay:
    """Writes a log again, as a training would: its head at once, the rest bit by bit.

    A thread of its own writes whole lines and redraws until all is written or the block ends.
    """

    def __init__(
        self,
        path: Path,
        data: bytes,
        seconds: float,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._path = path
        self._drawings = DRAWING.findall(data)
        self._seconds = seconds
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._thread = threading.Thread(target=self._write_rest, name="replay", daemon=True)
        self._head = round(HEAD_SHARE * len(self._drawings))

    def __enter__(self) -> "Replay":
        self._path.write_bytes(b"".join(self._drawings[: self._head]))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait until the writer has ended."""
        self._thread.join()

    def is_alive(self) -> bool:
        """Whether the writer still writes."""
        return self._thread.is_alive()

    def _write_rest(self) -> None:
        rest = self._drawings[self._head :]
        ticks = max(1, round(self._seconds / TICK_S))
        with self._path.open("ab", buffering=0) as out:
            for tick in range(ticks):
                if self._wait(TICK_S):
                    return
                share = slice(len(rest) * tick // ticks, len(rest) * (tick + 1) // ticks)
                out.write(b"".join(rest[share]))
