"""`weights-reinitialised` and `restarted`: how a run began."""

import numpy as np

from logwatch.diagnosis.finding import Severity

KEYS = '"head.weight", "head.bias", "elevation_alpha", "H_scale"'


def test_new_weights_are_counted_and_named(run_maker, falling):
    """46,142 of 85 M, four tensors, and what the checkpoint had reached."""
    run_maker.log("train/loss", falling)
    run_maker.note("ckpt_load", step=311.0, train_loss=0.8).note("missing_keys", keys=KEYS)
    run_maker.note("reinitialised", at=1, count=46142.0, total=85e6)

    found = run_maker.findings()["weights-reinitialised"]

    assert Severity.info == found.severity
    assert found.title == (
        "46,142 of 85,000,000 (0.054 %) parameters begin anew: "
        "head.weight, head.bias, elevation_alpha, H_scale"
    )
    assert "The checkpoint had step 311, train_loss 0.8." in found.detail


def test_keys_alone_suffice(run_maker):
    """A list of keys without a count is told as such."""
    found = run_maker.note(
        "missing_keys", keys="['classifier.weight', 'classifier.bias']"
    ).findings()

    assert found["weights-reinitialised"].title == (
        "not in the checkpoint, so they begin anew: classifier.weight, classifier.bias"
    )


def test_a_resumed_run_tells_what_is_done_again(run_maker, falling):
    """From 119 back to 100: 19 steps again, and training goes on."""
    steps = np.concatenate([np.arange(120), np.arange(100, 180)])

    found = run_maker.log("train/loss", falling, steps).findings()["restarted"]

    assert "the step went back once, last from 119 to 100" in found.title
    assert 19 == found.values["lost"]
    assert "Training goes on" in found.detail


def test_ranks_out_of_order_are_no_restart(run_maker, falling):
    """Two ranks whose lines come one step apart."""
    steps = np.arange(200) + np.where(np.arange(200) % 2, -1, 0) * 2

    assert "restarted" not in run_maker.log("train/loss", falling, steps).findings()


def test_a_batch_counter_is_no_restart(run_maker, falling):
    """A counter that starts anew ten times while the loss goes on counts batches of an epoch."""
    assert (
        "restarted"
        not in run_maker.log("train/loss", falling, np.tile(np.arange(20), 10)).findings()
    )
