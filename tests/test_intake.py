"""A log that comes through a pipe, line by line, says what the whole file says."""

import os
from pathlib import Path

import pytest

from logwatch.diagnosis.rule import Question
from logwatch.intake import Intake
from logwatch.parsing.library import Library
from logwatch.report.export import export_target
from logwatch.sources.pipe import Pipe
from logwatch.sources.targets import Target

BLOCKS = ("stable-baselines3", "rllib", "easylm", "tqdm", "paddle")


def follow(library: Library, log: bytes) -> list[tuple]:
    """The samples that are taken after each line of a pipe."""
    reader, writer = os.pipe()
    intake = Intake(Pipe(reader), library, Question())
    steps, rows = intake.advance(), []
    for line in log.splitlines(keepends=True):
        os.write(writer, line)
        next(steps)
        rows += taken(intake)
    os.close(writer)
    for _ in steps:
        rows += taken(intake)
    return sorted(rows)


def taken(intake: Intake) -> list[tuple]:
    """Metric, place, value and step of the samples since the last time."""
    return [
        (name, offset, value.hex(), step)
        for name, view in intake.session.take().series.items()
        for offset, value, step in zip(
            view.offset.tolist(), view.value.tolist(), view.step.tolist(), strict=True
        )
    ]


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("label", ["", "0: "], ids=["plain", "labelled"])
def test_a_pipe_gives_each_sample_once(
    library: Library, tmp_path: Path, name: str, label: str
) -> None:
    """The examples of a dialect three times: as many samples as in the file, at the same places."""
    dialect = next(one for one in library.dialects if one.name == name)
    for example in dialect.examples:
        lines = (example.text.strip("\n") + "\n") * 3
        log = "".join(label + line for line in lines.splitlines(keepends=True)).encode()
        (tmp_path / "whole.log").write_bytes(log)
        rows: list[tuple] = []

        export_target(Target("whole.log", tmp_path / "whole.log"), library, rows.extend, set())

        whole = sorted((row[1], row[-1], row[5]) for row in rows)
        live = [(metric, at, float.fromhex(value)) for metric, at, value, _ in follow(library, log)]
        assert repr(whole) == repr(live)
