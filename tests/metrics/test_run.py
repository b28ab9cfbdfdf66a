"""A run makes one series of what bars repeat and epochs begin anew."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.metrics import run as run_module
from logwatch.metrics.halving import BLOCK, RECENT
from logwatch.metrics.roots import OTHER, SHOWN_MEAN
from logwatch.metrics.run import MAX_EVENTS, Run, RunView
from logwatch.parsing.extractor import Extractor
from logwatch.parsing.library import Library
from logwatch.parsing.record import Event, Extract, Samples
from tests.strategies import CUTS, LOGS, cut

NAN = float("nan")


def samples(
    metric: str,
    values: list[float],
    steps: list[float],
    total: float = NAN,
    *,
    redraw: bool = True,
) -> Samples:
    """Samples of one metric as a bar gives them."""
    count = len(values)
    nothing = np.full(count, np.nan)
    lines = np.arange(count)
    return Samples(
        metric,
        np.array(values),
        np.array(steps),
        nothing,
        nothing,
        lines,
        lines,
        "auto",
        np.full(count, total),
        redraw,
    )


def run_of(*parts: Samples) -> Run:
    """A run that was told these samples, one extract after the other."""
    run = Run()
    for part in parts:
        run.append(Extract(samples=(part,)))
    return run


class TestRedraws:
    def test_an_evaluation_that_stays_in_the_bar_is_one(self) -> None:
        """Evaluations and means of epochs count once, a batch's loss at each step."""
        for metric, expected in (("eval/loss", 2), ("train/loss_epoch", 2), ("train/loss", 4)):
            view = run_of(samples(metric, [1, 1, 1, 1, 2], [1, 2, 3, 4, 5])).view()

            assert expected == len(view.series[metric])

    def test_a_value_set_in_a_bar_is_not_counted_again_when_the_bar_counts_on(self) -> None:
        """A bar whose text is set and that then counts on shows each value twice; so do epochs."""
        shown = [(0, 5.0), (1, 5.0), (1, 4.0), (2, 4.0), (0, 3.0), (1, 3.0), (1, 2.0), (2, 2.0)]
        for at in range(len(shown) + 1):
            parts = [part for part in (shown[:at], shown[at:]) if part]
            bars = [samples("train/loss", [v for _, v in p], [s for s, _ in p], 2) for p in parts]

            assert [5.0, 4.0, 3.0, 2.0] == run_of(*bars).view().series["train/loss"].value.tolist()

    def test_a_value_that_stays_while_the_bar_counts_counts_at_each_step(self) -> None:
        """Only the first count after a value was set repeats it; a loss may well stay the same."""
        bar = samples("train/loss", [5.0, 5.0, 5.0, 5.0], [0, 1, 2, 3])

        assert [0, 2, 3] == run_of(bar).view().series["train/loss"].step.tolist()

    def test_an_evaluation_told_by_a_bar_and_a_line_is_one(self) -> None:
        """A line that says what the bar already shows tells nothing new."""
        bar = samples("eval/loss", [1, 1], [1, 2])
        line = samples("eval/loss", [1], [2], redraw=False)

        assert 1 == len(run_of(bar, line).view().series["eval/loss"])

    def test_equal_evaluations_told_by_lines_count(self) -> None:
        """A frozen model evaluates to the same figure each time; that is not one evaluation."""
        line = samples("eval/loss", [1], [2], redraw=False)

        assert 3 == len(run_of(line, line, line).view().series["eval/loss"])


