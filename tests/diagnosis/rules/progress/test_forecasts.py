"""Findings that look ahead: `time-to-target` and `reconvergence`."""

import math
from pathlib import Path

import numpy as np
import pytest

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rule import RULES, Question
from logwatch.diagnosis.rules.progress import forecasts
from logwatch.metrics.run import RunView
from logwatch.parsing.record import Progress
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library


def to_target(run: RunView, **targets: float) -> list[Finding]:
    """What is said about targets; `train_loss=2` asks for `train/loss`."""
    named = {name.replace("_", "/", 1): value for name, value in targets.items()}
    return list(forecasts.forecast_targets(run, Question(targets=named)))


def coming_back(run: RunView) -> list[Finding]:
    """What is said about a return to the checkpoint's level."""
    return list(forecasts.forecast_return(run, Question()))


def test_rules_are_registered_and_list_their_values() -> None:
    """`rules show` finds both rules, and their documentation names the values of the contract."""
    for name in ("time-to-target", "reconvergence"):
        text = RULES[name].check.__doc__ or ""
        assert all(f"`{value}`" in text for value in ("step", "low", "high", "probability"))


class TestTimeToTarget:
    """When a metric reaches a level."""

    def test_says_step_and_interval(self, run_maker, falling: np.ndarray) -> None:
        """The title holds the step and the 80 % interval, the values the same figures."""
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=3.3)
        values = found.values
        assert found.title.startswith("train/loss reaches 3.3 near step ")
        assert "(80 %: " in found.title
        assert 199 < values["low"] <= values["step"] <= values["high"] < math.inf
        assert {"target": 3.3, "points": 200.0}.items() <= values.items()
        assert Severity.info == found.severity

    def test_says_how_sure_it_is_and_what_refutes_it(self, run_maker, falling: np.ndarray) -> None:
        """The detail tells the confidence, the error on real curves, and a refutation."""
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=3.3)
        assert "confidence" in found.detail
        assert "8 of 10 intervals held" in found.detail
        assert "Wrong if it is still above 3.3 at step" in found.detail

    def test_reached_level_is_good_news(self, run_maker, falling: np.ndarray) -> None:
        """A level that is held already is told with its step, and no forecast is made."""
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=5.0)
        assert (Severity.ok, True) == (found.severity, "reached 5 at step" in found.title)
        assert found.values["step"] == found.values["low"] == found.values["high"] < 199

    def test_nan_samples_change_nothing(self, run_maker, falling: np.ndarray) -> None:
        """The forecast is that of the finite samples."""
        holes = falling.copy()
        holes[50] = math.nan
        kept = np.delete(falling, 50)
        steps = np.delete(np.arange(200), 50)
        (one,) = to_target(run_maker.log("train/loss", holes).view(), train_loss=3.3)
        (other,) = to_target(
            type(run_maker)().log("train/loss", kept, steps).view(), train_loss=3.3
        )
        assert one.values == other.values

    def test_accuracy_is_reached_from_below(self, run_maker, falling: np.ndarray) -> None:
        """A metric that rises is forecast like a loss upside down."""
        run = run_maker.log("eval/accuracy", 1 - falling / 12).view()
        (found,) = to_target(run, eval_accuracy=0.73)
        assert "still below 0.73" in found.detail
        assert 199 < found.values["low"] <= found.values["step"]

    def test_few_samples_are_too_early(self, run_maker) -> None:
        """With three samples there is no step, and an interval from now without an end."""
        (found,) = to_target(run_maker.log("train/loss", [5, 4, 3]).view(), train_loss=1.0)
        assert "too early to say" in found.title
        assert math.isnan(found.values["step"])
        assert (2.0, math.inf) == (found.values["low"], found.values["high"])

    def test_flat_curve_is_far_or_not_falling(self, run_maker) -> None:
        """Of a flat curve no step is promised in the title."""
        flat = 3 + np.random.default_rng(0).normal(0, 0.01, 100)
        (found,) = to_target(run_maker.log("train/loss", flat).view(), train_loss=1.0)
        assert "near step" not in found.title
        assert math.inf == found.values["high"]

    def test_rising_loss_is_not_on_its_way(self, run_maker) -> None:
        """Of a rising loss it is said that it does not fall."""
        run = run_maker.log("train/loss", np.linspace(3, 5, 100)).view()
        (found,) = to_target(run, train_loss=1.0)
        assert "train/loss is not falling towards 1" == found.title
        assert math.inf == found.values["step"]

    def test_known_end_gives_a_probability(self, run_maker, falling: np.ndarray) -> None:
        """Where the log tells the run's end the chance to get there in time is told."""
        run_maker.progress = Progress(step=199, total=400)
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=3.3)
        assert 0 < found.values["probability"] < 1
        assert "before it ends at step 400 is 0.8" in found.detail

    def test_end_before_the_interval_is_told(self, run_maker, falling: np.ndarray) -> None:
        """A run that is over, or ends before the interval begins, is told so."""
        run_maker.progress = Progress(step=199, total=199)
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=3.3)
        assert "The run ends at step 199, before that." in found.detail

    def test_known_rate_gives_a_time(self, run_maker, falling: np.ndarray) -> None:
        """Where the log tells the rate the time from now is told in seconds and in words."""
        run_maker.progress = Progress(steps_per_s=2.0)
        (found,) = to_target(run_maker.log("train/loss", falling).view(), train_loss=3.3)
        assert (found.values["step"] - 199) / 2 == pytest.approx(found.values["eta_s"])
        assert "At 2 steps a second that is " in found.detail

    def test_unknown_metric_is_told(self, run_maker) -> None:
        """A metric that the log has not is answered with those that it has."""
        (found,) = to_target(run_maker.log("train/loss", [3, 2]).view(), eval_loss=1.0)
        assert "no eval/loss in this log" in found.title
        assert "train/loss" in found.detail
        assert {"target", "step", "low", "high"} <= found.values.keys()

    def test_metric_without_a_finite_value_is_told(self, run_maker) -> None:
        """A series of NaN is answered like one that is not there."""
        (found,) = to_target(run_maker.log("train/loss", [math.nan] * 9).view(), train_loss=1.0)
        assert math.inf == found.values["high"]

    def test_samples_from_before_a_jump_are_left_out(self, run_maker, falling: np.ndarray) -> None:
        """After a resume that threw the loss up only what came since is used."""
        steps = [*range(200), *range(200, 240)]
        run_maker.note("ckpt_load", at=199)
        run = run_maker.log("train/loss", [*falling, *falling[:40]], steps).view()
        (found,) = to_target(run, train_loss=3.3)
        assert 40.0 == found.values["points"]


