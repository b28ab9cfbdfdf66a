"""How good are forecasts of the step at which a loss reaches a level, on sources not learnt from?

    python benchmarks/time_to_target.py            error, coverage, reliability
    python benchmarks/time_to_target.py --write    the same into docs/diagnosis.md
    python benchmarks/time_to_target.py --fit      the constants of diagnosis/forecast/curves.py

Curves are cut at 20, 30 and 50 % and asked for the levels that they had at 40, 55, 70 and 90 %, and
once more for many levels. Each collection is forecast by tables made without it, in which all
sources weigh the same. Collections are the two of ../shared/curves and, as one, all the logs.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from calibration import BOUNDED, EARLY, SETTLED, Answer, Row, hold_out, measure, regress
from forecast_tables import show_errors, show_reliability, show_sources, show_trust
from precedents import hold_out_beside, pair
from reaching import ask_reach, judge_reach, regress_reach
from real_curves import SHARED, Case, Curve, ask, read_curves, read_logs

from logwatch.diagnosis.forecast import features

CUTS, LEVELS, FEWEST = (0.2, 0.3, 0.5), (0.4, 0.55, 0.7, 0.9), 8
"""The questions of the study in ../shared/diagnosis.md."""

FINE_CUTS = tuple(np.arange(0.2, 0.61, 0.05))
FINE_LEVELS = tuple(np.arange(0.26, 0.99, 0.06))
"""Questions that tables are learnt from. Four levels make true ratios lie near 2, where a constant
guess of 2 is right by luck; these spread them evenly."""

EARLY_CUTS = (0.02, 0.05, 0.1)
EARLY_LEVELS = (0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.55, 0.7, 0.8, 0.9, 0.97)
EARLY_FEWEST, EARLY_MOST = 6, 300

PAGE = Path(__file__).resolve().parents[1] / "docs" / "diagnosis.md"
BEGIN, END = "<!-- forecasts: begin -->", "<!-- forecasts: end -->"


@dataclass(frozen=True)
class Questions:
    """All cases, measured: those of the study, the fine ones, and those of barely begun runs."""

    every: Sequence[Curve]
    known: frozenset[str]
    study: Sequence[Row]
    fine: Sequence[Row]
    early: Sequence[Row]

    def collection(self, row: Row) -> str:
        """The collection of a case."""
        return row.source if row.source in self.known else "logs"


def read_questions() -> Questions:
    """Read the curves, cut them and measure what was seen."""
    public = read_curves(SHARED / "curves" / "public.jsonl")
    known = frozenset(curve.source for curve in public)
    every = public + read_logs(SHARED / "logs", skip=known)
    study = [measure(case) for case in ask(every, CUTS, LEVELS, FEWEST)]
    fine = [measure(case) for case in ask(every, FINE_CUTS, FINE_LEVELS, FEWEST)]
    asked = ask(every, EARLY_CUTS, EARLY_LEVELS, EARLY_FEWEST)
    early = [measure(case, early=True) for case in asked if case.seen <= EARLY_MOST]
    return Questions(every, known, study, fine, early)


def draw_line(case: Case, share: float, log_time: bool) -> Answer:
    """Forecast by a straight line through the last `share` of the time."""
    time, origin = features.count_from_start(case.curve.step[: case.seen])
    used = time >= (1 - share) * time[-1]
    used[-3:] = True
    x = np.log(time[used]) if log_time else time[used]
    slope, level = np.polyfit(x, case.curve.value[: case.seen][used], 1)
    reached = (case.target - level) / slope if slope < 0 else math.inf
    step = math.exp(min(reached, 700.0)) if log_time else reached
    return Answer(case, step + origin)


def guess(rows: Sequence[Row], group: Callable[[Row], str], to_end: bool = False) -> list[Answer]:
    """Forecast without a look at the curve: by the median of the other collections.

    That of the ratios to now or, `to_end`, of the parts of the way to the run's end in log time.
    """

    def part(row: Row) -> float:
        whole = math.log(float(row.case.curve.step[-1]) / max(row.case.now, 1.0)) if to_end else 1.0
        return math.log(row.case.horizon) / whole

    usual = {
        name: float(np.median([part(row) for row in rows if group(row) != name]))
        for name in set(map(group, rows))
    }
    answers = []
    for row in rows:
        now, end = max(row.case.now, 1.0), float(row.case.curve.step[-1])
        far = end / now if to_end else math.e
        answers.append(Answer(row.case, now * far ** usual[group(row)]))
    return answers


def compare(asked: Questions, rows: Sequence[Row]) -> str:
    """The table of all ways to forecast these cases."""
    group = asked.collection
    cases = [row.case for row in rows]
    return show_errors(
        {
            "median ratio of other collections": guess(rows, group),
            "median part of the way to the end": guess(rows, group, to_end=True),
            "line through the last 30 %": [draw_line(case, 0.3, False) for case in cases],
            "line in log time, last 50 %": [draw_line(case, 0.5, True) for case in cases],
            "**logwatch**, length unknown": hold_out(rows, asked.fine, SETTLED, group),
            "**logwatch**, length known": hold_out(rows, asked.fine, BOUNDED, group),
        }
    )


def tell(asked: Questions) -> str:
    """All tables."""
    group = asked.collection
    held = {
        "length unknown": hold_out(asked.study, asked.fine, SETTLED, group),
        "length known": hold_out(asked.study, asked.fine, BOUNDED, group),
    }
    beside = hold_out_beside(pair(asked.study, asked.every), asked.fine, BOUNDED, group)
    each = hold_out(asked.study, asked.fine, BOUNDED, lambda row: row.source)
    early = hold_out(asked.early, asked.early, EARLY, group)
    reach = judge_reach(ask_reach(asked.every, CUTS, FEWEST), group)
    parts = [
        f"### The questions of the study\n\n{compare(asked, asked.study)}",
        f"### Many levels\n\n{compare(asked, asked.fine)}",
        f"### By collection, each held out\n\n{show_sources(held, asked.known)}",
        f"### With a baseline\n\n{show_trust(beside)}",
        "### In a run that has barely begun (2 to 10 %)\n\n" + show_errors({"**logwatch**": early}),
        f"### Each of {len({row.source for row in asked.study})} sources held out\n\n"
        + show_errors({"**logwatch**, length known": each}),
        f"### Whether it is reached before the end\n\n{show_reliability(reach)}",
    ]
    return "\n\n".join(parts)


def print_constants(asked: Questions) -> None:
    """Print the constants of `logwatch/diagnosis/forecast/curves.py` and of rules/outlook.py."""
    for name, rows, kind in (
        ("SETTLED", asked.fine, SETTLED),
        ("BOUNDED", asked.fine, BOUNDED),
        ("EARLY", asked.early, EARLY),
    ):
        print(f"{name} = {np.round(regress(rows, kind), 3).tolist()}")
    reach = regress_reach(ask_reach(asked.every, CUTS, FEWEST))
    print(f"REACH = {np.round(reach, 2).tolist()}")
    for name, kind in (("SETTLED", SETTLED), ("BOUNDED", BOUNDED)):
        held = hold_out(asked.study, asked.fine, kind, lambda row: row.source)
        for low, high in ((1.0, 1.5), (1.5, 3.0), (3.0, math.inf)):
            inside = [a.error for a in held if low <= a.step / max(a.case.now, 1.0) < high]
            print(f"{name} forecast {low:g}-{high:g}: {len(inside)}, {np.median(inside):.2f}")


def main() -> None:
    """Read the curves, then print the constants or the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="print the program's constants")
    parser.add_argument("--write", action="store_true", help="write the tables into docs")
    args = parser.parse_args()
    asked = read_questions()
    if args.fit:
        print_constants(asked)
        return
    tables = tell(asked)
    if args.write:
        page = PAGE.read_text()
        head, rest = page.split(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{tables}\n{END}{rest.split(END)[1]}")
    else:
        print(tables)


if __name__ == "__main__":
    main()
