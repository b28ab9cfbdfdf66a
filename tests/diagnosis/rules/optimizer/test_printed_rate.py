"""The printed learning rate against the one in use."""

import numpy as np
import pytest

STEPS = np.arange(0, 200, 10)


def joined(run_maker, printed, used):
    """A log that prints every ten steps, and a probe that looks at each."""
    run_maker.log("lr", printed, steps=STEPS).note("probe_counted", by="optimizer")
    return run_maker.log("lr/head", used, steps=np.arange(len(used)))


def test_another_rate_than_printed_is_told(run_maker):
    """The log prints 0 where the optimizer has 8e-6: the case of a bar that shows lr=0.00e+00."""
    joined(run_maker, np.zeros(20), np.full(200, 7.96e-6))

    found = run_maker.findings("loss 2.0 lr=0.00e+00").get("lr-not-printed")

    assert "the log prints lr 0, the optimizer uses 7.96e-06" == found.title
    assert {"printed": 0.0, "used": 7.96e-6, "times": 18.0} == found.values


@pytest.mark.parametrize("text", ["lr=0.0000", "lr: 0.00"])
def test_too_few_digits_are_no_other_rate(run_maker, text):
    """A rate of 7.96e-06 printed with four decimals is 0.0000."""
    joined(run_maker, np.zeros(20), np.full(200, 7.96e-6))

    assert run_maker.findings(text).get("lr-not-printed") is None


def test_a_rising_rate_is_compared_at_its_time(run_maker):
    """In a warmup the printed rate is one that the optimizer went through around the line."""
    used = np.linspace(0, 1e-3, 200)
    printed = np.array([float(f"{rate:.2e}") for rate in used[STEPS]])

    assert joined(run_maker, printed, used).findings().get("lr-not-printed") is None


def test_a_schedule_that_is_printed_one_step_late_is_well(run_maker):
    """scheduler.step() between the print and the optimizer's step makes them differ by one."""
    used = np.linspace(0, 1e-3, 200)
    printed = np.concatenate([[0.0], used[STEPS - 1][1:]])

    assert joined(run_maker, printed, used).findings().get("lr-not-printed") is None


def test_one_of_several_groups_is_enough(run_maker):
    """A log prints the rate of one group; the others may have other rates."""
    joined(run_maker, np.full(20, 3e-4), np.full(200, 3e-4)).log("lr/body", [1e-5] * 200)

    assert run_maker.findings().get("lr-not-printed") is None


def test_a_probe_that_came_late_does_not_judge_what_was_before(run_maker):
    """What was printed before the probe was there cannot be compared."""
    run_maker.log("lr", np.full(20, 1e-3), steps=STEPS)
    run_maker.log("lr/head", np.full(10, 1e-3), steps=np.arange(190, 200))

    assert run_maker.findings().get("lr-not-printed") is None


def test_without_a_printed_rate_there_is_nothing_to_compare(run_maker):
    """A log without a rate, and a probe without one."""
    assert run_maker.log("lr/head", [1e-3] * 50).findings().get("lr-not-printed") is None


def test_rates_that_the_log_itself_prints_are_not_compared(run_maker):
    """A log may print a rate for the whole and others for its groups; no probe is there."""
    run_maker.log("lr", np.full(20, 1e-3), steps=STEPS)
    run_maker.log("lr/head", np.full(200, 1e-5), steps=np.arange(200))

    assert run_maker.findings().get("lr-not-printed") is None
