"""Speeds by the names under which programs print them."""

import numpy as np
import pytest

from logwatch.diagnosis.analysis.rates import find_speed, is_time

TIMES = ("step_time_s", "train/dt", "train/time/step", "train/batch_time", "train/iter_time",
         "train/step_time", "train/iteration_time_ms", "train/per_iteration_(ms)", "train/step_ms",
         "train/s/it")  # fmt: skip
RATES = ("tokens_per_s", "train/throughput", "train/fps", "train/imgs/s", "train/steps_per_sec",
         "train/tok_per_sec", "train/wps")  # fmt: skip
NEITHER = ("train/loss", "lr", "train/loss_per_step", "train/data_time", "elapsed_s", "train/mfu",
           "train/tokens", "train/eta_seconds")  # fmt: skip


@pytest.mark.parametrize("name", (*TIMES, *RATES))
def test_a_speed_is_found_by_its_name(run_maker, name):
    """Whatever a program calls the time of a step or what is done in a second, it is a speed."""
    run = run_maker.log(name, np.linspace(1.0, 1.1, 30)).view()

    found = find_speed(run)

    assert found is not None
    assert name == found.name


@pytest.mark.parametrize("name", TIMES)
def test_more_of_a_time_is_slower(name):
    """The time of a step grows where a rate falls."""
    assert is_time(name)


@pytest.mark.parametrize("name", NEITHER)
def test_other_names_are_not_speeds(run_maker, name):
    """A loss per step, a count or the time that is left is not a speed."""
    assert find_speed(run_maker.log(name, np.linspace(1.0, 1.1, 30)).view()) is None


def test_a_time_that_only_grows_is_not_a_speed(run_maker):
    """`time` is the time since the start in some logs."""
    assert find_speed(run_maker.log("train/time", np.arange(30.0)).view()) is None


def test_a_time_that_goes_up_and_down_is_a_speed(run_maker):
    """`time` is that of a step in other logs."""
    assert find_speed(run_maker.log("train/time", np.tile([0.5, 0.6, 0.4], 10)).view()) is not None
