"""`task-not-learning`: one of several tasks stays behind."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def four_tasks(run_maker, still: float = 0.0042, axis: str = "epoch"):
    """Twenty epochs of four tasks, of which one falls by `still` in all."""
    t = np.clip(np.arange(20) / 19, 0, 1)
    rng = np.random.default_rng(0)
    run_maker.log("train/type", 1.1 * np.exp(-0.42 * t) + rng.normal(0, 0.005, 20), axis=axis)
    run_maker.log("train/ptr", 0.03 * np.exp(-1.1 * t), axis=axis)
    run_maker.log("train/binary", 0.65 * np.exp(-0.9 * t), axis=axis)
    run_maker.log("train/countdown", 16 * (1 - still * t) + rng.normal(0, 0.004, 20), axis=axis)
    return run_maker


def test_the_task_that_stays_is_named_beside_the_others(run_maker):
    """countdown -0.4 % since epoch 5, against falls of a quarter and more."""
    found = four_tasks(run_maker).findings()["task-not-learning"]

    assert Severity.warning == found.severity
    assert found.title.startswith("countdown does not learn: -0.")
    assert "since epoch 5, against type -" in found.title
    assert "94 % of the sum" in found.detail or "95 % of the sum" in found.detail
    assert found.values["change"] == pytest.approx(-0.003, abs=0.001)


def test_four_tasks_that_learn_are_well(run_maker):
    """A task that falls by a fifth is slow, not still."""
    assert "task-not-learning" not in four_tasks(run_maker, still=0.2).findings()


def test_a_balance_loss_is_no_task(run_maker):
    """A router's balance loss is level by design."""
    t = np.arange(40) / 40
    run_maker.log("train/a_loss", np.exp(-t)).log("train/b_loss", 2 * np.exp(-t))
    run_maker.log("train/balance_loss", np.ones(40) + 1e-4 * np.sin(np.arange(40)))

    assert "task-not-learning" not in run_maker.findings()


def test_a_game_is_no_set_of_tasks(run_maker):
    """Discriminators stay level while cycles fall."""
    t = np.arange(200) / 200
    for name, values in (("D_A", 0.25 + 0 * t), ("G_A", 0.5 - 0.2 * t), ("cycle_A", np.exp(-t))):
        run_maker.log(f"train/{name}", values)

    assert "task-not-learning" not in run_maker.findings()


def test_beside_a_total_only_losses_are_tasks(run_maker):
    """Other series of a log with one loss are measurements: no task stays behind."""
    t = np.arange(40) / 40
    run_maker.log("train/loss", np.exp(-t)).log("train/foo", np.exp(-t)).log(
        "train/bar", np.exp(-t)
    )
    run_maker.log("train/window", np.full(40, 16.0))

    assert "task-not-learning" not in run_maker.findings()


def test_two_tasks_are_too_few_to_tell(run_maker):
    """Of two losses neither is the odd one."""
    t = np.arange(40) / 40
    run_maker.log("train/a", np.exp(-t)).log("train/b", np.full(40, 16.0))

    assert "task-not-learning" not in run_maker.findings()


def one_of_four(run_maker, count: int, steps=(), axis: str = "step", noise: float = 0.01):
    """Three tasks that fall to a half and less, and one about 16, in `count` samples."""
    for name in "abc":
        run_maker.log(f"train/task_{name}_loss", 4 / (1 + 0.4 * np.arange(count)), steps, axis)
    rng = np.random.default_rng(1)
    run_maker.log("train/task_d_loss", 16 + rng.normal(0, noise, count), steps, axis)
    return run_maker


def test_three_evaluations_over_250_steps_are_a_warning(run_maker):
    """Two updates of the others by a third each, and one task that stays to a thousandth."""
    found = one_of_four(run_maker, 3, [0, 125, 250]).findings()["task-not-learning"]

    assert Severity.warning == found.severity
    assert found.title.startswith("task_d_loss does not learn")
    assert "left out" not in found.detail


@pytest.mark.parametrize(
    ("count", "steps", "noise"),
    [(3, [0, 50, 100], 0.01), (2, [0, 300], 0.01), (3, [0, 125, 250], 0.5)],
)
def test_less_is_too_little(run_maker, count, steps, noise):
    """Fewer steps, fewer samples, or more noise than three samples can tell from a fall."""
    assert "task-not-learning" not in one_of_four(run_maker, count, steps, noise=noise).findings()


@pytest.mark.parametrize(
    ("count", "severity"), [(6, Severity.info), (11, Severity.info), (12, Severity.warning)]
)
def test_epochs_are_a_remark_before_the_twelfth(run_maker, count, severity):
    """Nothing tells how many steps an epoch has: a run may rest for some, and learn."""
    found = one_of_four(run_maker, count, axis="epoch").findings()["task-not-learning"]

    assert severity == found.severity


def test_a_task_that_wanders_before_it_learns_is_a_remark(run_maker):
    """Its loss is a smooth curve about its level: parameters move, and the others were faster."""
    for name in "abc":
        run_maker.log(f"train/task_{name}_loss", 4 / (1 + 0.4 * np.arange(14)), axis="epoch")
    run_maker.log("train/task_d_loss", 0.7 + 1e-3 * np.sin(np.arange(14) / 3), axis="epoch")

    assert Severity.info == run_maker.findings()["task-not-learning"].severity


@pytest.mark.parametrize(("others", "severity"), [(0.15, Severity.info), (0.4, Severity.warning)])
def test_a_task_that_wanders_is_left_time_while_the_others_learn_little(
    run_maker, others, severity
):
    """Forty epochs near one level, as a smooth curve: falls of 15 % elsewhere are not yet much."""
    t = np.arange(40) / 39
    for name in "abc":
        run_maker.log(f"train/task_{name}_loss", 4 * (1 - 1.3 * others * t), axis="epoch")
    run_maker.log("train/task_d_loss", 0.7 + 1e-3 * np.sin(np.arange(40) / 6), axis="epoch")

    assert severity == run_maker.findings()["task-not-learning"].severity


def test_a_task_that_converged_first_is_a_remark(run_maker):
    """It lost four fifths in the first fifth of the run and stays; the others still fall."""
    t = np.arange(40)
    for name in "abc":
        run_maker.log(f"train/task_{name}_loss", 4 / (1 + 0.1 * t), axis="epoch")
    run_maker.log("train/task_d_loss", 0.2 + 0.8 * np.exp(-t), axis="epoch")

    assert Severity.info == run_maker.findings()["task-not-learning"].severity


def test_noise_that_hides_a_fall_is_no_task_that_stands_still(run_maker):
    """A detector's classifier goes from 0.49 to 0.15 and back while its masks learn."""
    for name in "ab":
        run_maker.log(f"train/loss_{name}", 4 / (1 + 0.4 * np.arange(6)), np.arange(6) * 60)
    run_maker.log("train/loss_c", [0.487, 0.385, 0.146, 0.204, 0.382, 0.446], np.arange(6) * 60)

    assert "task-not-learning" not in run_maker.findings()
