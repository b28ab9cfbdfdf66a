"""How a run stands: what its last words, its plan and its silence say."""

import pytest

from logwatch.diagnosis.analysis.states import FORGOTTEN_S, STALL_FLOOR_S, judge_state
from logwatch.session import Session

SILENT_S = STALL_FLOOR_S + 1


def losses(form, count=12, start=1):
    """Lines of a falling training loss; `form` has `{n}` for the counter and `{loss}`."""
    return "".join(
        form.format(n=n, loss=f"{2.5 / n + 0.3:.4f}") + "\n" for n in range(start, start + count)
    )


STEPS = losses("step {n}: loss {loss} lr 1.0e-4")
EPOCHS = losses("Epoch {n}: train_loss={loss} val_loss={loss}")


@pytest.fixture
def judge(library):
    """The state of a log that has been silent for so long."""

    def judge(text, silent_s=SILENT_S):
        session = Session(library)
        session.feed(text.encode())
        session.finish()
        return judge_state(session.view(), silent_s)

    return judge


@pytest.mark.parametrize(
    "words",
    [
        "Finished Training",
        "Training complete in 12m 45s",
        "Loss for final step: 0.41213.",
        "Early stopping triggered after 12 epochs",
        "EarlyStopping counter: 10 out of 10",
        "End of epoch 12 / 12 \t Time Taken: 311 sec",
        "[INFO] [launch.py:347:main] Process 41231 exits successfully.",
        "Maximum number of updates (300) reached.",
        "# Ended (code 0) at Mon Jan 1 10:31:01 UTC 2024, elapsed time 3121 seconds",
        "learning rate too small - quitting training!",
    ],
)
def test_words_of_an_end(judge, words):
    """A program that logs its end has finished, even while the log is fresh."""
    assert "finished" == judge(f"{STEPS}{words}\n", silent_s=1.0).name


@pytest.mark.parametrize(
    "report",
    [
        "weighted avg       0.87      0.86      0.86     34530",
        "Total training time: 7.74m",
        "Test loss: 0.4123, Test accuracy: 0.8711",
        "Loading best model for test",
        "Predictions saved to out/preds.csv",
    ],
)
def test_a_report_after_training(judge, report):
    """A report that stands only after training tells its end, once the log is silent."""
    assert "finished" == judge(f"{EPOCHS}{report}\n").name
    assert "running" == judge(f"{EPOCHS}{report}\n", silent_s=1.0).name


@pytest.mark.parametrize(
    "words",
    ["Training finished in 12.3 s", "Total time: 12.3 s", "Best epoch: 3", "Test loss: 0.412"],
)
def test_words_of_each_epoch(judge, words):
    """Words that stand between the samples of one training do not end it."""
    each = "".join(f"{line}\n{words}\n" for line in EPOCHS.splitlines())

    assert "stalled" == judge(each).name


@pytest.mark.parametrize(
    ("form", "count", "expected"),
    [
        pytest.param("Epoch {n}/12 train_loss={loss}", 12, "finished", id="epochs from 1"),
        pytest.param("Epoch {n}/12 train_loss={loss}", 11, "stalled", id="one epoch short"),
        pytest.param("step {n}/12 | loss {loss}", 12, "finished", id="steps"),
        pytest.param("step {n}/20 | loss {loss}", 12, "stalled", id="steps short"),
        pytest.param("Epoch {n}/1 train_loss={loss}", 1, "stalled", id="a plan of one epoch"),
    ],
)
def test_a_plan_that_the_lines_name(judge, form, count, expected):
    """A run that has come to its planned end has finished; before it, a silent run has stalled."""
    assert expected == judge(losses(form, count)).name


def test_a_plan_that_counts_from_0(judge):
    """Epoch 11 of 12 is the last one where the first is epoch 0."""
    form = "Epoch {n}/12 train_loss={loss}"

    assert "finished" == judge("Epoch 0/12 train_loss=3.1\n" + losses(form, 11)).name


def test_a_plan_among_the_settings(judge):
    """A setting before the training tells the planned end; one inside it does not."""
    assert "finished" == judge("max_steps = 12\n" + STEPS).name
    assert "stalled" == judge("max_steps = 120\n" + STEPS).name
    assert "stalled" == judge(STEPS + "max_steps = 12\n").name


def test_the_last_epoch_must_be_whole(judge):
    """An epoch whose evaluation is missing was cut off."""
    each = "".join(
        f"Epoch {n}/8 train_loss={2.5 / n:.4f}\nEpoch {n}/8 val_loss={2.6 / n:.4f}\n"
        for n in range(1, 9)
    )

    assert "finished" == judge(each).name
    assert "stalled" == judge(each[: each.rindex("Epoch")]).name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("slurmstepd: error: *** JOB 8 ON n1 CANCELLED AT 2026-11-20T09:12:33 ***", "cancelled"),
        ("TERM_OWNER: job killed by owner.\nExited with exit code 130.", "cancelled"),
        ("Training interrupted by user, saving model...", "cancelled"),
        ("Instance i-0123 was preempted", "preempted"),
        ("=>> PBS: job killed: walltime 86437 exceeded limit 86400", "failed"),
        ("# Ended (code 1) at Mon Jan 1 10:31:01 UTC 2024, elapsed time 31 seconds", "failed"),
        ("Traceback (most recent call last):\n  File 'a'\nValueError: no", "failed"),
    ],
)
def test_who_ended_it(judge, words, expected):
    """A stop by somebody else is not a failure; a limit and an error are."""
    assert expected == judge(f"{STEPS}{words}\n").name


def test_a_report_by_a_run_short_of_its_plan(judge):
    """A total of time does not end a run that is far from its plan."""
    plan = "max_iter: 36000\n"

    assert "finished" == judge(f"{STEPS}Total training time: 0:35:55\n").name
    assert "stalled" == judge(f"{plan}{STEPS}Total training time: 0:35:55\n").name


def test_a_second_training_in_one_log(judge):
    """The end of a first training does not end the second one, which ends with the same words."""
    twice = f"{EPOCHS}Early stopping at epoch 12\n" * 2

    assert "finished" == judge(twice).name
    assert "stalled" == judge(twice + EPOCHS).name


def test_silence(judge):
    """Without an end in the log, a run that is silent has stalled, and after a week is unknown."""
    assert "running" == judge(STEPS, STALL_FLOOR_S).name
    assert "stalled" == judge(STEPS).name
    assert "unknown" == judge(STEPS, FORGOTTEN_S + 1).name
    assert "unknown" == judge(STEPS, None).name
    assert "unknown" == judge("").name


def test_what_it_rests_on(judge):
    """The state names its reason: the line of an event, or the plan."""
    state = judge(f"{STEPS}Finished Training\n")

    assert ("Finished Training", 13) == (state.rests_on, state.line)
    assert "step 12 of 12" == judge(losses("step {n}/12 | loss {loss}")).rests_on
