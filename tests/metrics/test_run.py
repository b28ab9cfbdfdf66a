"""A run makes one series of what bars repeat and epochs begin anew."""

import numpy as np

from logwatch.metrics.run import Run
from logwatch.parsing.record import Extract, Samples

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
            view = run_of(samples(metric, [1, 1, 1, 2], [1, 2, 3, 4])).view()

            assert expected == len(view.series[metric])

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