class TestSteps:
    def test_a_bar_that_begins_anew_goes_on(self) -> None:
        """A bar without a label, drawn for each epoch, makes one curve and no restart."""
        first, second = (samples("train/loss", [3, 2], [5, 10], 10) for _ in range(2))

        view = run_of(first, second).view()

        assert [5, 10, 15, 20] == view.series["train/loss"].step.tolist()
        assert () == view.restarts

    def test_a_bar_that_was_cut_off_restarts(self) -> None:
        """A bar that had not come to its end and begins anew is a run that began anew."""
        view = run_of(
            samples("train/loss", [3, 2], [5, 7], 10), samples("train/loss", [3, 2], [5, 10], 10)
        ).view()

        assert [5, 7, 5, 10] == view.series["train/loss"].step.tolist()
        assert 1 == len(view.restarts)

    def test_an_epoch_that_counts_anew_goes_on(self) -> None:
        """A step that goes back while the epoch goes up is a new epoch, whose steps follow."""
        view = run_of(
            counted([3, 2, 3, 2], [1, 2, 1, 2], [0, 0, 1, 1]), counted([1, 1], [1, 2], [2, 2])
        ).view()

        assert [1, 2, 3, 4, 5, 6] == view.series["train/loss"].step.tolist()
        assert () == view.restarts

    def test_an_epoch_is_as_long_as_its_total(self) -> None:
        """Where the log tells how many steps an epoch has, the next begins behind them."""
        view = run_of(counted([3, 2, 3], [0, 50, 0], [0, 0, 1], total=100)).view()

        assert [0, 50, 100] == view.series["train/loss"].step.tolist()

    def test_a_restart(self) -> None:
        """A step that goes back within its epoch is a restart: where, from which step, to which."""
        run = run_of(counted([3, 2], [10, 20], [0, 0]), counted([2, 1], [15, 20], [0, 0]))

        (restart,) = run.view().restarts
        assert (20, 15, 0) == (restart.from_step, restart.to_step, restart.line)
        assert [10, 20, 15, 20] == run.view().series["train/loss"].step.tolist()

    def test_one_series_tells_restarts(self) -> None:
        """Each restart is told once: by the training loss, or by the first that counts steps."""
        lr, loss = (samples(name, [3, 2], [5, 3], redraw=False) for name in ("lr", "train/loss"))

        assert 1 == len(run_of(lr).view().restarts)
        assert 1 == len(run_of(lr, loss, lr).view().restarts)
        assert [5.0] == [one.from_step for one in run_of(lr, loss).view().restarts]

    def test_a_log_that_begins_to_count(self) -> None:
        """Epochs, then steps: each better counter takes over, and what came before is at 0."""
        plain = counted([5], [NAN], [NAN])
        by_epoch = counted([4], [NAN], [2])
        by_step = counted([3], [70], [2])
        run = run_of(plain)

        axes = [run.view().series["train/loss"].axis]
        for more in (by_epoch, by_step, plain):
            run.append(Extract(samples=(more,)))
            axes.append(run.view().series["train/loss"].axis)

        assert ["sample", "epoch", "step", "step"] == axes
        assert [0, 0, 70, 70] == run.view().series["train/loss"].step.tolist()


def counted(
    values: list[float], steps: list[float], epochs: list[float], total: float = NAN
) -> Samples:
    """Training losses of lines that count steps and epochs."""
    made = samples("train/loss", values, steps, total, redraw=False)
    return dataclasses.replace(made, epoch=np.array(epochs, np.float64))


class TestNonFinite:
    @pytest.mark.parametrize("metric", ["train/loss", "eval/loss"])
    @pytest.mark.parametrize("redraw", [True, False])
    def test_a_first_sample_that_is_nan(self, metric: str, redraw: bool) -> None:
        """A figure that is NaN from the beginning is told, once where a bar repeats it."""
        view = run_of(samples(metric, [NAN, NAN], [NAN, NAN], redraw=redraw)).view()

        assert (1 if redraw else 2) == view.series[metric].summary().nonfinite

    def test_nonfinite_values_are_kept(self) -> None:
        """NaN and infinity are samples; bounds are of the others."""
        view = run_of(samples("train/loss", [2, NAN, math.inf, 1], [1, 2, 3, 4])).view()

        summary = view.series["train/loss"].summary()
        assert (4, 2, 1, 2) == (summary.count, summary.nonfinite, summary.min, summary.max)

    def test_a_garbled_counter(self) -> None:
        """A step that is infinite is none; the sample stands at the step before it."""
        view = run_of(samples("train/loss", [2, 1], [7, math.inf])).view()

        assert [7, 7] == view.series["train/loss"].step.tolist()


