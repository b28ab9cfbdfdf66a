"""`lr-zero` and `lr-contradiction`: a rate of 0 is an illness, a limit of the print, or a lie."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def flat(count: int = 200) -> np.ndarray:
    """(count,) a loss that does not move."""
    return 21.6 + np.random.default_rng(0).normal(0, 0.02, count)


def test_a_rate_of_zero_throughout_is_an_error(run_maker):
    """lr 0 on 200 logs of a flat loss."""
    found = run_maker.log("train/loss", flat()).log("lr", np.zeros(200)).findings("lr=0.00e+00")

    assert Severity.error == found["lr-zero"].severity
    assert "lr is 0 in steps 0-199, on 200 samples" == found["lr-zero"].title


def test_a_falling_loss_contradicts_a_rate_of_zero(run_maker, falling):
    """The logged lr is then not the one in use, and lr-zero is not said."""
    found = run_maker.log("train/loss", falling).log("lr", np.zeros(200)).findings("lr=0.00e+00")

    assert "the logged lr is not the lr in use" in found["lr-contradiction"].title
    assert "lr-zero" not in found


@pytest.mark.parametrize("line", ["lr 0.000000 loss 2.1", "LR: 0.0000 |", "lr=[0.0000, 0.0000]"])
def test_few_decimals_prove_nothing(run_maker, falling, line):
    """0.0000 may stand for 0.00003: neither contradiction nor error."""
    found = run_maker.log("train/loss", falling).log("lr", np.zeros(200)).findings(line)

    assert "lr-contradiction" not in found
    assert "lr-zero" not in found


@pytest.mark.parametrize("line", ["lr=0.00e+00]", "'learning_rate': '0'", "lr=[0.0, 0.0]", "lr: 0"])
def test_these_zeros_are_zeros(run_maker, line):
    """Exponents, Python's own repr and a bare 0 do not round a rate away."""
    found = run_maker.log("train/loss", flat()).log("lr", np.zeros(200)).findings(line)

    assert Severity.error == found["lr-zero"].severity


def test_few_decimals_over_a_flat_loss_are_a_remark(run_maker):
    """0.0000 throughout: the finding asks for more digits."""
    found = run_maker.log("train/loss", flat()).log("lr", np.zeros(200)).findings("lr 0.0000")

    assert Severity.info == found["lr-zero"].severity
    assert "too few digits" in found["lr-zero"].title


@pytest.mark.parametrize(
    "rate",
    [
        np.concatenate([[0.0], np.linspace(1e-4, 3e-4, 199)]),
        np.concatenate([np.zeros(16), np.full(184, 3e-4)]),
        np.linspace(3e-4, 0.0, 200),
        np.concatenate([np.linspace(3e-4, 0.0, 198), [0.0, 0.0]]),
        3e-4 * np.abs(np.cos(np.linspace(0, 3 * np.pi, 200))).round(2),
    ],
    ids=["warmup from 0", "loss scaler skips 16", "linear decay", "last logs at 0", "restarts"],
)
def test_schedules_that_touch_zero_are_well(run_maker, falling, rate):
    """The first of a warmup, the last of a decay, and what a scaler skips: no finding."""
    found = run_maker.log("train/loss", falling).log("lr", rate).findings("lr=0.00e+00")

    assert not {"lr-zero", "lr-contradiction"} & found.keys()


def test_a_schedule_that_ended_too_early_is_a_warning(run_maker, falling):
    """The rate reached 0 at the middle, and the run goes on for nothing."""
    rate = np.concatenate([np.linspace(3e-4, 0, 100), np.zeros(100)])

    found = run_maker.log("train/loss", falling).log("lr", rate).findings("lr=0.00e+00")["lr-zero"]

    assert Severity.warning == found.severity
    assert "The schedule ended and the run goes on" in found.detail


def test_a_whole_epoch_at_zero_is_a_warning_when_nothing_moved(run_maker):
    """Warmup stepped once an epoch from 0, and parameters that stood still in that epoch."""
    rate = np.arange(30) * 1e-5
    run_maker.log("lr/head", rate, axis="epoch").log("param_delta/max", np.zeros(30), axis="epoch")

    found = run_maker.findings("lr=[0.0, 0.0]")["lr-zero"]

    assert Severity.warning == found.severity
    assert "epoch 1 ran with lr 0" in found.title
    assert "29 of 30 epochs" in found.detail


def test_a_rate_printed_before_the_first_step_is_a_remark(run_maker):
    """0 at the head of the first epoch may be what the first batch starts from."""
    found = run_maker.log("lr", np.arange(30) * 1e-5, axis="epoch").findings("lr=0.0")["lr-zero"]

    assert Severity.info == found.severity


def test_one_frozen_group_is_a_choice(run_maker, falling):
    """A backbone at rate 0 beside a head that learns is no illness."""
    run_maker.log("train/loss", falling)
    run_maker.log("lr/backbone", np.zeros(200)).log("lr/head", np.full(200, 1e-3))

    assert "lr-zero" not in run_maker.findings("lr=0.0")


def test_five_logs_are_too_few_for_an_error(run_maker):
    """A run of five steps whose scaler skipped all of them has a rate of 0 and is not ill."""
    found = run_maker.log("train/loss", flat(5)).log("lr", np.zeros(5)).findings("0.000E+00")

    assert "lr-zero" not in found


def test_two_zeros_far_apart_are_enough(run_maker):
    """A warmup's first log may be 0; one 125 steps later is above."""
    steps = np.arange(2) * 125

    found = (
        run_maker.log("train/loss", flat(2), steps).log("lr", np.zeros(2), steps).findings("lr=0.0")
    )

    assert Severity.error == found["lr-zero"].severity


def test_parts_of_epochs_are_no_epochs(run_maker, falling):
    """A warmup's first log at epoch 0.0 is one of many in that epoch."""
    epochs = np.round(np.arange(200) / 2000, 2)
    run_maker.log("train/loss", falling, epochs, axis="epoch")

    found = run_maker.log("lr", 1e-5 * np.arange(200), epochs, axis="epoch").findings()

    assert "lr-zero" not in found


def test_a_rate_cut_off_at_zero_is_told_after_three_logs(run_maker):
    """No decay falls from its peak to 0 at once; many steps lie between two logs."""
    rates = np.where(np.arange(40) < 37, 3e-4, 0.0)
    run_maker.log("lr", rates, np.arange(0, 4000, 100))

    assert (
        "lr-zero"
        in run_maker.log("train/loss", np.linspace(3, 2, 40), np.arange(0, 4000, 100)).findings()
    )


def test_a_decay_that_ends_at_zero_is_not_told(run_maker):
    """A line that comes down to 0 with the last log is a schedule."""
    run_maker.log("lr", np.linspace(3e-4, 0, 40), np.arange(0, 4000, 100))

    assert (
        "lr-zero"
        not in run_maker.log(
            "train/loss", np.linspace(3, 2, 40), np.arange(0, 4000, 100)
        ).findings()
    )
