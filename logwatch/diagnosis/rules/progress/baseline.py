"""The run against another one, at equal step, epoch or time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.analysis.alongside import lay_alongside
from logwatch.diagnosis.analysis.course import rises
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import Question, rule
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.statistics import MEDIAN_ERROR, noise, rolling_median, thin
from logwatch.parsing.record import Floats, Ints

ENOUGH_BLOCKS = 6
"""Blocks that a sign test needs: six on one side come of chance once in 32 times, five in 16."""

CHANCE = 0.05
"""Probability under which a difference is not called chance."""

LEAST_CHANCE = 0.001
"""Below it a probability is told as below it: blocks are not independent enough for more."""

LEAST_DIFFERENCE = 0.01
"""A difference under 1 % is level. One recipe run thrice differed by 0.04 % at the end, the next
record by 0.5 %; small data sets scatter more. Source: KellerJordan/modded-nanogpt,
records/track_1_short, 2024-10-14, 10-17 and 10-18, against 10-29."""

CLEAR_ERRORS = 3.0
"""A difference under three standard errors of its median is level."""

BLOCKS = 64
"""Pairs are joined to at most so many medians: the noise of neighbouring steps is correlated, and
ten thousand pairs are not ten thousand witnesses."""

NEWEST_SHARE, NEWEST_LEAST = 8, 3
"""The newest eighth of the blocks, and at least three, tell how the two stand now."""

FEWEST_SHARED = 0.5
"""When fewer of a series' steps are logged by the other, the baseline is read between its steps."""


@dataclass(frozen=True)
class Pairs:
    """A run and its baseline at (n,) equal steps; `index` finds each in the run's series."""

    step: Floats
    value: Floats
    base: Floats
    index: Ints

    def differences(self) -> Floats:
        """(m,) medians of blocks of differences, as fractions of the baseline."""
        scale = np.abs(self.base)
        if not scale.all():
            scale = np.where(scale > 0, scale, float(np.median(scale)) or 1.0)
        return thin((self.value - self.base) / scale, BLOCKS)


@rule(
    "worse-than-baseline", "better-than-baseline", "level-with-baseline", "no-common-steps",
    difference=LEAST_DIFFERENCE, errors=CLEAR_ERRORS,
)  # fmt: skip
def compare_with_baseline(run: RunView, question: Question) -> Iterable[Finding]:
    """How the run stands against the baseline at equal steps, epochs or times (`--baseline FILE`).

    Needs a baseline.
    At what is `compare` of logwatch.toml; where the logs count differently, what both have.
    Values: `difference` (newest equal steps, as a fraction of the baseline; above zero: the metric
    is higher), `overall` (the same over all of them), `pairs`, `since` (first step of the present
    difference), `p` (sign test since then; NaN where there is too little for one).
    """
    base = question.baseline
    if base is None:
        return
    shared = [name for name in run.series if run.get(name) and base.get(name)]
    losses = [name for name in shared if name.endswith("/loss")]
    names = losses or [name for name in shared if rises(name)]
    least = [question.limit("worse-than-baseline", name) for name in ("difference", "errors")]
    if not names:
        yield Finding(
            rule="no-common-steps",
            severity=Severity.info,
            title="no loss in common with the baseline",
        )
    for name in names:
        laid = lay_alongside(run.series[name], base.series[name], question.config.compare)
        view, other = laid or (run.series[name], base.series[name])
        pairs = pair(view, other)
        if laid and len(pairs.step):
            yield _tell(judge(view, pairs, *least))
        else:
            yield _disjoint(view, other, "" if laid else question.config.compare)


def pair(view: SeriesView, base: SeriesView) -> Pairs:
    """The samples at steps that both have; the baseline is read between its steps where few are."""
    if view.axis != base.axis or not len(view) or not len(base):
        nothing = np.empty(0)
        return Pairs(nothing, nothing, nothing, np.empty(0, np.int64))
    both = min(len(view), len(base))
    if np.array_equal(view.step[:both], base.step[:both]):  # one recipe twice: no search needed
        return Pairs(view.step[:both], view.value[:both], base.value[:both], np.arange(both))
    other = np.searchsorted(base.step, view.step, side="right") - 1
    index = np.flatnonzero(base.step[other] == view.step)
    inside = np.flatnonzero((view.step >= base.step[0]) & (view.step <= base.step[-1]))
    if len(index) >= FEWEST_SHARED * min(len(inside), len(base)):
        return Pairs(view.step[index], view.value[index], base.value[other[index]], index)
    step = view.step[inside]
    return Pairs(step, view.value[inside], np.interp(step, base.step, base.value), inside)


def sign_test(difference: Floats, side: float) -> float:
    """Two-sided probability of so many of (n,) differences on one side; NaN for too few.

    Source: Dixon & Mood 1946, https://doi.org/10.1080/01621459.1946.10501898
    """
    count = len(difference)
    if count < ENOUGH_BLOCKS:
        return math.nan
    agree = int((difference * side > 0).sum())
    tail = sum(math.comb(count, k) for k in range(agree, count + 1)) / 2.0**count
    return min(1.0, 2 * tail)


