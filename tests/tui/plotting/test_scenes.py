"""What a chart shows."""

import math

from logwatch.tui.plotting.scenes import build_scene, find_partners
from tests.tui.fakes import make_finding, make_run, make_samples, make_snapshot


def test_train_and_eval_of_one_name_share_a_chart() -> None:
    """The metric comes first, its partner second, both under their phases."""
    run = make_run(make_samples("train/loss", [3.0, 2.0]), make_samples("eval/loss", [2.5]))
    scene = build_scene(make_snapshot(run), "eval/loss", targets={})

    assert ["eval/loss", "train/loss"] == find_partners(run, "eval/loss")
    assert ["eval", "train"] == [trace.label for trace in scene.traces]


def test_a_partner_of_another_scale_is_told_but_not_drawn() -> None:
    """Nothing is left out silently."""
    run = make_run(
        make_samples("train/loss", [21.0, 18.0, 15.0]), make_samples("eval/loss", [96.0])
    )
    scene = build_scene(make_snapshot(run), "train/loss", targets={})

    assert (["train/loss"], "not on this scale: eval/loss 96") == (
        [trace.name for trace in scene.traces],
        scene.note,
    )


def test_levels_come_from_the_user_and_from_findings() -> None:
    """A target that was asked for and the level that a run returns to are lines in the chart."""
    run = make_run(make_samples("train/loss", [3.0, 2.0]))
    finding = make_finding("reconvergence", metric="train/loss", values={"target": 0.8})
    scene = build_scene(make_snapshot(run, finding), "train/loss", targets={"train/loss": 0.5})

    assert ["level before 0.8", "target 0.5"] == [level.text for level in scene.levels]


def test_the_chosen_finding_marks_its_steps() -> None:
    """Only in the chart of its own metric, and only if it has finite steps."""
    run = make_run(make_samples("train/loss", [3.0, 2.0]), make_samples("lr", [1.0, 1.0]))
    snapshot = make_snapshot(run)
    finding = make_finding(metric="train/loss", steps=(1.0, 2.0))
    endless = make_finding(metric="train/loss", steps=(1.0, math.inf))

    assert [(1.0, 2.0), None, None] == [
        build_scene(snapshot, metric, targets={}, chosen=chosen).band
        for metric, chosen in (("train/loss", finding), ("lr", finding), ("train/loss", endless))
    ]


def test_a_baseline_is_drawn_beside_the_run() -> None:
    """The run that it is compared with has a curve of its own."""
    run = make_run(make_samples("train/loss", [3.0, 2.0]))
    base = make_run(make_samples("train/loss", [4.0, 2.5]))
    scene = build_scene(make_snapshot(run), "train/loss", targets={}, baseline=base)

    assert ["train/loss", "baseline"] == [trace.name for trace in scene.traces]


def test_a_preview_is_drawn_with_what_is_known_of_the_rest() -> None:
    """The end, the start as read, and samples of what lies between, which the note tells."""
    run = make_run(make_samples("train/loss", [1.0, 0.9]))
    head = make_run(make_samples("train/loss", [3.0, 2.0]))
    middle = {"train/loss": make_run(make_samples("train/loss", [1.5, 1.2])).series["train/loss"]}
    snapshot = make_snapshot(run, head=head, sampled=middle, is_preview=True)
    scene = build_scene(snapshot, "train/loss", targets={})

    assert [([1.0, 0.9], False), ([3.0, 2.0], False), ([1.5, 1.2], True)] == [
        (trace.series.value.tolist(), trace.is_sampled) for trace in scene.traces
    ]
    assert "faint: only sampled yet" == scene.note
