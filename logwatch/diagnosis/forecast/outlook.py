"""A forecast in words and figures."""

import math
from dataclasses import dataclass

from logwatch.diagnosis.analysis import wording
from logwatch.diagnosis.forecast.curves import Forecast
from logwatch.diagnosis.forecast.features import FARTHEST_EARLY, FARTHEST_SETTLED
from logwatch.metrics.series import SeriesView

TYPICAL_ERRORS = ((1.5, 0.05), (3.0, 0.15), (math.inf, 0.28))
BOUNDED_ERRORS = ((1.5, 0.05), (3.0, 0.13), (math.inf, 0.16))
"""Median error of the forecast step by how many times as long as so far it says, held out by
source, for runs of unknown and of known length.
Source: benchmarks/time_to_target.py --fit, `forecast`."""

LIKELY = 0.5
"""Probability from which a level is said to come."""

TRUSTED = 0.5
"""Weight from which the baseline's course is named as a ground."""

EARLY_ERROR = 0.56
"""The same for a run that has barely begun. Source: the same, `Early forecast`."""

SURE, FAIR = 1.5, 2.5
"""Up to these ratios of the interval's ends confidence is called high, and medium."""


@dataclass(frozen=True)
class Outlook:
    """When a series comes to a level: the samples it was forecast from, and what is known beside.

    `forecast` is None when there are too few samples. `end` is the run's last step, `rate` steps
    per second, `since` the step since when the level has been held, `limit` the step at which the
    time limit stops it; all NaN where unknown. `scheduled` says that only the learning rate tells
    the end.
    """

    view: SeriesView
    target: float
    forecast: Forecast | None
    end: float
    rate: float
    since: float = math.nan
    rising: bool = False
    limit: float = math.nan
    scheduled: bool = False

    @property
    def last(self) -> float:
        """The step after which nothing comes: the run's end or its time limit, NaN if unknown."""
        return self.limit if math.isnan(self.end) else min(self.end, _or_never(self.limit))

    @property
    def is_unlikely(self) -> bool:
        """Whether the level rather does not come before the run stops."""
        return self.forecast is not None and self.forecast.probability < LIKELY

    @property
    def is_reached(self) -> bool:
        """Whether the level is reached already."""
        return not math.isnan(self.since)

    @property
    def now(self) -> float:
        """The newest step."""
        return float(self.view.step[-1])

    def near(self, step: float) -> str:
        """A step ahead to two digits of its distance from now: more would pretend to know."""
        ahead = step - self.now
        if not math.isfinite(ahead) or ahead <= 0:
            return wording.figure(step)
        digits = 1 - math.floor(math.log10(ahead))
        return wording.figure(
            float(round(step, digits if self.view.axis == "epoch" else min(digits, 0)))
        )

    def place(self, step: float) -> str:
        """A step with its unit: `step 290`."""
        return f"{self.view.axis} {self.near(step)}"

    def interval(self) -> str:
        """The 80 % interval: `140-900`, `140 or later`."""
        low, high = (
            (self.forecast.low, self.forecast.high) if self.forecast else (self.now, math.inf)
        )
        later = math.isinf(high)
        return f"{self.near(low)} or later" if later else f"{self.near(low)}-{self.near(high)}"

    def values(self) -> dict[str, float]:
        """Figures: target, step, low, high, points; probability and eta_s where they are known."""
        found = self.forecast
        ends = (found.step, found.low, found.high) if found else (math.nan, self.now, math.inf)
        if self.is_reached:
            ends = (self.since, self.since, self.since)
        names = ("target", "step", "low", "high", "points")
        values = dict(zip(names, (self.target, *ends, float(len(self.view))), strict=True))
        if found and not self.is_reached and not math.isnan(found.probability):
            values["probability"] = found.probability
        if found and not self.is_reached and self.rate > 0:
            values["eta_s"] = (found.step - self.now) / self.rate
        return values

    def detail(self) -> str:
        """What it is made from, how sure it is, how long it takes, and what would refute it."""
        words = [self._past()]
        if self.is_reached:
            words.append(f"It is now at {wording.figure(self.view.last)}.")
        elif self.forecast is None:
            count = "1 sample is" if len(self.view) == 1 else f"{len(self.view)} samples are"
            words.append(f"{count} too few for a forecast.")
        else:
            words += [self._confidence(self.forecast), self._chance(self.forecast)]
            words += [self._time(self.forecast), self._refutation(self.forecast)]
        return " ".join(word for word in words if word)

    def _past(self) -> str:
        first, last = float(self.view.value[0]), self.view.last
        change = f" ({wording.percent((last - first) / abs(first))})" if first else ""
        stretch = wording.between(self.view, 0, -1)
        return f"{wording.figure(first)} -> {wording.figure(last)}{change} in {stretch}."

    def _confidence(self, found: Forecast) -> str:
        """How sure the forecast is, and how good such forecasts were on real curves."""
        if found.far:
            times = FARTHEST_EARLY if found.early else FARTHEST_SETTLED
            return (
                f"At its present pace it would take over {times:g} times as long as so far. It "
                f"comes there sooner only if it drops, as some curves did after a plateau."
            )
        if found.early:
            return (
                f"Low confidence: {len(self.view)} samples so early in a run say little; on real "
                f"curves half of such forecasts were off by more than "
                f"{wording.share(EARLY_ERROR)}. Take the interval, not the step."
            )
        spread = found.high / max(found.low, 1.0)
        level = "High" if spread <= SURE else "Medium" if spread <= FAIR else "Low"
        errors = BOUNDED_ERRORS if found.bounded else TYPICAL_ERRORS
        error = next(error for times, error in errors if found.times < times)
        return (
            f"{level} confidence: on real curves of other sources half of the forecasts this far "
            f"ahead ({found.times:.1f} times as long as so far) were off by less than "
            f"{wording.share(error)}, and 8 of 10 intervals held{self._condition(found)}."
            f"{self._precedent(found)}"
        )

    def _precedent(self, found: Forecast) -> str:
        """Whether the baseline counted, and why."""
        if found.trust < TRUSTED:
            return ""
        return (
            f" The baseline's course counts for {wording.share(found.trust)} of it, since so far "
            "this run took the same multiples of time from level to level."
        )

    def _condition(self, found: Forecast) -> str:
        """What the figures ask for."""
        if found.bounded:
            return ", of levels that were reached before the end of their run"
        return ", given that a fifth of the run is done" if math.isnan(self.end) else ""

    def _chance(self, found: Forecast) -> str:
        if math.isnan(self.last):
            return ""
        if found.low > self.last:
            return f"The run {self.stop()}, before that."
        if math.isnan(found.probability):
            return ""
        return (
            f"The probability of getting there before it {self.stop()} is {found.probability:.2f}."
        )

    def stop(self) -> str:
        """Where the run stops, and who says so."""
        if self.limit < _or_never(self.end):
            return f"is stopped by its time limit near {self.place(self.limit)}"
        source = ", as its learning rate is scheduled" if self.scheduled else ""
        return f"ends at {self.view.axis} {wording.figure(self.end)}{source}"

    def _time(self, found: Forecast) -> str:
        if found.far or not self.rate > 0:
            return ""
        steps = (found.step, found.low, found.high)
        step, low, high = (wording.rough_duration((step - self.now) / self.rate) for step in steps)
        rate = f"{self.rate:.3g} {self.view.axis}s a second"
        return f"At {rate} that is {step} from now (80 %: {low} to {high})."

    def _refutation(self, found: Forecast) -> str:
        if found.far:
            return ""
        if math.isinf(found.high):
            way = "rising" if self.rising else "falling"
            return f"The interval has no end: noise hides whether it is {way} at all."
        side, last = "below" if self.rising else "above", self.near(found.high)
        target = wording.figure(self.target)
        return f"Wrong if it is still {side} {target} at {self.view.axis} {last}."


def _or_never(step: float) -> float:
    return math.inf if math.isnan(step) else step
