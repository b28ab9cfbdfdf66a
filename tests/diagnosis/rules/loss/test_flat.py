"""`flat-loss`: losses that do not move, and those that only seem not to."""

import math

import numpy as np
import pytest

from logwatch.diagnosis.analysis.flat_limits import is_resumed
from logwatch.diagnosis.config import Config
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.finding import Severity
from logwatch.diagnosis.rule import Question


def level(value: float, count: int, noise: float = 0.002, seed: int = 0) -> np.ndarray:
    """(count,) a level with relative noise."""
    return value * (1 + np.random.default_rng(seed).normal(0, noise, count))


def test_a_loss_that_never_moved_is_a_warning(run_maker):
    """21.55 to 21.66 over 700 samples: flat, with both figures and the interval."""
    losses = level(21.6, 700) * np.linspace(1, 1.003, 700)

    found = run_maker.log("train/loss", losses, np.arange(0, 2800, 4)).findings()["flat-loss"]

    assert Severity.warning == found.severity
    assert found.title.startswith("train/loss has not moved in steps 0-2796: 21.")
    assert found.values["change_low"] <= found.values["change"] <= found.values["change_high"]
    assert 700 == found.values["samples"]
    assert [1, 27961] == [proof.line for proof in found.evidence]


def test_a_rate_of_zero_is_the_first_thing_to_mend(run_maker):
    """Flat under a learning rate of 0: the remedy is about the rate."""
    run_maker.log("train/loss", level(21.6, 100)).log("lr", np.zeros(100))

    assert "learning rate above zero" in run_maker.findings()["flat-loss"].remedy


def test_a_loss_at_ln_10_is_said_to_be_guessing(run_maker):
    """2.302 is what guessing among ten classes costs, and the finding says so."""
    found = run_maker.log("train/loss", level(math.log(10), 60, 1e-4)).findings()["flat-loss"]

    assert "ln 10" in found.detail


def test_a_falling_loss_is_not_flat(run_maker, falling):
    """A loss that fell by two thirds is on course, whatever its last part looks like."""
    assert "flat-loss" not in run_maker.log("train/loss", falling).findings()


@pytest.mark.parametrize("part", [0.005, 0.02, 0.1])
def test_a_fine_tuning_that_fell_at_once_is_not_flat(run_maker, part):
    """A fall of 20 % in the first half, two or ten percent of a run is learning enough."""
    losses = level(1.2, 3000, 0.03) + 0.3 * np.exp(-np.arange(3000) / (3000 * part / 3))

    assert "flat-loss" not in run_maker.log("train/loss", losses).findings()


def test_few_samples_say_nothing(run_maker):
    """19 equal levels are too little for a word."""
    assert "flat-loss" not in run_maker.log("train/loss", level(2.3, 19)).findings()


def test_before_30_samples_it_is_a_remark(run_maker):
    """25 samples at one level may yet be a slow start: info, no warning."""
    assert (
        Severity.info
        == run_maker.log("train/loss", level(2.3, 25)).findings()["flat-loss"].severity
    )


def test_a_resumed_run_may_be_flat(run_maker):
    """Late in training a level is usual: a log that begins at step 14001 gets a remark."""
    losses, steps = level(2.4, 500), np.arange(14001, 14501)

    assert (
        Severity.info == run_maker.log("train/loss", losses, steps).findings()["flat-loss"].severity
    )


def test_a_log_that_goes_on_at_epoch_50_may_be_flat(run_maker):
    """Fifteen epochs of noise after the fiftieth are those of a run that had converged."""
    losses, epochs = level(0.4, 15, seed=1), np.arange(50, 65)

    found = run_maker.log("train/loss", losses, epochs, axis="epoch").findings()["flat-loss"]

    assert Severity.info == found.severity


def test_a_rest_that_is_over_is_told_as_over(run_maker):
    """Half a run at ln 2, then a fall: info, and no longer active."""
    losses = np.concatenate([level(math.log(2), 60, 1e-3), np.linspace(0.69, 0.3, 60)])

    found = run_maker.log("train/loss", losses).findings()["flat-loss"]

    assert (Severity.info, False) == (found.severity, found.active)


def test_a_loss_of_exactly_zero_without_gradients_is_an_error(run_maker):
    """Loss and gradient norm are 0 in all samples: nothing is trained at all."""
    found = (
        run_maker.log("train/loss", np.zeros(60)).log("train/grad_norm", np.zeros(60)).findings()
    )

    assert Severity.error == found["flat-loss"].severity
    assert "train/grad_norm is 0" in found["flat-loss"].detail


