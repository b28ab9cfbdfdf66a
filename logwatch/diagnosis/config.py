"""What a person tells logwatch about a run: goals, sizes, weights, limits, thresholds, rules off.

The text is that of a `logwatch.toml`; reading the file is done in `sources`.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView

DAYS = re.compile(r"(\d+)-(\d+)(?::(\d+))?(?::(\d+))?")
CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+)")
"""Slurm's ways to write a time limit: days-hours:minutes:seconds, where minutes and seconds may be
left out; without days hours:minutes:seconds, minutes:seconds or minutes.
Source: https://slurm.schedmd.com/sbatch.html (--time)."""

Schedule = tuple[tuple[float, float], ...]
"""A weight from steps on: `((0, 0.0), (5000, 0.1))`; a constant one has one row."""


class ConfigError(Exception):
    """A config cannot be used; its text is one sentence for the user."""


@dataclass(frozen=True)
class Config:
    """What is known beside the log. Zero and empty mean that nothing was said.

    `classes` and `vocabulary` are counts; `walltime_s` seconds; `weights` the declared weights of
    loss components by name; `thresholds` numbers by rule and name; `off` rules not to ask;
    `temperature` that of a distillation; `compare` at what runs are compared with the baseline, one
    of `COMPARED`; `given` that it stands for all logs, whatever lies beside them.
    """

    targets: Mapping[str, float] = field(default_factory=dict)
    baseline: str = ""
    classes: float = 0.0
    vocabulary: float = 0.0
    max_steps: float = 0.0
    walltime_s: float = 0.0
    weights: Mapping[str, Schedule] = field(default_factory=dict)
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    compare: str = ""
    given: bool = False
    temperature: float = 0.0

    def under(self, said: "Config") -> "Config":
        """This config where `said` is silent; what both say of one thing is as `said` has it."""
        thresholds = {**self.thresholds}
        for rule, values in said.thresholds.items():
            thresholds[rule] = {**thresholds.get(rule, {}), **values}
        return Config(
            {**self.targets, **said.targets},
            said.baseline or self.baseline,
            said.classes or self.classes,
            said.vocabulary or self.vocabulary,
            said.max_steps or self.max_steps,
            said.walltime_s or self.walltime_s,
            {**self.weights, **said.weights},
            thresholds,
            self.off | said.off,
            said.compare or self.compare,
            self.given or said.given,
            said.temperature or self.temperature,
        )


UNITS = re.compile(
    r"(?=\d)(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+)s)?"
)
"""Days, hours, minutes and seconds, each with its unit."""


def read_duration(text: str) -> float:
    """Seconds of `24:00:00`, `2-12` or minutes, as Slurm writes them, or of `1d12h`; else NaN.

    Source: sbatch(1), --time.
    """
    if found := UNITS.fullmatch(text.replace(" ", "")):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    if found := DAYS.fullmatch(text):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    if found := CLOCK.fullmatch(text):
        hours, minutes, last = (int(part or 0) for part in found.groups())
        return float(hours * 3600 + minutes * 60 + last) if ":" in text else 60.0 * last
    return math.nan


COMPARED = ("step", "epoch", "time")
"""What two runs can be compared at."""

KEYS = ("targets", "baseline", "classes", "vocabulary", "max_steps", "walltime", "weights",
        "thresholds", "off", "compare",
        "dialect", "temperature")  # fmt: skip


