"""Bars, rows and translations: what each kind of pattern makes of a line."""

import pytest

from logwatch.parsing.authoring.examples import samples_by_name
from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import Extract

BAR = (
    r"^bar (?P<step>\d+)/(?P<total>\d+) (?:(?P<rate>[\d.]+)(?P<rate_unit>\w+/\w+))?"
    r"(?P<postfix>.*)"
)


def read(text: str, pattern: dict[str, object]) -> Extract:
    """What one pattern makes of a log."""
    table = {"name": "d", "title": "d", "source": "d", "pattern": [{"name": "p", **pattern}]}
    return Extractor(Library([dialect_from_table(table)])).feed(text.encode())


def bar(**more: object) -> dict[str, object]:
    """A pattern of a bar with a postfix."""
    return {"kind": "bar", "match": BAR, "pair": r"(?P<key>\w+)=(?P<value>\S+)", **more}


class TestBar:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [("12.5it/s", 12.5), ("4.0s/it", 0.25), ("8ms/step", 125.0), ("500us/step", 2000.0)],
    )
    def test_rate_is_steps_a_second(self, text: str, expected: float) -> None:
        """A bar that shows the time of a step says how many come a second."""
        found = samples_by_name(read(f"bar 1/2 {text} loss=1\n", bar()))

        assert [expected] == found["steps_per_s"]

    def test_without_a_rate(self) -> None:
        """A bar that shows no rate yet has no steps a second."""
        assert "steps_per_s" not in samples_by_name(read("bar 1/2 loss=1\n", bar()))

    def test_counts_only_at_its_end(self) -> None:
        """Of an evaluation's bar, which shows a mean so far, the last one is the figure."""
        text = "bar 1/2 loss=1\rbar 2/2 loss=3\n"

        evaluation = BAR.replace("<step>", "<done>").replace("<total>", "<of>")

        assert [1.0, 3.0] == samples_by_name(read(text, bar()))["train/loss"]
        found = read(text, bar(match=evaluation, at_end=True))
        assert [3.0] == samples_by_name(found)["train/loss"]


class TestRow:
    def test_a_row_is_a_bar_too(self) -> None:
        """A table's row may be redrawn with a rate; it sets the counters of lines that use it."""
        table = {
            "kind": "table",
            "match": "^name +loss",
            "row": r"^(?P<step>\d+)/(?P<total>\d+) +[\d.]+ +(?P<rate>[\d.]+)(?P<rate_unit>\S+)$",
            "redraw": True,
        }

        extract = read("name    loss\n3/9  0.5  2.0s/it\n", table)

        found = samples_by_name(extract)
        assert ([3.0] * 2, [0.5], [0.5]) == (
            found["step"][:2],
            found["train/loss"],
            found["steps_per_s"],
        )
        assert all(samples.redraw for samples in extract.samples)

    def test_a_head_may_be_a_row(self) -> None:
        """The first line of a dict over several lines holds a figure, the last one its step."""
        block = {
            "kind": "block",
            "match": r"^\{'loss': ",
            "row": r"^[{ ]'(?P<key>\w+)': (?P<value>[\d.]+)[,}]$",
            "hold": True,
            "metrics": {"step": "@step"},
        }

        extract = read("{'loss': 0.5,\n 'lr': 0.25,\n 'step': 7}\nnext\n", block)

        found = {one.metric: (one.value.tolist(), one.step.tolist()) for one in extract.samples}
        assert {"train/loss": ([0.5], [7.0]), "lr": ([0.25], [7.0])} == found


class TestUnit:
    @pytest.mark.parametrize(
        ("text", "unit", "expected"),
        [("2M", "MB", 2**21), ("2.5G", "GiB", 2.5 * 2**30), ("3s", "ms", 3), ("4K", "ms", 4)],
    )
    def test_a_glued_unit_counts(self, text: str, unit: str, expected: float) -> None:
        """A unit glued to the number is its own, but for megabytes that are written short."""
        pattern = {
            "kind": "regex",
            "match": r"^used (?P<used>\S+)",
            "metrics": {"used": {"as": "train/used", "unit": unit}},
        }

        assert [expected] == samples_by_name(read(f"used {text}\n", pattern))["train/used"]


class TestTranslation:
    def test_a_star_stands_for_what_it_matched(self) -> None:
        """The name of an evaluation set, within a key, becomes a part of the metric's name."""
        pattern = {
            "kind": "literal",
            "need": ["eval_*_loss"],
            "metrics": {"eval_*_loss": "eval/*/loss"},
        }

        found = samples_by_name(read("{'eval_math_loss': 2.5}\n", pattern))

        assert [2.5] == found["eval/math/loss"]

    def test_redraws_do_not_end_a_block(self) -> None:
        """The redraws of a bar are one line of its table, however many they are."""
        table = {"kind": "table", "match": "^name +loss", "row": r"^(?P<step>\d+)  [\d.]+$"}
        redraws = "\r".join(f"{step}  0.5" for step in range(1000))

        found = samples_by_name(read(f"name  loss\n{redraws}\n", table))

        assert 1000 == len(found["train/loss"])
