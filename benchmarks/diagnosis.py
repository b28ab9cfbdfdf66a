"""How often does logwatch cry wolf, what does it find, and how late? Beside other monitors' rules.

    python benchmarks/diagnosis.py            print the tables; a few minutes
    python benchmarks/diagnosis.py --write    put them into docs/diagnosis.md

Healthy curves are those of ../shared/curves; into each the illnesses of `diagnosis_injections.py`
are put. Real logs are those of ../shared/logs, labelled in `diagnosis_labels.toml`, read in place.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from diagnosis_anchors import ANCHORS, Anchor, overfit
from diagnosis_injections import INJECTIONS, Case, make_cases
from diagnosis_measure import (
    CUTS,
    DENSE,
    FIFTIETHS,
    Alarm,
    LogResult,
    Outcome,
    false_alarms_of_ours,
    healthy_curves,
    interval,
    judge_logs,
    outcome_of_anchor,
    outcome_of_ours,
)
from diagnosis_mixtures import measure_mixtures
from diagnosis_speeds import measure_speeds
from diagnosis_verdict import judge
from real_curves import SHARED, Curve, Floats, read_curves

from logwatch.diagnosis import false_alarms

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "diagnosis.md"
MEASURED = Path(false_alarms.__file__)
BEGIN, END = "<!-- diagnosis: begin -->", "<!-- diagnosis: end -->"

SEEN_IN_LOSS = ("slow divergence", "fast divergence", "spike, not recovered",
                "stuck from the start", "NaN")  # fmt: skip
"""Illnesses that a rule on one loss could see: there the anchors stand beside ours."""


def main() -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write docs/diagnosis.md")
    args = parser.parse_args()
    if not (SHARED / "curves").is_dir():
        print(f"needs the curves and logs in {SHARED.name}/ beside the checkout")
        return
    text = "\n".join(tables())
    print(text)
    if args.write:
        write_measured()
        page = PAGE.read_text()
        head, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def write_measured() -> None:
    """Write what `logwatch rules show` says of false alarms."""
    curves, logs = read_curves(), [result for result in judge_logs() if result.healthy]
    on_curves = Counter(alarm.rule for alarm in false_alarms_of_ours(curves, CUTS))
    on_logs = Counter(alarm.rule for result in logs for alarm in result.false)
    MEASURED.write_text(
        '"""False alarms of each rule, as benchmarks/diagnosis.py --write measured them."""\n\n'
        f"CURVES, LOGS = {len(healthy_curves(curves))}, {len(logs)}\n"
        '"""Healthy curves, looked at at each tenth, and healthy logs."""\n\n'
        f"ON_CURVES: dict[str, int] = {json.dumps(dict(sorted(on_curves.items())))}\n"
        f"ON_LOGS: dict[str, int] = {json.dumps(dict(sorted(on_logs.items())))}\n"
        '"""Warnings and errors by rule; rules that are not named have none."""\n'
    )


def tables() -> Iterator[str]:
    """All tables, line by line."""
    curves = read_curves()
    healthy = [curves[number] for number in healthy_curves(curves)]
    found = {}
    for inject in INJECTIONS:
        cases = make_cases(inject, healthy)
        found[cases[0].kind] = cases
    ours = {
        kind: [outcome_of_ours(number, case) for number, case in enumerate(cases)]
        for kind, cases in found.items()
    }
    yield from _beside_anchors(curves, healthy, found, ours)
    yield from _all_illnesses(healthy, ours)
    yield from _healthy_curves(curves)
    yield from measure_mixtures(healthy)
    yield from measure_speeds()
    yield from _logs(list(judge_logs()), list(judge_logs(looks=50)))


def _beside_anchors(
    curves: Sequence[Curve],
    healthy: Sequence[Curve],
    cases: dict[str, list[Case]],
    ours: dict[str, list[Outcome]],
) -> Iterator[str]:
    yield "### Beside the rules of other monitors, at their own defaults\n"
    yield (
        f"{len(healthy)} healthy curves. `alarmed`: curves with an alarm at any time of the run "
        "(ours: at any fiftieth of it, all rules together). Then recall, and in brackets the "
        "median delay as a part of the run; an alarm before the onset is false and finds nothing.\n"
    )
    yield "| rule | alarmed | " + " | ".join(SEEN_IN_LOSS) + " |"
    yield "|---" * (len(SEEN_IN_LOSS) + 2) + "|"
    noisy = len({alarm.where.split(" at ")[0] for alarm in false_alarms_of_ours(curves, FIFTIETHS)})
    row = [f"**logwatch** | **{noisy}/{len(healthy)}**"]
    yield "| " + " | ".join(row + [_short(ours[kind]) for kind in SEEN_IN_LOSS]) + " |"
    anchors = {name: _row(anchor, healthy, cases) for name, anchor in ANCHORS.items()}
    for name, (count, outcomes) in anchors.items():
        row = [f"{name} | {count}/{len(healthy)}", *(_short(o) for o in outcomes.values())]
        yield "| " + " | ".join(row) + " |"
    pairs = list(_pairs(curves))
    count = sum(bool(overfit(train, held).any()) for train, held in pairs)
    yield f"| SageMaker Overfit (of runs with both losses) | {count}/{len(pairs)} |" + " - |" * len(
        SEEN_IN_LOSS
    )
    yield ""
    yield from judge((noisy, ours), anchors, SEEN_IN_LOSS)


def _row(
    anchor: Anchor, healthy: Sequence[Curve], cases: dict[str, list[Case]]
) -> tuple[int, dict[str, list[Outcome]]]:
    """Healthy curves that an anchor alarms on, and its outcomes by illness."""
    with np.errstate(all="ignore"):
        noisy = sum(bool(anchor(curve.value).any()) for curve in healthy)
    return noisy, {
        kind: [outcome_of_anchor(i, case, anchor) for i, case in enumerate(cases[kind])]
        for kind in SEEN_IN_LOSS
    }


def _pairs(curves: Sequence[Curve]) -> Iterator[tuple[Floats, Floats]]:
    """Train and validation loss of the healthy runs that have both, one after the other."""
    numbers = healthy_curves(curves)
    for number in numbers:
        held, train = curves[number], curves[min(number + 1, len(curves) - 1)]
        if held.source == train.source and "Deep" in held.source and number % 2 == 0:
            yield train.value, held.value


def _short(outcomes: Sequence[Outcome]) -> str:
    hits = [one.delay for one in outcomes if one.hit]
    delay = f" ({np.median(hits):.1%})" if hits else ""
    return f"{len(hits)}/{len(outcomes)}{delay}"


def _all_illnesses(healthy: Sequence[Curve], ours: dict[str, list[Outcome]]) -> Iterator[str]:
    sources = sorted({curve.source for curve in healthy})
    yield "### Each illness\n"
    yield (
        "Recall with its 95 % interval (bootstrap over curves), recall by source of the curves, "
        f"median delay as a part of the run with its interval, on dense curves ({DENSE} samples or "
        "more) and on sparse ones, each also in samples, and curves on which the rule spoke before "
        "the onset.\n"
    )
    names = [source.partition("/")[0] for source in sources]
    yield "| illness | recall | " + " | ".join(names) + " | delay | dense | sparse | before |"
    yield "|---" * (len(sources) + 6) + "|"
    for kind, outcomes in ours.items():
        hit = np.array([one.hit for one in outcomes], dtype=np.float64)
        low, high = interval(hit, lambda values: float(values.mean()))
        by_source = [
            np.mean([one.hit for one in outcomes if healthy[one.curve].source == source])
            for source in sources
        ]
        delays = np.array([one.delay for one in outcomes if one.hit])
        ends = interval(delays, lambda values: float(np.median(values)))
        delay = f"{np.median(delays):.1%} ({ends[0]:.1%}-{ends[1]:.1%})" if len(delays) else "-"
        cells = [f"{hit.mean():.2f} ({low:.2f}-{high:.2f})", *(f"{x:.2f}" for x in by_source)]
        cells += [delay, _delays(outcomes, dense=True), _delays(outcomes, dense=False)]
        before = sum(one.before for one in outcomes)
        yield f"| {kind} | " + " | ".join(cells) + f" | {before} |"
    yield ""


def _delays(outcomes: Sequence[Outcome], *, dense: bool) -> str:
    hits = [one for one in outcomes if one.hit and one.dense == dense]
    if not hits:
        return "-"
    part = f"{np.median([one.delay for one in hits]):.1%}"
    return f"{part}, {np.median([one.samples for one in hits]):.0f} samples"


def _healthy_curves(curves: Sequence[Curve]) -> Iterator[str]:
    count = len(healthy_curves(curves))
    yield "### False alarms on healthy curves, all rules together\n"
    looks = {"the end": (1.0,), "any tenth": CUTS, "any fiftieth": FIFTIETHS}
    for title, cuts in looks.items():
        found = false_alarms_of_ours(curves, cuts)
        each = len(found) / count
        yield f"At {title}: {len(found)} on {count} curves, {each:.3f} each."
        yield from _listed(found)
        yield ""


def _logs(results: Sequence[LogResult], closely: Sequence[LogResult]) -> Iterator[str]:
    well = [result for result in results if result.healthy]
    false = [alarm for result in well for alarm in result.false]
    counts = np.array([len(result.false) for result in well], dtype=np.float64)
    low, high = interval(counts, lambda values: float(values.mean()))
    yield "### Real logs\n"
    yield (
        f"{len(well)} healthy logs: {len(false)} warnings and errors, {counts.mean():.3f} each "
        f"({low:.3f}-{high:.3f})."
    )
    yield from _listed(false)
    for title, seen in (("tenths", results), ("fiftieths", closely)):
        passing = [alarm for result in seen if result.healthy for alarm in result.passing]
        each = len(passing) / len(well)
        yield f"\nOn their first {title}, looked at at each: {len(passing)}, {each:.3f} each."
        yield from _listed(passing)
    ill = [result for result in results if not result.healthy]
    wanted, missed = sum(r.wanted for r in ill), [(r, m) for r in ill for m in r.missed]
    yield f"\n{len(ill)} logs of runs that went wrong: {wanted - len(missed)} of {wanted} found."
    for result, rule in missed:
        yield f"- missed: `{rule}` in `{result.file}` ({result.kind})"
    beyond = [alarm for result in ill for alarm in result.false]
    yield f"\nAlarms on them beyond what their labels say: {len(beyond)}."
    yield from _listed(beyond)


def _listed(found: Sequence[Alarm]) -> Iterator[str]:
    for alarm in found:
        yield f"- `{alarm.rule}` on {alarm.where}: {alarm.title}"


if __name__ == "__main__":
    main()
