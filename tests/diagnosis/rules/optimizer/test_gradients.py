"""Gradients of the parts of a model: what is too small, too large, or too little of one head."""

import numpy as np
import pytest

from logwatch.diagnosis.finding import Severity

STEPS = 40


def part(value, count=STEPS):
    """A gradient norm that jitters by a tenth."""
    rng = np.random.default_rng(0)
    return value * (1 + 0.1 * rng.uniform(-1, 1, count))


def test_a_part_without_gradient_is_named(run_maker):
    """A part whose gradient is a ten-thousandth of another's has vanished; the other has not."""
    run_maker.log("grad_norm/first", part(1e-6)).log("grad_norm/last", part(0.5))

    found = run_maker.findings().get("vanishing-gradients")

    assert Severity.warning == found.severity
    assert found.title.startswith("first gets next to no gradient")
    assert 1.0 == found.values["parts"]
    assert 0.45 < found.values["largest"] < 0.55


def test_small_beside_small_is_no_illness(run_maker):
    """Gradients that all are small, as late in a training, have not vanished."""
    run_maker.log("grad_norm/first", part(2e-6)).log("grad_norm/last", part(3e-5))

    assert run_maker.findings().get("vanishing-gradients") is None


@pytest.mark.parametrize("norms", [part(1e-9, 9), np.full(STEPS, np.nan), np.array([])])
def test_too_few_or_no_numbers_say_nothing(run_maker, norms):
    """Nine probed steps are too few, and NaN is another rule's."""
    run_maker.log("grad_norm/first", norms).log("grad_norm/last", part(0.5, len(norms)))

    assert run_maker.findings().get("vanishing-gradients") is None


def test_one_batch_without_gradient_says_nothing(run_maker):
    """A part that now and then gets no gradient is in use."""
    norms = part(0.5)
    norms[::4] = 0.0
    run_maker.log("grad_norm/rare", norms).log("grad_norm/last", part(0.5))

    assert run_maker.findings().get("vanishing-gradients") is None


def test_a_whole_gradient_of_nothing_is_told(run_maker):
    """Where the probe's own total is next to nothing, no part is to blame."""
    run_maker.log("train/grad_norm", part(1e-9)).log("param_delta/head", part(1e-5))

    found = run_maker.findings().get("vanishing-gradients")

    assert found.title.startswith("the gradient has vanished: its norm is")


def test_the_part_that_exploded_most_is_named(run_maker):
    """A hundred times the usual gradient, and it stays there."""
    grown = part(0.5)
    grown[-5:] = 60.0
    more = part(0.5)
    more[-5:] = 90.0
    run_maker.log("grad_norm/body", grown).log("grad_norm/head", more)

    found = run_maker.findings().get("exploding-gradients")

    assert Severity.error == found.severity
    assert found.title.startswith("the gradient of head has exploded: 90, ")
    assert 170 < found.values["times"] < 190
    assert "So have 1 other parts" in found.detail


@pytest.mark.parametrize("late", [[0.5] * 5, [60, 60, 0.5, 60, 60], [60, 60, np.inf, 60, 60], [60]])
def test_a_peak_is_no_explosion(run_maker, late):
    """One batch of many may be odd, and what is not finite is another rule's."""
    norms = part(0.5)
    norms[-len(late) :] = late
    run_maker.log("grad_norm/head", norms)

    assert run_maker.findings().get("exploding-gradients") is None


def heads(run_maker, *shares):
    """Three heads that get so much of the gradient each."""
    for name, share in zip(("type_head", "ptr_head", "countdown_head"), shares, strict=True):
        run_maker.log(f"grad_norm/{name}", part(share))
    return run_maker


def test_the_starved_head_is_named(run_maker):
    """In the case behind this rule one head had 0.18 of the others' gradient."""
    found = heads(run_maker, 1.0, 1.1, 0.18).findings().get("starved-head")

    assert Severity.warning == found.severity
    assert found.title.startswith("countdown_head gets 0.17 of the gradient that the other heads")
    assert 0.16 < found.values["ratio"] < 0.19
    assert "grad_norm/countdown_head" == found.metric


def test_a_head_that_learns_all_the_same_is_information(run_maker):
    """A loss of that head's name that falls shows that the little is enough."""
    heads(run_maker, 1.0, 1.1, 0.18).log("train/countdown_loss", np.linspace(3, 1, STEPS))

    assert Severity.info == run_maker.findings().get("starved-head").severity


def test_heads_that_differ_by_half_are_well(run_maker):
    """A third of the others' gradient is usual for a head of another size."""
    assert heads(run_maker, 1.0, 1.1, 0.35).findings().get("starved-head") is None


def test_parts_that_are_no_heads_are_not_compared(run_maker):
    """An embedding gets a small part of a head's gradient in every language model."""
    run_maker.log("grad_norm/embed", part(0.05)).log("grad_norm/head", part(1.0))

    assert run_maker.findings().get("starved-head") is None


def test_a_log_without_a_probe_says_nothing(run_maker):
    """The log's own gradient norm is no part of a model."""
    run_maker.log("train/grad_norm", part(1e-9)).log("train/loss", np.linspace(3, 1, STEPS))

    for rule in ("vanishing-gradients", "exploding-gradients", "starved-head"):
        assert run_maker.findings().get(rule) is None