def parse_config(text: str, name: str, limits: Mapping[str, Mapping[str, float]]) -> Config:
    """Read a config; `name` is the file's, `limits` the thresholds that each rule has.

    Raises:
        ConfigError: the text is no TOML, a key is unknown, or a value has the wrong kind.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: {error}.") from error
    reader = _Reader(text, name)
    reader.know("key", table, KEYS)
    off = table.get("off", [])
    if not (isinstance(off, list) and all(isinstance(rule, str) for rule in off)):
        raise reader.fault("off", "must be a list of rules, as in off = ['plateau']")
    reader.know("rule", off, limits, at="off")
    return Config(
        {metric: reader.number(metric, value) for metric, value in reader.table(table, "targets")},
        reader.text(table, "baseline"),
        reader.count(table, "classes"),
        reader.count(table, "vocabulary"),
        reader.count(table, "max_steps"),
        reader.duration(table),
        {part: reader.schedule(part, value) for part, value in reader.table(table, "weights")},
        _thresholds(reader, table, limits),
        frozenset(off),
        reader.choice(table, "compare", COMPARED),
        temperature=reader.count(table, "temperature"),
    )


def _thresholds(
    reader: "_Reader", table: Mapping[str, Any], limits: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    found = {}
    for rule, values in reader.table(table, "thresholds"):
        reader.know("rule", [rule], limits)
        if not isinstance(values, dict):
            raise reader.fault(rule, "must be a table of thresholds, as in {rise = 0.1}")
        reader.know(f"threshold of {rule}", values, limits[rule])
        found[rule] = {key: reader.number(key, value) for key, value in values.items()}
    return found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Says where in the text a fault stands."""

    content: str
    name: str

    def fault(self, key: str, why: str) -> ConfigError:
        """A sentence with file and line."""
        place = re.compile(rf"""(?:^|[\[.{{,"'\s]){re.escape(key)}(?:["'\]\s.=]|$)""")
        lines = enumerate(self.content.splitlines(), 1)
        number = next((number for number, line in lines if place.search(line)), 1)
        return ConfigError(f"{self.name}, line {number}: {key} {why}")

    def know(self, kind: str, keys: Iterable[str], known: Iterable[str], at: str = "") -> None:
        """Refuse keys that are not known, with the nearest one that is."""
        known = list(known)
        for key in keys:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
                hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
                raise self.fault(key, f"is no {kind}{hint if known else ''}")

    def table(self, table: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
        """The rows of a table, none when it is not there."""
        rows = table.get(key, {})
        if not isinstance(rows, dict):
            raise self.fault(key, f"must be a table, as in [{key}]")
        return list(rows.items())

    def number(self, key: str, value: Any) -> float:
        """A finite number."""
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise self.fault(key, f"must be a number, not {value!r}")
        return float(value)

    def count(self, table: Mapping[str, Any], key: str) -> float:
        """A number above zero, 0 when it is not there."""
        if key not in table:
            return 0.0
        value = self.number(key, table[key])
        if value <= 0:
            raise self.fault(key, f"must be above zero, not {value:g}")
        return value

    def text(self, table: Mapping[str, Any], key: str) -> str:
        """A text, empty when it is not there."""
        value = table.get(key, "")
        if not isinstance(value, str):
            raise self.fault(key, f"must be a text, not {value!r}")
        return value

    def choice(self, table: Mapping[str, Any], key: str, known: Sequence[str]) -> str:
        """One of the words that are known, empty when it is not there."""
        word = self.text(table, key)
        if word and word not in known:
            raise self.fault(key, f"must be {', '.join(known[:-1])} or {known[-1]}, not {word!r}")
        return word

    def duration(self, table: Mapping[str, Any]) -> float:
        """Seconds of `walltime`, 0 when it is not there."""
        value = table.get("walltime", "")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.count(table, "walltime")
        if value == "":
            return 0.0
        seconds = read_duration(value) if isinstance(value, str) else math.nan
        if seconds > 0:
            return seconds
        raise self.fault("walltime", "must be seconds, or as in '24:00:00' or '2-12:00:00'")

    def schedule(self, key: str, value: Any) -> Schedule:
        """A weight, or rows of step and weight."""
        if not isinstance(value, list):
            return ((0.0, self.number(key, value)),)
        if not value or not all(isinstance(row, list) and len(row) == 2 for row in value):
            raise self.fault(key, "must be a weight, or rows as in [[0, 0.0], [5000, 0.1]]")
        rows = ((self.number(key, step), self.number(key, weight)) for step, weight in value)
        return tuple(sorted(rows))


def declare(run: RunView, config: Config) -> RunView:
    """The run with the weights and the length that its log does not tell but a person does."""
    series = dict(run.series)
    for part, schedule in config.weights.items():
        name = f"weight/{part}"
        if name not in series and (made := _weight(run, name, schedule)) is not None:
            series[name] = made
    progress = run.progress
    if config.max_steps and progress.total is None:
        progress = replace(progress, total=config.max_steps)
    if len(series) == len(run.series) and progress is run.progress:
        return run
    return replace(run, series=series, progress=progress)


def _weight(run: RunView, name: str, schedule: Schedule) -> SeriesView | None:
    """A declared weight as a series: each row at the first sample of the run at its step."""
    view = run.get("train/loss") or max(run.series.values(), key=len, default=None)
    if view is None or not len(view):
        return None
    places = [int(view.step.searchsorted(step)) for step, _ in schedule]
    kept = [number for number, place in enumerate(places) if place < len(view)]
    found = view.where(np.array([places[number] for number in kept], dtype=np.int64))
    values = [schedule[number][1] for number in kept]
    return replace(found, name=name, value=found.value * 0 + values) if kept else None
