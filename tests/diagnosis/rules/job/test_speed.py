"""`slower-steps`: a run that lost its speed, and those that only pause."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def times(count: int = 400) -> np.ndarray:
    """(count,) step times of 0.5 s with 3 % of noise."""
    return 0.5 * (1 + np.random.default_rng(0).normal(0, 0.03, count))


def test_a_long_slow_stretch_is_a_remark(run_maker):
    """2.4 times as long in the later 40 % of a run: how much, how long, and that it lasts."""
    slow = times()
    slow[240:] *= 2.4

    found = run_maker.log("step_time_s", slow).findings()["slower-steps"]

    assert (Severity.info, True) == (found.severity, found.active)
    assert found.title.startswith("steps take 2.4 times as long in 4")
    assert found.values["times"] == pytest.approx(2.4, rel=0.05)
    assert "and it lasts" in found.detail


def test_a_fifth_longer_for_good_is_a_remark(run_maker):
    """From 0.5 to 0.6 s a step: how much longer, since when, and that it lasts."""
    slow = times()
    slow[300:] *= 1.2

    found = run_maker.log("step_time_s", slow).findings()["slower-steps"]

    assert (Severity.info, True) == (found.severity, found.active)
    assert found.title.startswith("steps take 20 % longer in 25 % of the run: step_time_s 0.49")
    assert 300 == pytest.approx(found.steps[0], abs=5)


def test_a_tenth_is_what_nodes_vary_by(run_maker):
    """10 % for good, or a fifth in a run that swings by a fifth all day: not a word."""
    slow, day = times(), times() * (1 + 0.2 * np.sin(np.arange(400) / 20))
    slow[300:] *= 1.1
    day[300:] *= 1.2

    assert "slower-steps" not in run_maker.log("step_time_s", slow).findings()
    assert "slower-steps" not in type(run_maker)().log("step_time_s", day).findings()


def test_a_board_that_grows_warm_in_the_first_tenth_is_usual(run_maker):
    """The first steps of a cold board are 15 % faster."""
    warm = times()
    warm[:35] /= 1.18

    assert "slower-steps" not in run_maker.log("step_time_s", warm).findings()


def test_a_stretch_that_ended_is_over(run_maker):
    """Slow for a quarter of the run, and fast again."""
    slow = times()
    slow[200:300] *= 2

    assert not run_maker.log("step_time_s", slow).findings()["slower-steps"].active


def test_a_rate_that_fell_is_the_same_finding(run_maker):
    """Tokens per second tell it the other way round."""
    found = run_maker.log("tokens_per_s", np.r_[np.full(200, 9e3), np.full(200, 3e3)]).findings()

    assert 3.0 == pytest.approx(found["slower-steps"].values["times"])


def test_pauses_and_a_slow_start_are_usual(run_maker):
    """A compiler in the first steps, a checkpoint every fiftieth: not a word."""
    usual = times()
    usual[:20] *= 40
    usual[::50] *= 20

    assert "slower-steps" not in run_maker.log("step_time_s", usual).findings()


def test_times_of_lines_tell_it_where_no_rate_is_printed(run_maker):
    """Twenty minutes of a step a second, then of one in two seconds: told by the clock alone."""
    clock = np.r_[np.arange(1200), 1200 + 2 * np.arange(600)].round()
    run_maker.log("train/loss", 2 + 1 / (1 + np.arange(1800)), times=clock)

    found = run_maker.findings()["slower-steps"]

    assert found.values["times"] == pytest.approx(2.0, rel=0.05)
    assert "Told by the times of the lines" in found.detail


def test_an_even_clock_says_nothing(run_maker):
    """Lines to the second of steps of 0.7 s, with a pause of a minute for each 300th."""
    clock = np.floor(0.7 * np.arange(1800) + 60 * (np.arange(1800) // 300))
    run_maker.log("train/loss", 2 + 1 / (1 + np.arange(1800)), times=clock)

    assert "slower-steps" not in run_maker.findings()


def test_a_short_log_suffices(run_maker):
    """Thirty rates, the last ten of them at 60 %."""
    rates = np.r_[np.full(20, 1000.0), np.full(10, 600.0)]

    assert "slower-steps" in run_maker.log("tokens_per_s", rates).findings()


@pytest.mark.parametrize(("goes_on_at", "expected"), [(0, False), (90, True)])
def test_an_attempt_is_not_compared_with_the_one_before(run_maker, goes_on_at, expected):
    """What began from scratch on slower nodes is not slowed; a resumed run that slowed is."""
    steps = np.concatenate([np.arange(100), np.arange(goes_on_at, goes_on_at + 100)])
    run_maker.log("train/loss", 3 / (1 + steps), steps)
    run_maker.log("step_time_s", np.repeat([0.5, 1.5], 100), steps)

    assert expected == ("slower-steps" in run_maker.findings())