@dataclass(frozen=True)
class Verdict:
    """How a series stands against its baseline's at the newest equal steps.

    `side` is 1 above, -1 below, 0 level; `start` the first pair of the present state; `chance` the
    sign test's since then, NaN where it is too short for one; `least` a difference that counts.
    """

    view: SeriesView
    pairs: Pairs
    difference: Floats
    newest: float
    side: float
    start: int
    chance: float
    least: float

    def title(self) -> str:
        """How the two stand now, with the newest pair."""
        pair = (wording.figure(float(one[-1])) for one in (self.pairs.value, self.pairs.base))
        place = f"at {self.at(-1)} ({' against '.join(pair)})"
        if not self.side:
            return f"{self.view.name} is level with the baseline's {place}"
        way = "above" if self.side > 0 else "below"
        return f"{self.view.name} is {wording.share(abs(self.newest))} {way} the baseline's {place}"

    def detail(self) -> str:
        """What was before, how sure it is, and what all equal steps say."""
        both = (
            f"The median difference is {wording.percent(self.newest)} at the newest and "
            f"{wording.percent(float(np.median(self.difference)))} over all of "
            f"{len(self.pairs.step)} equal {self.view.axis}s."
        )
        return " ".join(word for word in (self._past(), self._confidence(), both) if word)

    def at(self, index: int) -> str:
        """The step of a pair: `step 25`."""
        return f"{self.view.axis} {wording.figure(float(self.pairs.step[index]))}"

    def _past(self) -> str:
        """Where it began, and how far it was on the other side."""
        first = wording.percent(float(self.difference[0]))
        if not self.side:
            return f"It began at {first}."
        before = self.difference * self.side
        worst = int(np.argmin(before))
        words = f"It began at {first} ({self.at(0)})"
        if before[worst] < -self.least:
            place = self.at(worst * len(self.pairs.step) // len(before))
            words += f" and was at {wording.percent(float(self.difference[worst]))} near {place}"
        return f"{words}; the present difference is clear since {self.at(self.start)}."

    def _confidence(self) -> str:
        if not self.side:
            return ""
        if math.isnan(self.chance):
            return "That is too short for a sign test: it may be chance, or pass."
        chance = f"= {self.chance:.2g}" if self.chance >= LEAST_CHANCE else f"< {LEAST_CHANCE:g}"
        return f"A sign test since then gives p {chance}."


def judge(view: SeriesView, pairs: Pairs, least: float, errors: float) -> Verdict:
    """Tell from at least one pair of equal steps how the series stands now, and since when."""
    difference = pairs.differences()
    width = min(len(difference), max(NEWEST_LEAST, len(difference) // NEWEST_SHARE))
    newest, spread = float(np.median(difference[-width:])), noise(difference)
    error = 0.0 if math.isnan(spread) else MEDIAN_ERROR * spread / math.sqrt(width)
    clear = max(least, errors * error)
    side = 0.0 if abs(newest) < clear else math.copysign(1.0, newest)
    first = _begin(difference, side, width, least)
    chance = sign_test(difference[first:], side) if side else math.nan
    start = first * len(pairs.step) // len(difference)
    return Verdict(view, pairs, difference, newest, side, start, chance, least)


def _begin(difference: Floats, side: float, width: int, least: float) -> int:
    """The block where the present difference first was clear, after it last was on no side."""
    against = np.flatnonzero(rolling_median(difference, width) * side <= 0)
    turn = int(against[-1]) + 1 if side and len(against) else 0
    plain = np.flatnonzero(difference[turn:] * side >= least)
    return turn + int(plain[0]) if len(plain) else turn


def _tell(verdict: Verdict) -> Finding:
    """The finding that words a verdict. A difference that may be chance is no warning."""
    view, pairs = verdict.view, verdict.pairs
    worse = verdict.side < 0 if rises(view.name) else verdict.side > 0
    rule_name, severity, remedy = "level-with-baseline", Severity.info, ""
    if verdict.side and worse:
        rule_name = "worse-than-baseline"
        if verdict.chance < CHANCE:
            severity, remedy = Severity.warning, "Look for what changed between the two runs."
    elif verdict.side:
        rule_name, severity = "better-than-baseline", Severity.ok
    return Finding(
        rule=rule_name,
        severity=severity,
        title=verdict.title(),
        detail=verdict.detail(),
        remedy=remedy,
        metric=view.name,
        steps=(float(pairs.step[verdict.start]), float(pairs.step[-1])),
        values={
            "difference": verdict.newest,
            "overall": float(np.median(verdict.difference)),
            "pairs": float(len(pairs.step)),
            "since": float(pairs.step[verdict.start]),
            "p": verdict.chance,
        },
        evidence=wording.evidence(view, int(pairs.index[verdict.start]), int(pairs.index[-1])),
    )


def _disjoint(view: SeriesView, base: SeriesView, chosen: str) -> Finding:
    """Two series that cannot be compared, and why; `chosen` is what one of them does not count."""
    if chosen and chosen != view.axis:
        why = f"They were to be compared at equal {chosen}, which one of the logs does not tell."
    elif view.axis != base.axis:
        why = f"This log counts {view.axis}s, the baseline's {base.axis}s."
    elif not len(view) or not len(base):
        why = "One of the two has no finite value."
    else:
        spans = wording.between(view, 0, -1), wording.between(base, 0, -1)
        why = f"This log has {spans[0]}, the baseline {spans[1]}."
    title = f"{view.name} has no {chosen or view.axis} in common with the baseline's"
    return Finding(
        rule="no-common-steps",
        severity=Severity.info,
        title=title,
        detail=why,
        remedy="",
        metric=view.name,
    )
