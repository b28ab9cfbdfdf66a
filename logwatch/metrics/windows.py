"""The course of a run from windows of its log, before all of it is read.

The windows are read one after the other as if nothing lay between them, the log's beginning first:
there a program says how it counts. What was said between two windows is not known, so only figures
count whose step their own lines tell, or a bar around them, and only metrics whose step never goes
back: a counter that begins anew each epoch does, and so does one that was resumed.
"""

from collections.abc import Mapping

import numpy as np

from logwatch.metrics.counting import STAYING
from logwatch.metrics.roots import choose_names
from logwatch.metrics.run import RunView
from logwatch.metrics.series import Series, SeriesView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.lines import CUTS
from logwatch.parsing.record import Ints, Mask, Samples

WINDOWS = 64
"""A chart has 100 to 200 columns of dots: a window for every second or third."""
WINDOW_BYTES = 64 << 10
"""Some 600 drawings of a bar, or 60 lines of JSON."""
FEWEST = 8
"""Fewer windows show no course."""


def place_windows(size: int, count: int = WINDOWS) -> list[int]:
    """Where windows begin in the first `size` bytes of a log: evenly spaced, the first at 0.

    None where there would be fewer than `FEWEST`, or where they would be half of the log.
    """
    if count < FEWEST or size < 2 * count * WINDOW_BYTES:
        return []
    return [size * number // count for number in range(count)]


def cut_window(raw: bytes, offset: int) -> tuple[bytes, int]:
    """The whole lines, and drawings of bars, in bytes that lie at `offset`; and where they lie."""
    cuts = np.flatnonzero(np.isin(np.frombuffer(raw, np.uint8), np.frombuffer(CUTS, np.uint8)))
    if not len(cuts):
        return b"", offset
    start = int(cuts[0]) + 1 if offset else 0
    return raw[start : int(cuts[-1]) + 1], offset + start


class Sampled:
    """Reads windows in the order of the log, and tells the metrics' curves through them."""

    def __init__(self, library: Library) -> None:
        self._extractor = Extractor(library)
        self._series: dict[str, Series] = {}
        self._unsafe: set[str] = set()
        self._fed = 0
        self._begins: list[int] = []
        self._places: list[int] = []

    def feed(self, raw: bytes, offset: int) -> None:
        """Take in the next window, at `offset` of the log; it may begin within a line."""
        whole, place = cut_window(raw, offset)
        self._begins.append(self._fed)
        self._places.append(place)
        self._fed += len(whole)
        extract = self._extractor.feed(whole)
        if extract.anew:
            self._series.clear()
        for samples in (*extract.samples, *self._extractor.leap().samples):
            self._append(samples)

    def curves(self) -> dict[str, SeriesView]:
        """The metrics that can be drawn; their lines are not known, and 0."""
        safe = {name: one for name, one in self._series.items() if name not in self._unsafe}
        shown = choose_names({name: series.count for name, series in safe.items()})
        return {shown[name]: series.view(shown[name]) for name, series in safe.items()}

    def _append(self, samples: Samples) -> None:
        name = samples.metric
        if STAYING.search(name) and np.any(samples.redraw):
            return  # it was told earlier, and the bar does not say when
        own = samples.where(_tells_step(samples))
        if name in self._unsafe or not len(own.step):
            return
        series = self._series.setdefault(name, Series(name, "step"))
        if (own.step < np.concatenate([[series.last_step], own.step[:-1]])).any():
            self._unsafe.add(name)
            return
        unknown = np.full(len(own.step), np.nan)
        line, offset = np.zeros(len(own.step), np.int64), self._place(own.offset)
        series.extend(
            {"value": own.value, "step": own.step, "epoch": unknown, "time": unknown}
            | {"line": line, "offset": offset}
        )

    def _place(self, offset: Ints) -> Ints:
        """Where bytes that were fed lie in the log."""
        begins = np.array(self._begins)
        at = np.searchsorted(begins, offset, side="right") - 1
        return np.asarray(np.array(self._places)[at] + offset - begins[at])


def _tells_step(samples: Samples) -> Mask:
    """Which samples have a step of the whole run: (n,) bool. Steps of an epoch need its length."""
    known = np.isfinite(samples.step)
    if samples.scope != "epoch":
        return known
    told = np.zeros(len(known), bool) if samples.total is None else np.isfinite(samples.total)
    return known & (told if samples.whole is None else told | samples.whole)


def beyond(curves: Mapping[str, SeriesView], head: RunView) -> dict[str, SeriesView]:
    """What of the curves lies beyond the run as read from its start, and goes on from there."""
    found = {}
    for name, curve in curves.items():
        rest = curve.tail(int(np.searchsorted(curve.offset, head.bytes)))
        read = head.get(name)
        fits = read is None or (
            read.axis == "step" and bool((rest.step[:1] >= read.step[-1]).all())
        )
        if len(rest) and fits:
            found[name] = rest
    return found
