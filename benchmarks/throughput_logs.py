"""Logs to measure with: written from a seed, the same bytes each time, kept in the temp folder."""

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

MEGABYTE = 1_000_000
CHUNK = 4 << 20
"""Bytes a read, the same for every reader of ours."""
FOLDER = Path(tempfile.gettempdir()) / "logwatch-throughput"

EPOCHS = 3
PACE = 9.5
"""Steps a second."""
BYTES_A_BAR = 106
"""A redraw's length, near enough to share a size among the epochs."""
STEPS_AN_EVAL = 1000
EIGHTHS = " ▏▎▍▌▋▊▉█"
"""A bar's last cell; it has ten where the output is no terminal. Source: tqdm/std.py, class Bar."""

VOCABULARY = """
a about across after again all already an and any are as at attempt available backend batch
because been before below between block branch buffer but by cache call can cannot checkpoint
choosing client cluster column config connect context core could current data dataset default
defer delay device disk done download dropping each empty enabled entry error every expected
fall fast feature field file filter found free from full given graph group had handle has head
here hook host if ignoring in index initial input into is it job just keep kernel key large
later layer left length library limit link list load local lock log long loop loss lost make
many map mask memory merge message model module more most moved name need network new next no
node not notice now object of off offset old on one only open option or order other out over own
page part pass path peer pending pin place please pool port process queue quick rank reached
read ready reason record region remote request rest result retry return root round row run same
sample saving scan score see seed send server set shard share should size skipped slow small so
some soon split stage start state step still stop store stream such table tail target task than
that the their then there these they thread through time to token too total train trying type
under unit until up update use used using value version wait was we weight when where which
while will with within without worker would write yet zone
"""
"""What programs talk about beside training. Some are words that a dialect listens to."""
WORDS = VOCABULARY.split()


@dataclass(frozen=True)
class Log:
    """One kind of log: its size in bytes, and what writes its text; `endless` is never written."""

    name: str
    title: str
    size: int
    pieces: Callable[[int], Iterator[str]] | None


def write_bars(size: int) -> Iterator[str]:
    """Progress bars of tqdm, each redraw after `\\r`, and a line of an evaluation now and then."""
    rng = random.Random(1)
    total = max(STEPS_AN_EVAL, size // BYTES_A_BAR // EPOCHS)
    loss, last = 9.0, EPOCHS * total
    for epoch in range(1, EPOCHS + 1):
        for step in range(1, total + 1):
            done = (epoch - 1) * total + step
            loss += (2.0 - loss) * 3.0 / last
            shown = abs(loss + rng.gauss(0.0, 0.05))
            lr = 3e-5 * min(20 * done / last, 1.05 * (1 - done / last))
            yield draw_bar(epoch, step, total, 9.0 + rng.random(), shown, lr)
            if step % STEPS_AN_EVAL == 0:
                yield say_eval(step, rng)
        yield "\n"


def draw_bar(epoch: int, step: int, total: int, rate: float, loss: float, lr: float) -> str:
    """One redraw, as tqdm's format_meter writes it. Source: tqdm/std.py, format_meter."""
    eighths = 80 * step // total
    bar = "█" * (eighths // 8)
    bar = f"{bar}{EIGHTHS[eighths % 8] if len(bar) < 10 else ''}".ljust(10)
    clocks = f"{clock(step / PACE)}<{clock((total - step) / rate)}"
    head = f"\rEpoch {epoch}/{EPOCHS}: {100 * step // total:3d}%|{bar}| {step}/{total} "
    return f"{head}[{clocks}, {rate:5.2f}it/s, loss={loss:.4f}, lr={lr:.2e}]"


def clock(seconds: float) -> str:
    """Seconds as tqdm shows them. Source: tqdm/std.py, format_interval."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def say_eval(step: int, rng: random.Random) -> str:
    """A line of a hand-written evaluation, on a line of its own after a bar."""
    parts = [rng.uniform(1.0, 9.0), rng.uniform(10.0, 50.0), rng.random()]
    kd, feature, attention = parts
    return (
        f"\n[Eval] step {step}: kd_loss: {kd:.2f} feature_loss: {feature:.2f} "
        f"attention_loss: {attention:.2f} total: {sum(parts):.2f}\n"
    )


def write_pairs(size: int) -> Iterator[str]:
    """One `time step= loss= lr=` a line."""
    rng = random.Random(2)
    begin, last = datetime(2025, 10, 2), size // 55
    for step in range(last):
        loss = 2.0 + 7.0 * 0.999995**step + 0.1 * rng.random()
        when = begin + timedelta(seconds=step)
        lr = 3e-5 * (1 - step / last)
        yield f"{when:%Y-%m-%d %H:%M:%S} step={step} loss={loss:.4f} lr={lr:.2e}\n"


def write_prose(size: int) -> Iterator[str]:
    """Lines of nothing but words, no two the same, for as many bytes as asked."""
    rng = random.Random(3)
    written = 0
    while written < size:
        line = " ".join(rng.choices(WORDS, k=rng.randint(8, 14))) + "\n"
        written += len(line)
        yield line


LOGS = {
    log.name: log
    for log in (
        Log("tqdm", "Progress bars, redrawn by `\\r`", 200 * MEGABYTE, write_bars),
        Log("kv", "Lines of `time step= loss= lr=`", 50 * MEGABYTE, write_pairs),
        Log("prose", "Lines of words, no two the same", 50 * MEGABYTE, write_prose),
        Log("endless", "No newline at all", 1000 * MEGABYTE, None),
    )
}


def keep(log: Log, scale: float = 1.0) -> Path:
    """The path of a log of `scale` times its size, written if it is not there yet."""
    size = int(log.size * scale)
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = FOLDER / f"{log.name}-{size}-{made_by}.log"
    if log.pieces and not path.exists():
        part = path.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as out:
            out.writelines(log.pieces(size))
        part.replace(path)
    return path


def turn_returns(path: Path) -> Path:
    """A copy of a log whose `\\r` are `\\n`, for readers that cut lines at `\\n` alone.

    Without the blank line at its start that it would have: lnav 0.11.1 crashes at one.
    """
    turned = path.with_suffix(".turned.log")
    if not turned.exists():
        part = path.with_suffix(".turned.part")
        with path.open("rb") as source, part.open("wb") as out:
            out.write(source.read(1).replace(b"\r", b""))
            while data := source.read(MEGABYTE):
                out.write(data.replace(b"\r", b"\n"))
        part.replace(turned)
    return turned


class Endless:
    """A file of `size` bytes without a newline, of which no more exists than one read."""

    def __init__(self, size: int, text: bytes = b"step=12 loss=0.2500 lr=3.00e-05 ") -> None:
        self._left = size
        self._text = text
        self._block = b""

    def read(self, count: int) -> bytes:
        """The next `count` bytes at most."""
        count = min(count, self._left)
        if len(self._block) < count:
            self._block = self._text * (count // len(self._text) + 1)
        self._left -= count
        return self._block[:count]


Stream = BinaryIO | Endless