def test_noise_that_hides_everything_is_no_warning(run_maker):
    """A diffusion model's loss scatters by half of its level: no verdict above a remark."""
    losses = 0.12 * np.exp(np.random.default_rng(0).normal(0, 0.4, 20000))

    found = run_maker.log("train/loss", losses).findings().get("flat-loss")

    assert found is None or Severity.info == found.severity


def test_the_loss_of_a_policy_is_not_judged(run_maker):
    """With rewards logged the loss has no level to reach."""
    run_maker.log("train/loss", level(0.5, 200)).log("train/reward", np.linspace(0, 1, 200))

    assert "flat-loss" not in run_maker.findings()


def test_five_evaluations_over_500_steps_are_a_warning(run_maker):
    """Few samples suffice where many steps lie between them."""
    losses = level(10.83, 5, noise=0.0005)

    found = run_maker.log("train/loss", losses, np.arange(5) * 125).findings()["flat-loss"]

    assert Severity.warning == found.severity


def test_five_neighbouring_steps_are_not(run_maker):
    """Nor are five epochs: the longest rest of a run that learned in the end had 46."""
    losses = level(10.83, 5, noise=0.0005)

    assert "flat-loss" not in run_maker.log("train/loss", losses).findings()
    assert "flat-loss" not in type(run_maker)().log("train/loss", losses, axis="epoch").findings()


def test_a_language_model_that_guesses_after_125_steps_is_a_warning(run_maker):
    """10.826 twice is ln 50,257 twice: what learns at all has left it by then."""
    found = run_maker.log("train/loss", [10.826, 10.823], [0, 125]).findings()["flat-loss"]

    assert Severity.warning == found.severity
    assert "ln 50,257" in found.detail
    assert "the tokens of GPT-2" in found.detail
    assert math.isnan(found.values["change_low"])


@pytest.mark.parametrize(
    ("losses", "steps"),
    [
        ([10.826, 10.823], [0, 50]),  # too soon
        ([10.826, 10.2], [0, 125]),  # it fell
        ([4.474, 4.474], [125, 250]),  # no level of guessing
        ([math.log(2), math.log(2)], [0, 125]),  # two classes: rests are usual
    ],
)
def test_two_samples_say_nothing_else(run_maker, losses, steps):
    """Sooner, elsewhere, or with a fall between them two samples are no finding."""
    assert "flat-loss" not in run_maker.log("train/loss", losses, steps).findings()


def test_a_declared_vocabulary_is_guessed_over_too(run_maker):
    """No tokenizer in wide use has 9,000 words; a person says that this one has."""
    view = run_maker.log("train/loss", [math.log(9000)] * 2, [0, 125]).view()

    def warned(config: Config) -> bool:
        found = diagnose(view, Question(config=config))
        return any(f.rule == "flat-loss" and f.severity == Severity.warning for f in found)

    assert not warned(Config())
    assert warned(Config(vocabulary=9000))


def test_twelve_epochs_of_mere_noise_are_a_warning(run_maker):
    """Epochs whose losses come in any order: nothing moves."""
    found = run_maker.log("train/loss", level(1.2, 12, seed=1), axis="epoch").findings()[
        "flat-loss"
    ]

    assert Severity.warning == found.severity


def resting(count: int) -> np.ndarray:
    """(count,) epochs at ln 2 that wander by a thousandth of it, as parameters that move do."""
    return math.log(2) + 7e-4 * np.sin(np.arange(count) / 6)


@pytest.mark.parametrize(
    ("count", "severity"), [(20, Severity.info), (50, Severity.info), (100, Severity.warning)]
)
def test_a_rest_that_wanders_may_last_longer(run_maker, count, severity):
    """Keras runs rested at ln 2 for up to 50 epochs and learned: a warning comes after 90."""
    found = run_maker.log("train/loss", resting(count), axis="epoch").findings()["flat-loss"]

    assert severity == found.severity
    assert "Neighbouring samples are alike" in found.detail


def test_parts_of_epochs_are_no_epochs(run_maker):
    """Twelve logs within half an epoch may be twelve steps."""
    run_maker.log("train/loss", level(1.2, 12), np.arange(12) / 24, axis="epoch")

    assert "flat-loss" not in run_maker.findings()


def test_few_digits_do_not_tell_noise_from_a_curve(run_maker):
    """0.69 and 0.70 for twelve epochs may hide a drift."""
    run_maker.log("train/loss", np.resize([0.69, 0.7, 0.69], 12), axis="epoch")

    assert "flat-loss" not in run_maker.findings()


def test_a_first_log_at_step_500_is_no_resumed_run(run_maker):
    """A log each 500 steps begins at 500."""
    losses, steps = level(2.3, 3, noise=0.0005), [500, 1000, 1500]

    assert "flat-loss" not in run_maker.log("train/loss", losses, steps).findings()
    assert not is_resumed(run_maker.view().series["train/loss"])


