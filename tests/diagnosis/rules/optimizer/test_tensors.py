"""Tensors that are not finite, by name, and where a training stands that makes no step."""

from logwatch.diagnosis.finding import Severity


def test_the_first_bad_weight_is_named(bench):
    """One tensor goes bad, and with it all others a step later: the first is the cause."""
    bench.log("nonfinite/param", [0, 0, 1, 15, 15])
    bench.note("probe_worst", at=2, step=2.0, **{"nonfinite/param": "body.linear1.weight"})
    bench.note("probe_worst", at=3, step=3.0, **{"nonfinite/param": "embed.weight, head.weight"})

    found = bench.findings().get("non-finite-tensors")

    assert Severity.error == found.severity
    assert (
        "parameters hold NaN or infinity since step 2: body.linear1.weight; 15 tensors by now"
        == found.title
    )
    assert 2.0 == found.values["first_step"]


def test_gradients_that_stay_bad_are_an_error(bench):
    """Three probed steps in a row are no loss scaler any more."""
    bench.log("nonfinite/grad", [0, 0, 2, 2, 2]).log("nonfinite/param", [0] * 5)
    bench.note("probe_worst", at=2, step=2.0, **{"nonfinite/grad": "head.weight, head.bias"})

    found = bench.findings().get("non-finite-tensors")

    assert Severity.error == found.severity
    assert "2 gradients are not finite since step 2: head.weight, head.bias" == found.title
    assert found.active


def test_a_scaler_that_looks_for_its_scale_is_information(bench):
    """Bad gradients that went away were skipped."""
    bench.log("nonfinite/grad", [2, 2, 0, 0, 0, 0])

    found = bench.findings().get("non-finite-tensors")

    assert Severity.info == found.severity
    assert not found.active


def test_finite_tensors_say_nothing(bench):
    """Zeros all the way are how it should be."""
    bench.log("nonfinite/grad", [0] * 9).log("nonfinite/param", [0] * 9)

    assert bench.findings().get("non-finite-tensors") is None


def test_the_place_of_a_stall_is_told(bench):
    """The innermost frame is where it stands, the next ones are how it came there."""
    frames = "loader.py:12 read < loader.py:40 next < train.py:7 main"
    bench.log("step_time_s", [0.1, 0.1]).note(
        "probe_stall", at=5, step=5.0, silent_s=700.0, frames=frames
    )

    found = bench.findings().get("step-stall")

    assert Severity.warning == found.severity
    assert "no step for 700 s: the training is in loader.py:12 read" == found.title
    assert found.detail.startswith("Called from loader.py:40 next; from train.py:7 main.")


def test_a_stall_that_is_over_is_information(bench):
    """Steps that came after it end it."""
    bench.log("step_time_s", [0.1] * 9).note(
        "probe_stall", at=5, step=5.0, silent_s=700.0, frames="a.py:1 f"
    )

    found = bench.findings().get("step-stall")

    assert Severity.info == found.severity
    assert not found.active