class TestBounds:
    def test_metrics(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A log that has a name for every sample does not fill the memory."""
        monkeypatch.setattr(run_module, "MAX_SERIES", 3)

        view = run_of(*(samples(f"train/file{i}", [1, 2], [1, 2]) for i in range(9))).view()

        assert ["train/file0", "train/file1", "train/file2"] == [*view.series]

    def test_restarts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor does one whose steps go back at each line."""
        monkeypatch.setattr(run_module, "MAX_RESTARTS", 3)
        steps = [5.0, 1.0] * 9

        view = run_of(samples("train/loss", steps, steps), samples("train/loss", steps, steps))

        assert 3 == len(view.view().restarts)

    def test_events(self) -> None:
        """Nor one that says the same of each step; another kind is still told."""
        event = Event("overflow", "info", "overflow", 1, 0)
        run = Run()
        run.append(Extract(events=(event,) * (MAX_EVENTS + 1)))
        run.append(Extract(events=(event, dataclasses.replace(event, kind="nan"))))

        assert (MAX_EVENTS, 1) == (
            len(run.view().events_of("overflow")),
            len(run.view().events_of("nan")),
        )


def read(library: Library, pieces: list[bytes]) -> list[RunView]:
    """A view of the run after each piece, and at the end."""
    extractor, run, views = Extractor(library), Run(), []
    for piece in pieces:
        run.append(extractor.feed(piece))
        views.append(run.view())
    run.append(extractor.finish())
    return [*views, run.view()]


def figures_of(view: RunView) -> dict[str, str]:
    """All samples of a view as they can be compared."""
    return {
        name: str([one.axis, *(column.tolist() for column in (one.value, one.step, one.offset))])
        for name, one in view.series.items()
    }


class TestViews:
    @settings(max_examples=100)
    @given(log=LOGS, places=CUTS)
    def test_pieces_make_the_same_run(
        self, library: Library, log: bytes, places: list[float]
    ) -> None:
        """However a log arrives, its curves and its restarts are the same in the end."""
        whole, parts = read(library, [log])[-1], read(library, cut(log, places))[-1]

        assert figures_of(whole) == figures_of(parts)
        assert whole.restarts == parts.restarts

    @settings(max_examples=50)
    @given(log=LOGS, places=CUTS)
    def test_views_of_a_prefix_never_change(
        self, library: Library, log: bytes, places: list[float]
    ) -> None:
        """What was seen once is still there, value by value, when the log is longer.

        Only a mean and what it stands beside may change their names: see `choose_names`.
        """
        views = read(library, cut(log, places))

        for view in views:
            for name, then in view.series.items():
                root = name.removesuffix(SHOWN_MEAN).removesuffix(OTHER)
                forms = (views[-1].get(root + end) for end in ("", SHOWN_MEAN, OTHER))
                assert any(
                    np.array_equal(then.value, now.value[: len(then)], equal_nan=True)
                    for now in forms
                    if now is not None
                )

    @settings(max_examples=50)
    @given(log=LOGS)
    def test_samples_stand_in_the_order_of_the_log(self, library: Library, log: bytes) -> None:
        """Lines and offsets never go back within a series."""
        for one in read(library, [log])[-1].series.values():
            assert (np.diff(one.offset) >= 0).all()
            assert (np.diff(one.line) >= 0).all()


BOUND = 9000
"""Samples that a run keeps in these tests: what two metrics of a bar have soon."""


def bar_samples(start: int, end: int) -> Extract:
    """Some drawings of a bar, with two metrics; one has no value on each third."""
    n = np.arange(start, end)
    loss = samples("train/loss", np.cos(n * 1.7).tolist(), n.tolist())
    rate = samples("lr", (1.0 / (1 + n[n % 3 > 0])).tolist(), n[n % 3 > 0].tolist())
    loss = dataclasses.replace(loss, line=n, offset=n * 10)
    rate = dataclasses.replace(rate, line=n[n % 3 > 0], offset=n[n % 3 > 0] * 10)
    return Extract((loss, rate))


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 59_999), max_size=6))
def test_what_a_run_keeps_does_not_depend_on_how_it_came(cuts: list[int]) -> None:
    """Whatever the pieces, a run that is too long to be kept whole keeps the same samples."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "MAX_SAMPLES", BOUND)
        grown, whole = Run(), Run()
        for start, end in itertools.pairwise([0, *sorted(cuts), 60_000]):
            grown.append(bar_samples(start, end))
        whole.append(bar_samples(0, 60_000))

    for name in ("train/loss", "lr"):
        one, other = whole.view().series[name], grown.view().series[name]
        assert one.offset.tolist() == other.offset.tolist()
        assert one.value.tolist() == other.value.tolist()
        assert (one.whole, one.summary()) == (other.whole, other.summary())
    assert (60_000, 40_000) == tuple(view.count for view in whole.view().series.values())
    assert sum(map(len, whole.view().series.values())) < BOUND + 2 * (RECENT + 2 * BLOCK)


def test_the_longest_metrics_are_halved_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric that is told rarely stays whole beside one of each step."""
    monkeypatch.setattr(run_module, "MAX_SAMPLES", BOUND)
    run, n = Run(), np.arange(30_000)
    run.append(Extract((samples("train/loss", (n * 1.0).tolist(), n.tolist()),)))
    run.append(Extract((samples("eval/loss", [3.0, 2.0, 1.0], [0, 10, 20]),)))

    assert run.view().series["train/loss"].whole is not None
    assert run.view().series["eval/loss"].whole is None


def test_restarts_of_long_runs_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that goes back is told with its line, halved or not."""
    monkeypatch.setattr(run_module, "MAX_SAMPLES", BOUND)
    run, n = Run(), np.arange(20_000)
    run.append(Extract((samples("train/loss", (n * 1.0).tolist(), n.tolist(), redraw=False),)))
    again = samples("train/loss", (n * 1.0).tolist(), (n + 500).tolist(), redraw=False)
    run.append(Extract((again,)))

    assert [(19_999.0, 500.0)] == [(r.from_step, r.to_step) for r in run.view().restarts]


def test_taken_samples_are_told_once() -> None:
    """What is taken is not in later views; steps and counters go on."""
    run, taken = Run(), []
    for start, end in itertools.pairwise([0, 10, 20, 30]):
        run.append(bar_samples(start, end))
        taken += run.take().series["train/loss"].step.tolist()

    assert list(range(30)) == taken
    assert 0 == len(run.view().series["train/loss"])
    assert 29 == run.newest_step