def test_a_rest_while_the_rate_warms_up_is_a_remark(run_maker):
    """The rate is as high as never before: what it does is still to come."""
    run_maker.log("train/loss", level(10.83, 60, noise=0.0005)).log("lr", np.arange(1, 61) * 1e-7)

    found = run_maker.findings()["flat-loss"]

    assert Severity.info == found.severity
    assert "still warms up" in found.detail


def test_a_loss_repeated_to_the_last_digit_is_a_remark(run_maker):
    """54.75 six times in a row, of seven logs: so it was seen in half precision."""
    found = run_maker.log("train/loss", [55.84, *[54.75] * 6]).findings()["flat-loss"]

    assert (Severity.info, True) == (found.severity, found.active)
    assert "54.75 to the last digit in 6 logs in a row" in found.title


def test_two_digits_repeat_by_chance(run_maker):
    """0.69 six times in a row says nothing."""
    assert "flat-loss" not in run_maker.log("train/loss", [0.7, *[0.69] * 6]).findings()


def test_an_earlier_attempt_that_stood_still_is_told_as_over(run_maker):
    """The counter starts anew, and the loss is another one now."""
    losses, steps = [55.84, *[54.75] * 6, 11.16, 10.95], [*np.arange(10, 80, 10), 10, 20]

    found = run_maker.log("train/loss", losses, steps).findings()["flat-loss"]

    assert not found.active
    assert found.title.startswith("in an earlier attempt train/loss was 54.75")


def test_thresholds_are_a_persons_to_set(run_maker):
    """With 100 samples asked for, 60 are only a remark."""
    view = run_maker.log("train/loss", level(10.83, 60, noise=0.0005)).view()
    asked = Config(thresholds={"flat-loss": {"samples": 100}})

    found = next(f for f in diagnose(view, Question(config=asked)) if f.rule == "flat-loss")

    assert Severity.info == found.severity


def test_a_loss_that_goes_on_from_a_checkpoint(run_maker):
    """A loss that is flat after a checkpoint was loaded has been trained before."""
    noise = np.random.default_rng(0).normal(0, 0.03, 1000)
    steps = np.arange(5, 1005)

    alone = run_maker.log("train/loss", 3.0 + noise, steps).findings()["flat-loss"]
    loaded = run_maker.note("ckpt_load", at=1).findings()["flat-loss"]

    assert (Severity.warning, Severity.info) == (alone.severity, loaded.severity)
    assert "goes on from an earlier one" in loaded.detail


def test_a_noisy_loss_that_never_fell_is_a_warning(run_maker):
    """A scatter of 15 % cannot hide a fall of as much among 300 samples."""
    losses = 2.3 * np.exp(0.15 * np.random.default_rng(3).standard_normal(300))

    found = run_maker.log("train/loss", losses).findings()["flat-loss"]

    assert Severity.warning == found.severity
    assert "A fall of 15 % or more" in found.detail


def test_a_noisy_loss_that_fell_in_its_first_logs_is_not_flat(run_maker):
    """What it learned, it learned at the start."""
    losses = 0.5 * np.exp(0.15 * np.random.default_rng(3).standard_normal(300))
    losses[:3] *= 3

    assert "flat-loss" not in run_maker.log("train/loss", losses).findings()


def test_evaluations_that_fall_refute_a_noisy_flat_loss(run_maker):
    """A fine-tuning with scatter of 10 % whose evaluation loss falls each time: info, no alarm."""
    losses = level(0.9, 650, 0.1)
    run_maker.log("train/loss", losses, np.arange(650))
    run_maker.log("eval/loss", np.linspace(1.079, 1.067, 8), np.arange(0, 650, 85))

    found = run_maker.findings()["flat-loss"]

    assert (Severity.info, True) == (found.severity, "The evaluation loss falls" in found.detail)


def test_a_loss_that_is_0_is_not_judged_where_another_total_moves(run_maker, falling):
    """`loss_total=0.000` next to a `loss_total_vae` that falls: the second is on course."""
    run_maker.log("train/loss", np.zeros(len(falling)))
    found = run_maker.log("train/loss_total_vae", falling).findings()

    assert "flat-loss" not in found
    assert "train/loss_total_vae" == found["on-course"].metric


def test_a_loss_that_is_0_alone_is_a_warning(run_maker):
    """Nothing else is trained: 0 in all samples is a fault."""
    found = run_maker.log("train/loss", np.zeros(60)).findings()["flat-loss"]

    assert Severity.warning == found.severity
