"""Lines of unknown programs: the right figures of those that report training, nothing of others."""

import math
import tomllib
from pathlib import Path
from typing import Any

import pytest

from logwatch.parsing.authoring.examples import read_example
from logwatch.parsing.dialects.dialect import Example
from logwatch.parsing.library import Library
from logwatch.parsing.record import Extract

LINES = tomllib.loads((Path(__file__).parent / "generic_lines.toml").read_text("utf-8"))


def said(extract: Extract) -> dict[str, list[float]]:
    """All figures of an extract by metric, in the order of the log."""
    found: dict[str, list[float]] = {}
    for samples in extract.samples:
        found.setdefault(samples.metric, []).extend(samples.value.tolist())
    return found


def counters(extract: Extract, name: str) -> set[float]:
    """The values of a counter with which figures came."""
    columns = [getattr(samples, name) for samples in extract.samples]
    values = {value for column in columns for value in column.tolist()}
    return {value for value in values if not math.isnan(value)}


class TestGeneric:
    @pytest.mark.parametrize("line", LINES["line"], ids=lambda line: line["text"][:60])
    def test_reads_what_it_says(self, library: Library, line: dict[str, Any]) -> None:
        """Each figure stands in the right series, with the counters of its line and no others."""
        extract = read_example(library, Example(line["text"]))

        for name, value in line["says"].items():
            if name in ("step", "epoch"):
                assert {value} == counters(extract, name)
            else:
                assert (value if isinstance(value, list) else [value]) == said(extract)[name]
        for name in {"step", "epoch"} - line["says"].keys():
            if line["says"].keys() & {"step", "epoch"}:
                assert set() == counters(extract, name)

    @pytest.mark.parametrize("text", LINES["nothing"], ids=lambda text: text["text"][:60])
    def test_invents_nothing(self, library: Library, text: dict[str, str]) -> None:
        """Prose, settings, help, source code, timings and tables of results give no figure."""
        found = said(read_example(library, Example(text["text"])))

        assert [] == [name for name in found if not name.startswith("summary/")]


def test_records_of_one_metric(library: Library) -> None:
    """A record that names its value is a sample of that metric; its clock is none."""
    log = "".join(
        f'{{"ts": 17{n}, "name": "train/loss", "value": {9 - n}.5, "step": {n}}}\n'
        f'{{"ts": 17{n}, "name": "lr", "value": 0.00{n}, "step": {n}}}\n'
        f'{{"ts": 17{n}, "name": "val_loss", "value": 9.{n}, "step": {n}}}\n'
        for n in range(1, 4)
    )
    extract = read_example(library, Example(log))

    assert {
        "train/loss": [8.5, 7.5, 6.5],
        "lr": [0.001, 0.002, 0.003],
        "eval/loss": [9.1, 9.2, 9.3],
    } == said(extract)
    assert {1.0, 2.0, 3.0} == counters(extract, "step")


@pytest.mark.parametrize(
    "line",
    [
        '{"name": "resnet50", "value": 3}',
        '{"key": "seed", "value": 42}',
        '{"metric": "loss", "value": 1, "val": 2, "note": "which?"}',
    ],
)
def test_records_of_settings(library: Library, line: str) -> None:
    """A name that is no measurement, and a value that is not one, say nothing."""
    assert {} == said(read_example(library, Example(f"{line}\n{line}\n")))