class TestUnlikelyTarget:
    """A goal that rather does not come before the run stops."""

    def said(self, run: RunView, target: float, **known: object) -> dict[str, Finding]:
        """What is said about a train loss, by rule."""
        question = Question(targets={"train/loss": target}, config=Config(**known))
        return {found.rule: found for found in forecasts.forecast_targets(run, question)}

    def test_is_a_finding_of_its_own(self, run_maker, falling: np.ndarray) -> None:
        """A level far below, shortly before the end: a warning with its probability."""
        run_maker.progress = Progress(step=199, total=260)
        found = self.said(run_maker.log("train/loss", falling).view(), 2.0)
        unlikely = found["target-unlikely"]
        assert Severity.warning == unlikely.severity
        assert unlikely.values["probability"] < 0.2
        assert f"with a probability of {unlikely.values['probability']:.2f}" in unlikely.title
        assert unlikely.values["probability"] == found["time-to-target"].values["probability"]
        assert unlikely.remedy

    def test_likely_one_is_none(self, run_maker, falling: np.ndarray) -> None:
        """A level just below, long before the end."""
        run_maker.progress = Progress(step=199, total=600)
        assert {"time-to-target"} == self.said(
            run_maker.log("train/loss", falling).view(), 3.4
        ).keys()

    def test_threshold_is_the_persons(self, run_maker, falling: np.ndarray) -> None:
        """Below the threshold `unlikely` it is a warning, else a remark."""
        run_maker.progress = Progress(step=199, total=260)
        known = {"thresholds": {"target-unlikely": {"unlikely": 0.0}}}
        found = self.said(run_maker.log("train/loss", falling).view(), 2.0, **known)
        assert Severity.info == found["target-unlikely"].severity

    def test_time_limit_counts_where_it_comes_first(self, run_maker, falling: np.ndarray) -> None:
        """A job that is stopped before its last step has less time to get there."""
        run_maker.progress = Progress(step=199, total=600, steps_per_s=1.0)
        run = run_maker.log("train/loss", falling).view()
        free, bound = (self.said(run, 3.3, walltime_s=limit) for limit in (0.0, 210.0))
        values = [found["time-to-target"].values["probability"] for found in (free, bound)]
        assert values[0] > 0.5 > values[1]
        assert "stopped by its time limit near step 210" in bound["target-unlikely"].title

    def test_forecast_ends_with_the_run(self, run_maker, falling: np.ndarray) -> None:
        """Where the length is known no step lies past it, and it is said on what condition."""
        run_maker.progress = Progress(step=199, total=400)
        found = self.said(run_maker.log("train/loss", falling).view(), 3.2)["time-to-target"]
        assert found.values["high"] <= 400
        assert "of levels that were reached before the end of their run" in found.detail


