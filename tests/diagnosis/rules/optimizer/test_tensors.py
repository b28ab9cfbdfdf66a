"""Tensors that are not finite, by name, and where a training stands that makes no step."""

from logwatch.diagnosis.finding import Severity


def test_the_first_bad_weight_is_named(run_maker):
    """One tensor goes bad, and with it all others a step later: the first is the cause."""
    run_maker.log("nonfinite/param", [0, 0, 1, 15, 15])
    run_maker.note("probe_worst", at=2, step=2.0, **{"nonfinite/param": "body.linear1.weight"})
    run_maker.note(
        "probe_worst", at=3, step=3.0, **{"nonfinite/param": "embed.weight, head.weight"}
    )

    found = run_maker.findings().get("non-finite-tensors")

    assert Severity.error == found.severity
    assert (
        "parameters hold NaN or infinity since step 2: body.linear1.weight; 15 tensors by now"
        == found.title
    )
    assert 2.0 == found.values["first_step"]


def test_gradients_that_stay_bad_are_an_error(run_maker):
    """Three probed steps in a row are no loss scaler any more."""
    run_maker.log("nonfinite/grad", [0, 0, 2, 2, 2]).log("nonfinite/param", [0] * 5)
    run_maker.note("probe_worst", at=2, step=2.0, **{"nonfinite/grad": "head.weight, head.bias"})

    found = run_maker.findings().get("non-finite-tensors")

    assert Severity.error == found.severity
    assert "2 gradients are not finite since step 2: head.weight, head.bias" == found.title
    assert found.active


def test_a_scaler_that_looks_for_its_scale_is_information(run_maker):
    """Bad gradients that went away were skipped."""
    run_maker.log("nonfinite/grad", [2, 2, 0, 0, 0, 0])

    found = run_maker.findings().get("non-finite-tensors")

    assert Severity.info == found.severity
    assert not found.active


def test_finite_tensors_say_nothing(run_maker):
    """Zeros all the way are how it should be."""
    run_maker.log("nonfinite/grad", [0] * 9).log("nonfinite/param", [0] * 9)

    assert run_maker.findings().get("non-finite-tensors") is None


def test_the_place_of_a_stall_is_told(run_maker):
    """The innermost frame is where it stands, the next ones are how it came there."""
    frames = "loader.py:12 read < loader.py:40 next < train.py:7 main"
    run_maker.log("step_time_s", [0.1, 0.1]).note(
        "probe_stall", at=5, step=5.0, silent_s=700.0, frames=frames
    )

    found = run_maker.findings().get("step-stall")

    assert Severity.warning == found.severity
    assert "no step for 700 s: the training is in loader.py:12 read" == found.title
    assert found.detail.startswith("Called from loader.py:40 next; from train.py:7 main.")


def test_a_stall_that_is_over_is_information(run_maker):
    """Steps that came after it end it."""
    run_maker.log("step_time_s", [0.1] * 9).note(
        "probe_stall", at=5, step=5.0, silent_s=700.0, frames="a.py:1 f"
    )

    found = run_maker.findings().get("step-stall")

    assert Severity.info == found.severity
    assert not found.active
