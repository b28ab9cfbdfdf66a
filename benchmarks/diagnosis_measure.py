"""When a rule first speaks of an illness, how often it cries wolf, how sure the figures are."""

import csv
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from diagnosis_anchors import Anchor
from diagnosis_injections import Case
from real_curves import SHARED, Curve, Floats

from logwatch.diagnosis.config import declare
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.pace import pace
from logwatch.diagnosis.rule import RULES, Question
from logwatch.metrics.run import RunView
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library

LABELS = Path(__file__).with_name("diagnosis_labels.toml")

LOOKS = (0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.075, 0.1, 0.15, 0.2,
         *(tenth / 10 for tenth in range(3, 11)))  # fmt: skip
"""Parts of the run after the onset at which it is looked at."""

HALVINGS = 8
"""Halvings between the last silent look and the first one that speaks: a delay is then that of the
very sample in runs of up to 2500, and otherwise rounded up by a 2560th of the run at most."""

DENSE = 150
"""Samples from which on a curve is dense: one of them is under 1 % of the run."""

CUTS = tuple(tenth / 10 for tenth in range(1, 11))
"""Parts of a healthy run at which it is looked at."""

FIFTIETHS = tuple(part / 50 for part in range(1, 51))
"""The same, looked at more closely."""

RESAMPLES = 2000


@dataclass(frozen=True)
class Outcome:
    """Of one case: the delay as a part of the run and in samples, NaN where missed.

    `before` is a false alarm; `dense` says that the curve has `DENSE` samples or more.
    """

    curve: int
    delay: float
    before: bool
    samples: float = np.nan
    dense: bool = False

    @property
    def hit(self) -> bool:
        """Whether it was found, and not by an alarm that was there before."""
        return bool(np.isfinite(self.delay))


@dataclass(frozen=True)
class Alarm:
    """A warning or an error on something healthy."""

    where: str
    rule: str
    title: str


def labels() -> dict:
    """What is wrong with each curve and log."""
    return tomllib.loads(LABELS.read_text())


def healthy_curves(curves: Sequence[Curve]) -> list[int]:
    """Numbers of the curves that no label calls ill."""
    ill = {int(number) for number in labels()["curves"]}
    return [number for number in range(len(curves)) if number not in ill]


def noise_of(curve: Curve) -> float:
    """Robust deviation of the log differences of a curve's later half; 0 of values below 0."""
    late = curve.value[len(curve.value) // 2 :]
    if len(late) < 3 or late.min() <= 0:
        return 0.0
    steps = np.diff(np.log(late))
    return 1.4826 * float(np.median(np.abs(steps - np.median(steps))))


def fiftieths(count: int) -> list[int]:
    """Numbers of samples at the fiftieths of a run of `count`, each once."""
    return sorted({max(1, int(part * count)) for part in FIFTIETHS})


def curve_run(curve: Curve, count: int) -> RunView:
    """A curve's first samples as a train loss."""
    return Case("", curve, {"train/loss": curve.value}, 0, ()).view(count)


def alarms(run: RunView, question: Question | None = None) -> list[Finding]:
    """Warnings and errors that are active."""
    with np.errstate(all="ignore"):
        found = diagnose(run, question or Question())
    return [f for f in found if f.active and f.severity >= Severity.warning]


def false_alarms_of_ours(curves: Sequence[Curve], cuts: Sequence[float]) -> list[Alarm]:
    """Each rule that alarms at some cut of a healthy curve, once a curve and rule."""
    found: dict[tuple[int, str], Alarm] = {}
    for number in healthy_curves(curves):
        curve = curves[number]
        for cut in cuts:
            count = max(1, int(cut * len(curve.step)))
            for one in alarms(curve_run(curve, count)):
                where = f"curve {number} ({curve.source}) at {cut:.0%}"
                found.setdefault((number, one.rule), Alarm(where, one.rule, one.title))
    return list(found.values())


def outcome_of_ours(number: int, case: Case) -> Outcome:
    """Look at a case before its onset and after it."""
    dense = len(case) >= DENSE
    if case.onset > 1 and case.wanted and _speaks(case, case.onset):
        return Outcome(number, np.nan, True, dense=dense)
    silent = case.onset
    for look in LOOKS:
        count = min(len(case), int(np.ceil(case.onset + look * len(case))))
        if count > silent and _speaks(case, count):
            first = _first_word(case, silent, count) - case.onset
            return Outcome(number, first / len(case), False, first, dense)
        silent = count
        if count == len(case):
            break
    return Outcome(number, np.nan, False, dense=dense)


def _first_word(case: Case, silent: int, spoken: int) -> int:
    """After how many samples a rule first speaks, between two looks."""
    for _ in range(HALVINGS):
        if spoken - silent <= 1:
            break
        middle = (silent + spoken) // 2
        if _speaks(case, middle):
            spoken = middle
        else:
            silent = middle
    return spoken


def _speaks(case: Case, count: int) -> bool:
    """Whether a wanted rule speaks of what is now, or of what was since the onset."""
    least = Severity.info if case.told else Severity.warning
    onset = float(case.curve.step[case.onset])
    with np.errstate(all="ignore"):
        found = _ask_wanted(case, count)
    told = (f for f in found if f.rule in case.wanted and f.severity >= least)
    return any(f.active or f.steps is None or f.steps[1] >= onset for f in told)


def _ask_wanted(case: Case, count: int) -> Iterator[Finding]:
    """What the wanted rules alone say, on what `diagnose` would show them: a tenth of its time."""
    question = Question()
    run = declare(case.view(count), question.config)
    calm, place = pace(run)
    for rule in {RULES[name].check: RULES[name] for name in case.wanted}.values():
        yield from rule.check(calm if rule.paced and place is not None else run, question)


def outcome_of_anchor(number: int, case: Case, anchor: Anchor) -> Outcome:
    """The first alarm of an anchor: before the onset it is false, after it a hit."""
    with np.errstate(all="ignore"):
        at = np.flatnonzero(anchor(case.loss))
    if not len(at):
        return Outcome(number, np.nan, False)
    first = int(at[0])
    if first < case.onset:
        return Outcome(number, np.nan, True)
    return Outcome(number, (first - case.onset + 1) / len(case), False)


def interval(values: Floats, figure: Callable[[Floats], float]) -> tuple[float, float]:
    """95 % bootstrap interval of a figure of (n,) values, one a curve; the seed is fixed."""
    if not len(values):
        return np.nan, np.nan
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(values), (RESAMPLES, len(values)))
    figures = [figure(values[pick]) for pick in picks]
    return float(np.nanquantile(figures, 0.025)), float(np.nanquantile(figures, 0.975))