class TestKnownSchedule:
    """A log that names no length, but a learning rate that comes to zero."""

    def test_its_end_is_the_runs(self, run_maker, falling: np.ndarray) -> None:
        """The probability is that of getting there before the rate is zero, and it is said so."""
        run_maker.log("lr", 3e-4 * (1 - np.arange(200) / 400))
        run = run_maker.log("train/loss", falling).view()
        (found,) = to_target(run, train_loss=3.3)
        assert 0 < found.values["probability"] < 1
        assert "ends at step 400, as its learning rate is scheduled" in found.detail


class TestTimeToBaseline:
    """When a run comes to the best that another one reached."""

    def said(self, run: RunView, base: RunView) -> list[Finding]:
        """What is said beside a baseline."""
        return list(forecasts.forecast_overtaking(run, Question(baseline=base)))

    def test_best_of_the_baseline_is_the_goal(self, run_maker, falling: np.ndarray) -> None:
        """The level that it held, not its luckiest batch, and when this run is there."""
        lucky = falling.copy()
        lucky[150] = 1.0
        base = type(run_maker)().log("train/loss", lucky).view()
        (found,) = self.said(run_maker.log("train/loss", falling[:120]).view(), base)
        assert 3.48 == pytest.approx(found.values["target"], rel=0.01)
        assert 120 < found.values["low"] < 180 < found.values["high"]
        assert found.title.startswith("comes to the baseline's best train/loss of 3.4")
        assert "The baseline's course counts for" in found.detail

    def test_run_that_is_there_is_told(self, run_maker, falling: np.ndarray) -> None:
        """Since when it is at the baseline's best."""
        base = type(run_maker)().log("train/loss", falling[:60]).view()
        (found,) = self.said(run_maker.log("train/loss", falling).view(), base)
        assert (Severity.ok, True) == (found.severity, " since step " in found.title)

    def test_finished_run_is_not_forecast(self, run_maker, falling: np.ndarray) -> None:
        """What is over comes to nothing any more."""
        run_maker.note("finished", at=119)
        base = type(run_maker)().log("train/loss", falling).view()
        assert [] == self.said(run_maker.log("train/loss", falling[:120]).view(), base)

    def test_nothing_in_common(self, run_maker, falling: np.ndarray) -> None:
        """A baseline without a loss, or none at all, gives no goal."""
        run = run_maker.log("train/loss", falling).view()
        assert [] == self.said(run, type(run_maker)().log("lr", falling).view())
        assert [] == list(forecasts.forecast_overtaking(run, Question()))


