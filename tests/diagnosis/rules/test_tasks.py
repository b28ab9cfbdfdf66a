"""`task-not-learning`: one of several tasks stays behind."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity


def four_tasks(bench, still: float = 0.0042, axis: str = "epoch"):
    """Twenty epochs of four tasks, of which one falls by `still` in all."""
    t = np.clip(np.arange(20) / 19, 0, 1)
    rng = np.random.default_rng(0)
    bench.log("train/type", 1.1 * np.exp(-0.42 * t) + rng.normal(0, 0.005, 20), axis=axis)
    bench.log("train/ptr", 0.03 * np.exp(-1.1 * t), axis=axis)
    bench.log("train/binary", 0.65 * np.exp(-0.9 * t), axis=axis)
    bench.log("train/countdown", 16 * (1 - still * t) + rng.normal(0, 0.004, 20), axis=axis)
    return bench


def test_the_task_that_stays_is_named_beside_the_others(bench):
    """countdown -0.4 % since epoch 5, against falls of a quarter and more."""
    found = four_tasks(bench).findings()["task-not-learning"]

    assert Severity.warning == found.severity
    assert found.title.startswith("countdown does not learn: -0.")
    assert "since epoch 5, against type -" in found.title
    assert "94 % of the sum" in found.detail or "95 % of the sum" in found.detail
    assert found.values["change"] == pytest.approx(-0.003, abs=0.001)


def test_four_tasks_that_learn_are_well(bench):
    """A task that falls by a fifth is slow, not still."""
    assert "task-not-learning" not in four_tasks(bench, still=0.2).findings()


def test_a_balance_loss_is_no_task(bench):
    """A router's balance loss is level by design."""
    t = np.arange(40) / 40
    bench.log("train/a_loss", np.exp(-t)).log("train/b_loss", 2 * np.exp(-t))
    bench.log("train/balance_loss", np.ones(40) + 1e-4 * np.sin(np.arange(40)))

    assert "task-not-learning" not in bench.findings()


def test_a_game_is_no_set_of_tasks(bench):
    """Discriminators stay level while cycles fall."""
    t = np.arange(200) / 200
    for name, values in (("D_A", 0.25 + 0 * t), ("G_A", 0.5 - 0.2 * t), ("cycle_A", np.exp(-t))):
        bench.log(f"train/{name}", values)

    assert "task-not-learning" not in bench.findings()


def test_beside_a_total_only_losses_are_tasks(bench):
    """Other series of a log with one loss are measurements: no task stays behind."""
    t = np.arange(40) / 40
    bench.log("train/loss", np.exp(-t)).log("train/foo", np.exp(-t)).log("train/bar", np.exp(-t))
    bench.log("train/window", np.full(40, 16.0))

    assert "task-not-learning" not in bench.findings()


def test_two_tasks_are_too_few_to_tell(bench):
    """Of two losses neither is the odd one."""
    t = np.arange(40) / 40
    bench.log("train/a", np.exp(-t)).log("train/b", np.full(40, 16.0))

    assert "task-not-learning" not in bench.findings()


def test_a_task_that_never_moved_is_told_after_six_samples(bench):
    """Three tasks that halve and one that does not."""
    for name in "abc":
        bench.log(f"train/task_{name}_loss", 4 / (1 + 0.2 * np.arange(6)))
    bench.log("train/task_d_loss", 16 + np.resize([0.0, 0.01], 6))

    found = bench.findings()["task-not-learning"]

    assert found.title.startswith("task_d_loss does not learn")
    assert "left out" not in found.detail


def test_five_samples_are_too_few(bench):
    """Fewer have no interval that noise does not fill."""
    for name in "abc":
        bench.log(f"train/task_{name}_loss", 4 / (1 + 0.2 * np.arange(5)))
    bench.log("train/task_d_loss", 16 + np.resize([0.0, 0.01], 5))

    assert "task-not-learning" not in bench.findings()
