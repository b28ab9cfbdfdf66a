"""A pattern's claim on a stretch of a line: which numbers it holds, and what they mean."""

from dataclasses import dataclass
from functools import lru_cache

import regex

from logwatch.parsing.dialects.dialect import Pattern
from logwatch.parsing.matching.names import (
    MAX_NAME,
    MEANINGS,
    PHASES,
    Meaning,
    is_mean,
    is_measurement,
    name_metric,
    spoken_phase,
)
from logwatch.parsing.record import MEAN
from logwatch.parsing.sanitize import Text
from logwatch.parsing.values import NUMBER_TEXT, SCALES, Number, locate_number

AXIS_GROUPS = (
    "step", "total", "epoch", "epochs", "last_epoch", "rate", "batch", "done", "of",
)  # fmt: skip
TIMES = ("s", "ms", "us", "ns", "m", "min", "h")
COUNTS = ("k", "K", "M", "G", "B", "T")
"""Suffixes that say how many there are, of whatever it is."""
LOSS = "loss"
TRAIN = "train"
SPEEDS = frozenset({"tokens_per_s", "samples_per_s", "steps_per_s", "step_time_s"})
"""Speeds of the training; what an evaluation took is not among them."""
WORD_GROUPS = ("phase", "dataset")
UNIT_TEXT = regex.compile(r" ?(?P<unit>%|[A-Za-z]{1,3})(?:\([\d.]+%\))?")
_remember = lru_cache(MEANINGS)(name_metric)


def find_meaning(key: str, phase: str, as_is: str = "") -> Meaning:
    """What `name_metric` says of a key, remembered unless the key is a text."""
    return (_remember if len(key) <= MAX_NAME else name_metric)(key, phase, as_is)