class TestReconvergence:
    """Back at the checkpoint's level after weights were initialised anew."""

    def resume(self, run_maker, values: np.ndarray, **fields: float) -> RunView:
        """A log that begins with a checkpoint being loaded, two of its tensors missing."""
        run_maker.note("ckpt_load", "checkpoint loaded", at=0, **fields)
        run_maker.note("missing_keys", 'missing keys: "head.weight"', at=0)
        return run_maker.log("train/loss", values, range(1, len(values) + 1)).view()

    def test_says_when_it_is_back(self, run_maker, falling: np.ndarray) -> None:
        """Good news: the step, the interval, the cause and how little 25 steps are."""
        (found,) = coming_back(self.resume(run_maker, falling[:25], train_loss=2.0))
        assert Severity.ok == found.severity
        assert found.title.startswith("back at 2 near step ")
        assert "Low confidence: 25 samples" in found.detail
        assert "head.weight" in found.detail
        assert 2.0 == found.values["target"]

    def test_same_question_gets_the_same_answer(self, run_maker, falling: np.ndarray) -> None:
        """`--target` with the checkpoint's loss is answered like the return to it."""
        run = self.resume(run_maker, falling[:25], train_loss=2.0)
        (back,), (asked,) = coming_back(run), to_target(run, train_loss=2.0)
        assert back.values == asked.values

    def test_says_since_when_it_is_back(self, run_maker, falling: np.ndarray) -> None:
        """Once the level holds the step since when is told."""
        (found,) = coming_back(self.resume(run_maker, falling, train_loss=5.0))
        assert "back at 5 since step" in found.title
        assert found.values["low"] == found.values["high"]

    def test_nothing_when_it_never_left(self, run_maker) -> None:
        """A resume whose first values are at the checkpoint's level says nothing."""
        assert [] == coming_back(self.resume(run_maker, np.full(25, 0.81), train_loss=0.8))

    def test_nothing_without_a_load(self, run_maker, falling: np.ndarray) -> None:
        """A run from scratch has no level to come back to."""
        assert [] == coming_back(run_maker.log("train/loss", falling).view())

    def test_nothing_without_a_level(self, run_maker, falling: np.ndarray) -> None:
        """A load that names no loss, with no samples before it, gives no target."""
        assert [] == coming_back(self.resume(run_maker, falling[:25]))

    def test_level_before_the_resume_stands_in(self, run_maker, falling: np.ndarray) -> None:
        """Where the load names no loss the level before it is the one to come back to."""
        run_maker.note("ckpt_load", at=199).note("reinitialised", "9 of 99 anew", at=199)
        steps = [*range(200), *range(200, 240)]
        (found,) = coming_back(run_maker.log("train/loss", [*falling, *falling[:40]], steps).view())
        assert np.median(falling[-5:]) == pytest.approx(found.values["target"])
        assert 240 < found.values["low"] <= found.values["step"]

    def test_run_from_scratch_has_no_level(self, run_maker, falling: np.ndarray) -> None:
        """A second run in the same log, from other weights at step 0, comes back to nothing."""
        run_maker.note("ckpt_load", at=199)
        steps = [*range(200), *range(40)]
        run = run_maker.log("train/loss", [*falling, *falling[:40]], steps).view()
        assert [] == coming_back(run)

    def test_each_loss_has_its_own_level(self, run_maker, falling: np.ndarray) -> None:
        """`val_loss` of the checkpoint is the level of eval/loss, `train_loss` of train/loss."""
        run_maker.log("eval/loss", falling[:25] + 0.5, range(1, 26))
        run = self.resume(run_maker, falling[:25], train_loss=2.0, val_loss=2.4)
        assert {"train/loss": 2.0, "eval/loss": 2.4} == {
            found.metric: found.values["target"] for found in coming_back(run)
        }

    def test_rising_loss_is_not_promised_back(self, run_maker) -> None:
        """A loss that does not fall after the resume is told so, as information."""
        (found,) = coming_back(self.resume(run_maker, np.linspace(5, 6, 30), train_loss=0.8))
        assert (Severity.info, math.inf) == (found.severity, found.values["step"])
        assert "does not fall" in found.title

    def test_evidence_is_the_load_and_the_ends(self, run_maker, falling: np.ndarray) -> None:
        """The lines are those of the load, of what was anew, and of the first and last sample."""
        run = self.resume(run_maker, falling[:25], train_loss=2.0)
        (found,) = coming_back(run)
        losses = run.series["train/loss"].line
        events = [event.line for event in run.events]
        assert [*events, losses[0], losses[-1]] == [proof.line for proof in found.evidence]

    def test_first_case(self, shared: Path) -> None:
        """The log that started the project: target 0.8, an interval that holds 200 and 289."""
        session = Session(load_library()[0])
        session.feed((shared / "seed_cases" / "slurm-13505008.out").read_bytes())
        session.finish()
        (found,) = coming_back(session.view())
        assert 0.8 == found.values["target"]
        assert found.values["low"] <= 200 and 289 <= found.values["high"]
        assert "Low confidence" in found.detail
