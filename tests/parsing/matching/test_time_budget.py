"""A pattern that runs away costs itself, and nothing else."""

import pytest

from logwatch.diagnosis.rule import Question
from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.matching.time_budget import ATTEMPTS, MAX_STRIKES, TimeBudget, time_for
from logwatch.parsing.record import Extract
from logwatch.session import Session

RUNAWAY = r"(?:a|a)*b$"
"""Tries all ways to cut a run of letters before it gives up."""
BAIT = "a" * 40 + "bc"


def dialect(*patterns: dict[str, object], events: tuple[dict[str, object], ...] = ()) -> Library:
    """A library of one dialect."""
    table = {
        "name": "d", "title": "d", "source": "d", "pattern": list(patterns), "event": list(events),
    }  # fmt: skip
    return Library([dialect_from_table(table)])


SOUND = {"name": "sound", "kind": "regex", "match": r"step (?P<step>\d+) loss (?P<loss>\S+)"}


def goals_of(extracts: list[Extract]) -> list[float]:
    """The training losses."""
    return [
        value
        for extract in extracts
        for one in extract.samples
        if one.metric == "train/loss"
        for value in one.value
    ]


def lines_of(count: int) -> bytes:
    """Lines that all patterns look at, each of another shape."""
    return "".join(f"step {i} loss {i}.5 {BAIT}{'!' * i}\n" for i in range(count)).encode()


class TestExtractor:
    @pytest.mark.parametrize(
        "runaway",
        [
            {"name": "bad", "kind": "regex", "match": RUNAWAY},
            {"name": "bad", "kind": "kv", "match": "^step", "pair": RUNAWAY},
            {"name": "bad", "kind": "bar", "match": r"^(?P<step>step)(?P<rate>x)?.*?" + RUNAWAY},
        ],
    )
    def test_is_switched_off(self, runaway: dict[str, object]) -> None:
        """A pattern that runs away on line after line is switched off; the others read on."""
        extractor = Extractor(dialect(runaway, SOUND))

        extracts = [extractor.feed(lines_of(6)), extractor.finish()]

        assert {("d", "bad")} == extractor.switched_off
        assert [0.5, 1.5, 2.5, 3.5, 4.5, 5.5] == goals_of(extracts)

    def test_an_event_too(self) -> None:
        """So is the pattern of an event."""
        bad = {"name": "bad", "kind": "nan", "match": RUNAWAY}
        extractor = Extractor(dialect(SOUND, events=(bad,)))

        extracts = [extractor.feed(lines_of(6)), extractor.finish()]

        assert {("d", "bad")} == extractor.switched_off
        assert 6 == len(goals_of(extracts))

    @pytest.mark.parametrize("key", ["row", "gap"])
    def test_a_row_too(self, key: str) -> None:
        """So is the pattern of a row, or of the gap between rows."""
        block = {"name": "bad", "kind": "block", "match": "^head$", "row": "^row$", key: RUNAWAY}
        extractor = Extractor(dialect(block, SOUND))
        log = b"".join(b"head\n" + line + b"\n" for line in lines_of(6).splitlines())

        extracts = [extractor.feed(log), extractor.finish()]

        assert {("d", "bad")} == extractor.switched_off
        assert 6 == len(goals_of(extracts))

    def test_one_odd_line_costs_no_dialect(self) -> None:
        """A pattern that runs away on one line reads those after it."""
        loss = r"^(?:step \d+ loss (?P<loss>\S+)|" + RUNAWAY + ")"
        extractor = Extractor(dialect({"name": "rash", "kind": "regex", "match": loss}))

        extracts = [extractor.feed(f"{BAIT}\nstep 1 loss 2.5\n".encode()), extractor.finish()]

        assert set() == extractor.switched_off
        assert [2.5] == goals_of(extracts)

    def test_it_is_said_once(self) -> None:
        """The reader is told, in one sentence, which pattern it was."""
        session = Session(
            dialect({"name": "bad", "kind": "regex", "match": RUNAWAY}, SOUND), Question()
        )

        session.feed(lines_of(6))
        session.feed(lines_of(9))

        assert ("The pattern 'bad' of the dialect 'd' ran away and is switched off.",) == (
            session.update().notes
        )


class TestTimeBudget:
    def test_a_second_try(self) -> None:
        """What runs out of time once, as when memory is tidied up meanwhile, is tried again."""
        (pattern,) = dialect(SOUND).patterns
        answers = [TimeoutError(), 3]

        def look() -> int:
            answer = answers.pop(0)
            if isinstance(answer, TimeoutError):
                raise answer
            return answer

        assert 3 == TimeBudget().attempt(pattern, look, 0)

    def test_strikes(self) -> None:
        """A pattern is left alone after some lines, and never tried again."""
        (pattern,) = dialect(SOUND).patterns
        time_budget, tries = TimeBudget(), []

        def look() -> int:
            tries.append(1)
            raise TimeoutError

        assert [7] * 9 == [time_budget.attempt(pattern, look, 7) for _ in range(9)]
        assert MAX_STRIKES * ATTEMPTS == len(tries)

    def test_long_lines_have_more_time(self) -> None:
        """The time grows with the line."""
        assert time_for("") < time_for("a" * 1000) < time_for("a" * 2000)
