"""What the optimizer holds and does: parameters left out, frozen or without gradient, steps."""

import numpy as np

from logwatch.diagnosis.finding import Severity


def held(run_maker, *tensors):
    """Groups of so many tensors."""
    for number, count in enumerate(tensors):
        run_maker.note("probe_group", name=str(number), tensors=float(count), params=100.0)
    return run_maker


def counted(run_maker, unmoved, gradless, probed=6):
    """Probed steps in which so many tensors did not move and so many had no gradient."""
    run_maker.log("param_delta/max", [1e-3] * probed)
    run_maker.log("probe/unmoved_tensors", [unmoved] * probed)
    return run_maker.log("probe/gradless_tensors", [gradless] * probed)


def test_an_optimizer_of_other_parameters_is_told(run_maker):
    """When none of its tensors has a gradient it holds those of another model."""
    held(run_maker, 10, 5).log("probe/gradless_tensors", [15] * 4)

    found = run_maker.findings().get("no-gradients")

    assert Severity.error == found.severity
    assert found.title.startswith("none of the 15 tensors in the optimizer has a gradient")
    assert {"tensors": 15.0, "probed": 4.0} == found.values


def test_some_without_gradient_are_no_illness(run_maker):
    """A frozen body has no gradients; the rest has."""
    held(run_maker, 15).log("probe/gradless_tensors", [12] * 4)

    assert run_maker.findings().get("no-gradients") is None


def test_it_is_over_when_a_gradient_came(run_maker):
    """Two steps without gradients may be the first of an accumulation."""
    held(run_maker, 15).log("probe/gradless_tensors", [15, 15, 0, 15, 15])

    assert run_maker.findings().get("no-gradients") is None


def test_parameters_in_no_optimizer_are_named(run_maker):
    """What the probe named is in the title, with how much it is."""
    run_maker.note("probe_orphans", tensors=2.0, params=46080.0, names="head.weight, head.bias")

    found = run_maker.findings().get("unheld-parameters")

    assert Severity.warning == found.severity
    assert (
        "2 tensors are in no optimizer and will never change: head.weight, head.bias" == found.title
    )
    assert {"tensors": 2.0, "parameters": 46080.0} == found.values


def test_a_later_optimizer_takes_it_back(run_maker):
    """A second optimizer that makes its first step holds the rest."""
    run_maker.note("probe_orphans", tensors=2.0, params=46080.0, names="head.weight, head.bias")
    run_maker.note("probe_orphans", at=1, tensors=0.0, params=0.0, names="")

    assert run_maker.findings().get("unheld-parameters") is None


def test_tensors_with_a_gradient_that_do_not_move_are_an_illness(run_maker):
    """A rate above 0 and a gradient, and still no movement: rounding."""
    counted(run_maker, 3, 0).log("param_delta/embed", [0.0] * 6).log("lr/0", [1e-5] * 6)
    run_maker.note("probe_worst", unmoved_tensors="embed.weight, norm.weight, norm.bias")

    found = run_maker.findings().get("frozen-part")

    assert Severity.warning == found.severity
    assert (
        "3 tensors do not move although they get a gradient (embed): "
        "embed.weight, norm.weight, norm.bias" == found.title
    )
    assert "bfloat16" in found.detail


def test_only_tensors_with_a_gradient_are_named(run_maker):
    """Of four that do not move two have no gradient: the other two are what the sentence names."""
    counted(run_maker, 4, 2).log("param_delta/head", [0.0] * 6).log("lr/0", [1e-5] * 6)
    run_maker.note("probe_worst", unmoved_tensors="head.weight, head.bias, body.weight, body.bias")

    title = run_maker.findings().get("frozen-part").title

    assert title.startswith("2 tensors do not move although they get a gradient")
    assert title.endswith(": head.weight, head.bias")


def test_a_group_whose_rate_is_0_is_information(run_maker):
    """A group at lr 0 rests, which somebody has written down so."""
    counted(run_maker, 3, 0).log("param_delta/body", [0.0] * 6).log("lr/body", [0.0] * 6)

    found = run_maker.findings().get("frozen-part")

    assert Severity.info == found.severity
    assert "The lr of body is 0" in found.detail


def test_a_frozen_body_is_confirmed(run_maker):
    """Parts without gradient are often meant to be so: good to see, no warning."""
    counted(run_maker, 12, 12).log("param_delta/body", [0.0] * 6)
    run_maker.note("probe_worst", gradless_tensors="body.0.weight, body.0.bias, ...")

    found = run_maker.findings().get("frozen-part")

    assert Severity.info == found.severity
    assert found.title.startswith("body does not train: no gradient reaches 12 tensors")


def test_a_run_that_stands_as_a_whole_is_another_rules(run_maker):
    """Where nothing moves at all, no part is to be named."""
    run_maker.log("param_delta/max", [0.0] * 6).log("probe/unmoved_tensors", [15] * 6)

    assert run_maker.findings().get("frozen-part") is None
    assert run_maker.findings().get("frozen-parameters") is not None


def test_tensors_that_rest_now_and_then_are_well(run_maker):
    """An embedding whose words do not come in a batch does not move in it."""
    run_maker.log("param_delta/max", [1e-3] * 6).log("probe/unmoved_tensors", [0, 1, 0, 1, 1, 0])

    assert run_maker.findings().get("frozen-part") is None


def test_many_skipped_steps_are_told(run_maker):
    """The probe counts from its start; what counts is how many came in the later half."""
    run_maker.log("probe/skipped_steps", np.arange(60) // 2, steps=np.arange(60))

    found = run_maker.findings().get("skipped-steps")

    assert Severity.warning == found.severity
    assert 14.0 == found.values["skipped"]
    assert 43.0 == found.values["steps"]


def test_a_scaler_that_found_its_scale_is_well(run_maker):
    """Skips at the start, and one in thousands later, are how a loss scaler works."""
    run_maker.log("probe/skipped_steps", [16] * 30 + [17] * 30, steps=np.arange(60) * 100)

    assert run_maker.findings().get("skipped-steps") is None