@dataclass(frozen=True, slots=True)
class Metric:
    """One number of a claim under its metric's name; values at or below `above` are dropped."""

    name: str
    number: Number
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What one pattern reads on all lines of a shape.

    `start` and `end` are characters of the text. `tentative` claims count only
    once the same skeleton has been seen with other numbers; `is_row` claims are rows of a block;
    `phased` are the metrics whose phase the line itself names.
    """

    pattern: Pattern
    start: int
    end: int
    axes: tuple[tuple[str, Number], ...] = ()
    metrics: tuple[Metric, ...] = ()
    tentative: str = ""
    is_row: bool = False
    phased: frozenset[str] = frozenset()


class Draft:
    """A claim while it is put together."""

    def __init__(self, pattern: Pattern, text: Text, phase: str = "") -> None:
        self.pattern, self.text = pattern, text
        self.phase = phase or pattern.phase
        self.says_phase = bool(phase)
        self.spoken_phases: tuple[str, ...] = ()
        self.phased: set[str] = set()
        self.means: set[str] = set()
        self.dataset = ""
        self.axes: dict[str, Number] = {}
        self.metrics: dict[str, Metric] = {}
        self.keys: list[str] = []

    def take_words(self, found: "regex.Match[str]") -> None:
        """Phase and dataset, where the pattern captures them."""
        groups = found.groupdict()
        if groups.get("phase"):
            self.turn_to(groups["phase"].strip())
            self.text.rest_on(*found.span("phase"))
        if groups.get("dataset"):
            self.dataset = groups["dataset"]
            self.text.rest_on(*found.span("dataset"))

    def turn_to(self, word: str) -> None:
        """Read what follows as of the phase that a word names."""
        self.phase = PHASES.get(word.lower(), self.phase)
        self.says_phase = True
        self.spoken_phases = ()

    def note_key(self, key: str) -> None:
        """Note the phase that a key names in a word of its own: a score behind it may be of it.

        In `Train Loss: 0.4 Acc: 0.9 | Test Loss: 0.5 Acc: 0.8` each score is of the phase before
        it; behind a mere score, as in `Val Acc: 0.9 Loss: 0.3`, only what the line has already is.
        """
        spoken = spoken_phase(key)
        if spoken:
            self.spoken_phases = (
                (spoken, self.phase) if LOSS in key.lower() else (self.phase, spoken)
            )

    def name(self, key: str, as_is: str) -> Meaning:
        """What a key means here."""
        meaning = find_meaning(key, self.phase, as_is)
        if self.pattern.guarded and key.lower() in PHASES and self._names_a_loss():
            return name_metric("score", PHASES[key.lower()])
        if not self.spoken_phases or meaning.phased or not is_measurement(key):
            return meaning
        meanings = [find_meaning(key, phase, as_is) for phase in self.spoken_phases]
        return next((one for one in meanings if one.metric not in self.metrics), meaning)

    def _names_a_loss(self) -> bool:
        """Whether a key says which figure the loss is; `train` beside it is another then."""
        return any(LOSS in key.lower() for key in self.keys)

    def take_groups(self, found: "regex.Match[str]", skip: tuple[str, ...] = ()) -> None:
        """Every named group that is no word and no pair: a counter or a metric of that name."""
        for name, value in found.groupdict().items():
            if value is None or name in WORD_GROUPS or name in ("key", "value", *skip):
                continue
            if name in AXIS_GROUPS:
                number = self.number(found.span(name), "")
                if number:
                    self.axes.setdefault(name, number)
            else:
                self.take(name, found.span(name), found.span(name), from_log=False)

    def take(
        self, key: str, key_span: tuple[int, int], span: tuple[int, int], *, from_log: bool = True
    ) -> None:
        """One key with its value; what is no number is left out."""
        if from_log:
            self.text.rest_on(*key_span)
        translation = self.pattern.translate(key)
        number = self.number(span, translation.unit)
        if number is None or translation.name == "-":
            return
        self.keys.append(key)
        if translation.name.startswith("@"):
            self.axes[translation.name[1:]] = number
            return
        given = translation.name or (self.pattern.prefix and self.pattern.prefix + key)
        meaning = self.name(key, given)
        if meaning.axis:
            self.axes.setdefault(meaning.axis, number)
        elif meaning.metric:
            name = meaning.metric
            if self.dataset and "/" in name:
                name = name.replace("/", f"/{self.dataset}/", 1)
            if name in SPEEDS and self.phase != TRAIN:
                name = f"{self.phase}/{name}"
            if name.endswith("_per_s") and self.text.text[slice(*span)].endswith("s/it"):
                number = number._replace(inverse=True)
            name = self._apart(key, name) + (MEAN if translation.mean else "")
            self.metrics.setdefault(name, Metric(name, number, translation.above))
            if meaning.phased or self.says_phase:
                self.phased.add(name)

    def _apart(self, key: str, name: str) -> str:
        """The name of a metric, where a line holds a value and a mean of it: `loss` and `avg loss`.

        The value of the batch has the plain name, whichever stands first.
        """
        mean = is_mean(key)
        if name not in self.metrics or mean == (name in self.means):
            self.means.update([name] if mean else [])
            return name
        if mean:
            return name + MEAN
        first = self.metrics.pop(name)
        self.metrics[name + MEAN] = Metric(name + MEAN, first.number, first.above)
        self.means.discard(name)
        return name

    def take_total(self, key: str, pair: "regex.Match[str]") -> None:
        """What a counter counts to, where the pair has a group `total`: `step 3/100`."""
        meaning = find_meaning(key, self.phase, self.pattern.translate(key).name)
        total = {"step": "total", "epoch": "epochs"}.get(meaning.axis, "")
        if total and pair.groupdict().get("total"):
            number = self.number(pair.span("total"), "")
            if number:
                self.axes.setdefault(total, number)

    def number(self, span: tuple[int, int], unit: str) -> Number | None:
        """The number at a span, in its own unit or, where it names none, in the one given.

        `5123M` of what is given in MB are megabytes: the unit was cut short, not another; `1.2K` of
        what is given in ms are 1200 of them.
        """
        text, (start, end) = self.text.text, span
        while start < end and text[start] in " '\"":
            start += 1
        while end > start and text[end - 1] in " '\"":
            end -= 1
        whole = locate_number(self.text, start, end)
        if whole is None:
            found = NUMBER_TEXT.match(text, start, end)
            suffix = UNIT_TEXT.fullmatch(text, found.end(), end) if found else None
            if not found or not suffix or suffix["unit"] not in SCALES:
                return None
            whole = locate_number(self.text, *found.span())
            if whole and unit in TIMES and suffix["unit"] in COUNTS:
                return whole.in_unit(unit).times(suffix["unit"])
            if not (unit.endswith("B") and unit.startswith(suffix["unit"])):
                unit = suffix["unit"]
        return whole.in_unit(unit) if whole and unit else whole

    def claim(self, start: int, end: int, tentative: str = "") -> Claim:
        """The claim on the characters `start:end`."""
        if "batch" in self.axes:
            batch = self.axes.pop("batch")
            self.axes.setdefault("step", batch)
        return Claim(
            self.pattern,
            start,
            end,
            tuple(self.axes.items()),
            tuple(self.metrics.values()),
            tentative,
            phased=frozenset(self.phased),
        )