def _line(data: bytes, offset: int) -> str:
    """The line that begins at an offset."""
    return data[offset : offset + 4096].splitlines()[0].decode("utf-8", "replace")


@dataclass(frozen=True)
class LogResult:
    """A real log: what was to be found, what was, and what else was alarmed about.

    `passing` are alarms on its first parts, as somebody saw them who looked at it then.
    """

    file: str
    kind: str
    missed: tuple[str, ...]
    false: tuple[Alarm, ...]
    wanted: int
    passing: tuple[Alarm, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether its training and its end are well."""
        return self.kind in ("none", "truncated", "earlystop")


def judge_logs(looks: int = 10, folder: Path = SHARED / "logs") -> Iterator[LogResult]:
    """Read each labelled log in place, in so many parts, and hold what is found to its label."""
    library, _ = load_library()
    known = {row["file"]: row for row in labels()["log"]}
    with (folder / "INDEX.tsv").open() as index:
        for row in csv.DictReader(index, delimiter="\t"):
            label = known[row["file"]]
            data = (folder / row["file"]).read_bytes()
            session = Session(library, Question(read_line=partial(_line, data)))
            name = row["file"].rpartition("/")[2]
            true = {*label["ill"], *label.get("also", ())}
            passing = tuple(_passing(session, data, name, true, looks))
            session.finish()
            with np.errstate(all="ignore"):
                found = session.update().findings
            spoken = {one.rule for one in found}
            false = tuple(
                Alarm(name, one.rule, one.title)
                for one in found
                if one.active and one.severity >= Severity.warning and one.rule not in true
            )
            missed = tuple(rule for rule in label["ill"] if rule not in spoken)
            yield LogResult(name, label["kind"], missed, false, len(label["ill"]), passing)


def _passing(
    session: Session, data: bytes, name: str, true: set[str], looks: int
) -> Iterator[Alarm]:
    """Feed a log part by part: each rule that alarms before its end, once."""
    seen: set[str] = set()
    for look in range(looks):
        session.feed(data[look * len(data) // looks : (look + 1) * len(data) // looks])
        with np.errstate(all="ignore"):
            found = session.update().findings if look < looks - 1 else ()
        for one in found:
            alarmed = one.active and one.severity >= Severity.warning
            if alarmed and one.rule not in true and one.rule not in seen:
                seen.add(one.rule)
                yield Alarm(f"{name} at {(look + 1) * 100 // looks} %", one.rule, one.title)
