"""One name for one quantity, whatever word a program has for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.matching.names import (
    MAX_NAME,
    UNPHASED,
    Meaning,
    end_of_prose,
    is_measurement,
    name_metric,
    spoken_phase,
)


def named(key: str) -> tuple[str, str]:
    """The metric and the counter that a word means."""
    meaning = name_metric(key)
    return meaning.metric, meaning.axis


class TestNameMetric:
    @pytest.mark.parametrize(
        ("key", "metric"),
        [
            ("loss", "train/loss"), ("Loss", "train/loss"), ("LOSS", "train/loss"),
            ("total_loss", "train/loss"), ("train_loss", "train/loss"),
            ("training loss", "train/loss"), ("trian_loss", "train/loss"),
            ("val_loss", "eval/loss"), ("Val Loss", "eval/loss"), ("valid_loss", "eval/loss"),
            ("validation loss", "eval/loss"), ("eval_loss", "eval/loss"),
            ("eval/loss", "eval/loss"), ("val/loss", "eval/loss"), ("loss/val", "eval/loss"),
            ("test_loss", "test/loss"), ("kd_loss", "train/kd_loss"),
            ("eval_kd_loss", "eval/kd_loss"), ("acc", "train/accuracy"),
            ("val_acc", "eval/accuracy"), ("ppl", "train/perplexity"), ("kl", "train/kl"),
            ("lr", "lr"), ("learning_rate", "lr"), ("Learning Rate", "lr"),
            ("grad_norm", "train/grad_norm"), ("gnorm", "train/grad_norm"),
            ("kd_weight", "weight/kd"), ("weights/kd", "weight/kd"), ("weight/kd", "weight/kd"),
            ("tok/sec", "tokens_per_s"), ("it/s", "steps_per_s"), ("mfu", "mfu"),
            ("loss_scale", "loss_scale"), ("val", "eval/loss"), ("train", "train/loss"),
            ("'loss'", "train/loss"), ("loss:", "train/loss"), ("top5", "train/top5"),
            ("rewards/chosen", "train/rewards/chosen"), ("evaluate", "train/evaluate"),
            ("validity", "train/validity"), ("training_time", "train/time"),
            ("cost", "train/loss"), ("va_loss", "eval/loss"), ("te_acc", "test/accuracy"),
            ("samples_per_s_per_gpu", "samples_per_s_per_gpu"),
        ],
    )  # fmt: skip
    def test_words(self, key: str, metric: str) -> None:
        """Words of many programs fold into canonical names; what has none keeps its own."""
        assert (metric, "") == named(key)

    @pytest.mark.parametrize(
        ("key", "axis"),
        [("step", "step"), ("Step", "step"), ("iter", "step"), ("global_step", "step"),
         ("num_updates", "step"), ("epoch", "epoch"), ("Epoch", "epoch"), ("batch", "batch")],
    )  # fmt: skip
    def test_counters(self, key: str, axis: str) -> None:
        """Counters are no metrics."""
        assert ("", axis) == named(key)

    def test_endless_keys(self) -> None:
        """A key as long as a text is no name."""
        assert ("train/" + "x" * MAX_NAME, "") == named("x" * MAX_NAME)
        assert ("", "") == named("x" * (MAX_NAME + 1))

    def test_the_key_tells_its_phase(self) -> None:
        """It is known whether a phase is the key's own or that of its line."""
        assert [True, True, False] == [
            name_metric(key).phased for key in ("val_loss", "train loss", "loss")
        ]

    def test_phase_of_the_line(self) -> None:
        """A key without a phase has that of its line; its own wins."""
        assert "eval/loss" == name_metric("loss", "eval").metric
        assert "train/loss" == name_metric("train_loss", "eval").metric
        assert "lr" == name_metric("lr", "eval").metric

    def test_translations(self) -> None:
        """A dialect's own translation is taken as it is; `-` drops the key."""
        assert "optim/x" == name_metric("anything", "train", "optim/x").metric
        assert "eval/loss" == name_metric("anything", "eval", "loss").metric
        assert "lr" == name_metric("anything", "eval", "lr").metric
        assert Meaning() == name_metric("loss", "train", "-")

    @given(key=st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=30))
    def test_any_key(self, key: str) -> None:
        """No key is too strange: it is a metric with a phase, a counter, or nothing."""
        meaning = name_metric(key)

        assert not (meaning.axis and meaning.metric)
        assert (
            meaning.metric == "" or meaning.metric.count("/") or meaning.metric in UNPHASED.values()
        )
        assert not any(sign.isspace() for sign in meaning.metric)


class TestIsMeasurement:
    @pytest.mark.parametrize(
        "key",
        ["loss", "train_loss", "Loss", "kd_loss", "loss/kl", "val-loss", "ppl", "nll", "acc",
         "top1_acc", "loss_1", "rewards_reward", "mAP", "f1", "cost", "episodic_return",
         "Average Score"],
    )  # fmt: skip
    def test_losses_and_scores(self, key: str) -> None:
        """Words that tell how a training goes."""
        assert is_measurement(key)

    @pytest.mark.parametrize(
        "key",
        ["colossal", "lossless", "glossary", "accelerate", "account", "success", "mape_x",
         "loss_scale", "loss_weight", "loss_fn", "label_smoothing_loss_type", "best_loss",
         "loss_coef", "step", "lr", "time cost", "returns", "score",
         "precision", "embossed", "f10", "map_size", "blossom"],
    )  # fmt: skip
    def test_other_words(self, key: str) -> None:
        """Words that only hold such a word, and settings and records of one, are none."""
        assert not is_measurement(key)


class TestSpokenPhase:
    @pytest.mark.parametrize(
        ("key", "phase"),
        [("Train Loss", "train"), ("Val. Acc", "eval"), ("avg test loss", "test"), ("loss", ""),
         ("val_loss", ""), ("val", ""), ("Pixel Acc", ""), ("loss train", "")],
    )  # fmt: skip
    def test_word_of_its_own(self, key: str, phase: str) -> None:
        """A phase is spoken by a word of its own before the quantity, and by no part of a name."""
        assert phase == spoken_phase(key)


class TestEndOfProse:
    @pytest.mark.parametrize(
        ("key", "rest"),
        [("accuracy at epoch", "epoch"), ("the loss", "loss"), ("loss", "loss"),
         ("theloss", "theloss"), ("rate of the loss", "loss"), ("AND loss", "loss")],
    )  # fmt: skip
    def test_name_behind_the_sentence(self, key: str, rest: str) -> None:
        """A quantity is named by what follows the last word of a sentence."""
        assert rest == key[end_of_prose(key) :]
