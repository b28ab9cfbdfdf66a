"""A whole target read through a session."""

from pathlib import Path

import pytest

from logwatch.diagnosis.rule import Question
from logwatch.intake import CHUNK_BYTES, Intake
from logwatch.parsing.record import Progress
from logwatch.report.run_reading import (
    RunReport,
    read_baseline,
    read_target,
)
from logwatch.session import Update
from logwatch.sources.source import Chunk, SourceError
from logwatch.sources.targets import Target

LINES = [f"step {step}: loss {5 - step / 1000:.3f}\n".encode() for step in range(1, 501)]
LOG = b"".join(LINES)


class FakeSource:
    """A source that gives prepared chunks."""

    name = "fake.log"

    def __init__(self, *chunks: Chunk, held: bytes = b"") -> None:
        self._chunks = list(chunks)
        self._held = held

    def read(self, max_bytes: int, max_seconds: float) -> Chunk:
        """The next chunk."""
        return self._chunks.pop(0)

    def pread(self, offset: int, size: int) -> bytes:
        """Bytes of what is held."""
        return self._held[offset : offset + size]

    def describe(self) -> str:
        """Why nothing comes."""
        return "poll 1 s (nfs), cannot be read: input/output error"

    def wait(self, timeout: float) -> bool:
        """Never waits."""
        return True

    def close(self) -> None:
        """Nothing to give back."""


def losses(intake: Intake) -> list[float]:
    """The values of the loss that a session has seen."""
    return intake.session.view().series["train/loss"].value.tolist()


def test_a_file_is_read_to_its_end(tmp_path: Path, library):
    """All lines of a file larger than a chunk are there, the unfinished last one too."""
    log = tmp_path / "train.log"
    log.write_bytes(LOG * (2 * CHUNK_BYTES // len(LOG)) + b"step 9: loss 0.125")

    reading = read_target(Target("train.log", log), library, Question())

    assert log.stat().st_size == reading.update.run.bytes
    assert 0.125 == reading.update.run.series["train/loss"].last


def test_a_file_that_grows_while_it_is_read_has_an_end(library):
    """What is written after the first look is for the next check."""
    half = len(LOG) // 2
    source = FakeSource(Chunk(0, LOG[:half], len(LOG)), Chunk(half, LOG[half:], 10**12))
    intake = Intake(source, library, Question())

    intake.read_all()

    assert len(LINES) == len(losses(intake))


def test_a_log_that_is_replaced_begins_anew(library):
    """After "truncated" nothing of the old log is left, and the new one is read to its end."""
    source = FakeSource(
        Chunk(0, LOG, 2 * len(LOG)),
        Chunk(0, LINES[0], len(LINES[0]) + len(LINES[1]), "truncated"),
        Chunk(len(LINES[0]), LINES[1], len(LINES[0]) + len(LINES[1])),
    )
    intake = Intake(source, library, Question())

    intake.read_all()

    assert [4.999, 4.998] == losses(intake)


def test_a_file_that_stops_giving_bytes_is_an_error(library):
    """A disk that fails in the middle is told, not taken for the end of the log."""
    stuck = Chunk(len(LINES[0]), b"", len(LINES[0]))
    source = FakeSource(Chunk(0, LINES[0], 1000), stuck, stuck)

    with pytest.raises(SourceError, match=r"gives only 19 of its 1000 bytes: .*input/output error"):
        Intake(source, library, Question()).read_all()


def test_a_hole_at_the_start_is_counted(library):
    """A line of evidence is found behind the hole that an emptied log begins with."""
    hole = 1 << 20
    source = FakeSource(Chunk(hole, LOG, hole + len(LOG)), held=bytes(hole) + LOG)
    intake = Intake(source, library, Question())

    intake.read_all()

    offset = int(intake.session.view().series["train/loss"].offset[1])
    assert (hole, "step 2: loss 4.998") == (intake.origin, intake.read_line(offset))


def test_a_line_of_evidence_is_one_redraw(library):
    """A bar's redraws are lines of their own, and nothing steers the terminal."""
    held = b"\r 10%|#  | 1/9 [loss=2]\r 20%|## | 2/9 [\x1b[31mloss=1]\nend\n"
    intake = Intake(FakeSource(held=held), library, Question())

    assert "10%|#  | 1/9 [loss=2]" == intake.read_line(0).strip()
    assert "20%|## | 2/9 [loss=1]" == intake.read_line(24).strip()


def test_what_is_no_log_is_not_read_on(library):
    """A checkpoint of gigabytes is refused by its first bytes."""
    noise = bytes(range(256)) * 4096
    source = FakeSource(Chunk(0, noise, 10**12))

    with pytest.raises(SourceError, match=r"fake\.log is not a text file"):
        Intake(source, library, Question()).read_all()


def test_a_log_with_some_noise_is_read(library):
    """Bytes of all kinds do no harm where there is a metric among them."""
    noise = bytes(range(256)) * 300
    source = FakeSource(Chunk(0, LOG + b"\n" + noise, len(LOG) + 1 + len(noise)))
    intake = Intake(source, library, Question())

    intake.read_all()

    assert len(LINES) == len(losses(intake))


def test_a_target_that_is_not_there_is_an_error(tmp_path: Path, library):
    """The reading carries the sentence instead of raising it."""
    reading = read_target(Target("gone.log", tmp_path / "gone.log"), library, Question())

    assert reading.error.startswith("gone.log does not exist")


def test_a_baseline_that_is_not_there_raises(tmp_path: Path, library):
    """Without its baseline a comparison cannot be made."""
    with pytest.raises(SourceError):
        read_baseline(Target("gone.log", tmp_path / "gone.log"), library)


def test_the_bar_knows_better_than_the_samples(make_run):
    """The step of a progress bar counts; without one the newest sample's does."""
    samples = {"train/loss": [3.0, 2.0], "eval/loss": [3.0]}

    counted = RunReport("x", Update(make_run(samples, Progress(step=40.0, total=50.0))))
    bare = RunReport("x", Update(make_run(samples)))

    assert (40.0, 2.0) == (counted.progress.step, bare.progress.step)
