"""How good are forecasts of the step at which a loss reaches a level, on sources not learnt from?

    python benchmarks/time_to_target.py          error and coverage by horizon and source
    python benchmarks/time_to_target.py --fit    the constants of logwatch/diagnosis/curves.py

Curves are cut at 20, 30 and 50 % and asked for the levels that they had at 40, 55, 70 and 90 %.
Each source is forecast by tables that were made without it, in which all sources weigh the same.
"Collections" are the two of ../shared/curves and, as one, all the logs.
"""

import argparse
import math
from collections.abc import Callable, Sequence

import numpy as np
from calibration import Answer, Row, hold_out, measure, regress
from reaching import ask_reach, regress_reach, show_reach
from real_curves import SHARED, Case, Curve, ask, read_curves, read_logs

from logwatch.diagnosis import curves

CUTS, LEVELS, FEWEST = (0.2, 0.3, 0.5), (0.4, 0.55, 0.7, 0.9), 8
EARLY_CUTS = (0.02, 0.05, 0.1)
EARLY_LEVELS = (0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.55, 0.7, 0.8, 0.9, 0.97)
EARLY_FEWEST, EARLY_MOST = 6, 300

QUANTILES = (0.1, 0.5, 0.9)
EARLY_QUANTILES = (0.07, 0.5, 0.93)
"""Wider than asked for: so early, sources differ more from each other than curves within one."""

HORIZONS = ((1.0, 1.5), (1.5, 3.0), (3.0, 5.0), (5.0, math.inf))


def draw_line(case: Case, share: float, log_time: bool) -> Answer:
    """Forecast by a straight line through the last `share` of the time."""
    time, origin = curves.count_from_start(case.curve.step[: case.seen])
    used = time >= (1 - share) * time[-1]
    used[-3:] = True
    x = np.log(time[used]) if log_time else time[used]
    slope, level = np.polyfit(x, case.curve.value[: case.seen][used], 1)
    reached = (case.target - level) / slope if slope < 0 else math.inf
    step = math.exp(min(reached, 700.0)) if log_time else reached
    return Answer(case, step + origin, math.nan, math.nan)


def guess(cases: Sequence[Case], collection: Callable[[Case], str]) -> list[Answer]:
    """Forecast without a look at the curve: by the median ratio of the other collections."""
    answers = []
    for case in cases:
        others = [other.horizon for other in cases if collection(other) != collection(case)]
        answers.append(Answer(case, case.now * float(np.median(others)), math.nan, math.nan))
    return answers


def show(title: str, answers: Sequence[Answer], group: Callable[[Case], str]) -> None:
    """Print a table: all, by true horizon, by the horizon that is forecast, by group."""
    print(f"\n{title:40s} {'cases':>6s} {'error':>7s} {'held':>6s} {'high/low':>9s} {'no end':>7s}")
    print(describe("all", answers))
    for low, high in HORIZONS:
        inside = [a for a in answers if low <= a.case.horizon < high]
        print(describe(f"true horizon {low:g}-{high:g}", inside))
    for low, high in HORIZONS:
        inside = [a for a in answers if low <= a.step / max(a.case.now, 1.0) < high]
        print(describe(f"forecast horizon {low:g}-{high:g}", inside))
    names = sorted({group(a.case) for a in answers})
    parts = [[a for a in answers if group(a.case) == name] for name in names]
    for name, part in zip(names, parts, strict=True):
        print(describe(name, part))
    held = np.mean([np.mean([a.holds for a in part]) for part in parts])
    print(f"held, mean of these {len(parts)}: {held:.2f}")


def describe(name: str, answers: Sequence[Answer]) -> str:
    """One row: cases, median error, share of intervals that held, width, share without an end."""
    row = f"{name[:40]:40s} {len(answers):6d}"
    if not answers:
        return row
    row += f" {np.median([a.error for a in answers]):7.3f}"
    if math.isnan(answers[0].low):
        return row
    held = np.mean([a.holds for a in answers])
    width = np.median([a.high / max(a.low, 1e-9) for a in answers])
    endless = np.mean([math.isinf(a.high) for a in answers])
    return f"{row} {held:6.2f} {width:9.2f} {endless:7.3f}"


def print_constants(rows: Sequence[Row], early: Sequence[Row], every: Sequence[Curve]) -> None:
    """Print the constants of `logwatch/diagnosis/curves.py`."""
    settled = regress(rows, QUANTILES)
    print(f"SETTLED = {np.round(settled, 3).tolist()}")
    print(f"EARLY = {np.round(regress(early, EARLY_QUANTILES), 3).tolist()}")
    print(f"REACH = {np.round(regress_reach(ask_reach(every, CUTS, FEWEST), settled), 2).tolist()}")


def print_quality(rows: Sequence[Row], early: Sequence[Row], known: frozenset[str]) -> None:
    """Print the tables; `known` are the sources that are collections of their own."""

    def collection(case: Case) -> str:
        return case.curve.source if case.curve.source in known else "logs"

    cases = [row.case for row in rows]
    show("Median ratio of other collections", guess(cases, collection), collection)
    show("Line through the last 30 %", [draw_line(c, 0.3, False) for c in cases], collection)
    show("Line in log time, last 50 %", [draw_line(c, 0.5, True) for c in cases], collection)
    held_out = hold_out(rows, QUANTILES, lambda row: collection(row.case))
    show("Forecast, collections held out", held_out, collection)
    held_out = hold_out(rows, QUANTILES, lambda row: row.case.curve.source)
    show("Forecast, sources held out", held_out, lambda case: case.curve.source)
    held_out = hold_out(early, EARLY_QUANTILES, lambda row: collection(row.case))
    show("Early forecast, collections held out", held_out, collection)


def main() -> None:
    """Read the curves, then print the constants or the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--fit", action="store_true", help="print the program's constants")
    fit = parser.parse_args().fit
    public = read_curves(SHARED / "curves" / "public.jsonl")
    known = frozenset(curve.source for curve in public)
    every = public + read_logs(SHARED / "logs", skip=known)
    rows = [measure(case, early=False) for case in ask(every, CUTS, LEVELS, FEWEST)]
    asked = ask(every, EARLY_CUTS, EARLY_LEVELS, EARLY_FEWEST)
    early = [measure(case, early=True) for case in asked if case.seen <= EARLY_MOST]
    if fit:
        print_constants(rows, early, every)
    else:
        print_quality(rows, early, known)
        show_reach(ask_reach(every, CUTS, FEWEST), rows, QUANTILES)


if __name__ == "__main__":
    main()
