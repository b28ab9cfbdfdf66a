"""What `check` prints for people."""

import math
from dataclasses import replace

import pytest

from logwatch.diagnosis.finding import Evidence, Severity
from logwatch.parsing.record import Progress
from logwatch.report.run_reading import RunReport
from logwatch.report.text import Style, headline, run_text

BAR = Progress(step=2065.0, total=24941.0, steps_per_s=0.617)


def test_a_sick_run_in_words(make_reading, nan_finding):
    """Sign, file, status and step; the figures; the finding with detail, remedy and proof."""
    reading = make_reading(
        {"train/loss": [28.3, 32.6, math.nan]}, findings=(nan_finding,), status="failed"
    )

    assert [
        "✗ train.log: failing; failed, step 3",
        "    train/loss  28.3 → NaN, highest 32.6  (3 samples, steps 1-3, 1 not finite)",
        "  ✗ error    non-finite  lm_loss is NaN since step 748",
        "    KL rose 9.41 -> 11.17 over steps 0-500 before it.",
        "    Restart from before step 500 with a smaller kd weight.",
        "       203 | RuntimeError: lm_loss is nan at step 748",
    ] == run_text(reading, Style()).splitlines()


def test_a_healthy_run_in_words(make_reading):
    """A run without findings says so, with how far it is and when it ends."""
    reading = make_reading({"train/loss": [3.0, 2.5]}, status="running", progress=BAR)

    assert [
        "✓ train.log: ok; running, step 2065 of 24941, 8.3 % done, 1.62 s/it, 10 h 17 min left",
        "    train/loss  3.0 → 2.5  (2 samples, steps 1-2)",
        "    no problem found in what was read",
    ] == run_text(reading, Style()).splitlines()


def test_a_constant_is_called_one(make_reading):
    """A metric that never changes says so instead of showing the same number twice."""
    text = run_text(make_reading({"lr": [3e-05] * 4}), Style())

    assert "    lr  3e-05 throughout  (4 samples, steps 1-4)\n" in text


@pytest.mark.parametrize("status", ["finished", "failed", "stalled"])
def test_a_run_that_does_not_go_on_has_no_end_to_wait_for(make_reading, status):
    """Only a run that may go on says when it will be done."""
    assert "left" not in headline(make_reading({"x": [1.0]}, status=status, progress=BAR))


def test_a_stalled_run_says_since_when(make_reading):
    """A silent log tells how long it has been silent."""
    reading = make_reading({"x": [1.0]}, status="stalled", silent_s=7260.0)

    assert "stalled, no output for 2 h 1 min, step 1" == headline(reading)


def test_epochs_are_counted(make_reading):
    """A bar of one epoch is a part of the run, whose end is told."""
    progress = replace(BAR, epoch=2.0, epochs=3.0)

    found = headline(make_reading({"x": [1.0]}, status="running", progress=progress))

    assert (
        "running, epoch 2 of 3, step 2065 of 24941 of the epoch, 36 % done, 1.62 s/it, "
        "21 h 31 min left"
    ) == found


def test_a_total_of_all_epochs_ends_the_run(make_reading):
    """Where the steps of all epochs are counted, the time left is that of the run."""
    progress = replace(BAR, epoch=1.0, epochs=10.0)

    found = headline(make_reading({"x": [1.0]}, status="running", progress=progress))

    assert found.endswith("8.3 % done, 1.62 s/it, 10 h 17 min left")


def test_seven_bits_and_no_colour(make_reading, nan_finding):
    """With `--ascii` no sign is outside of ASCII."""
    reading = make_reading({"train/loss": [3.0, 2.0]}, findings=(nan_finding,))

    text = run_text(reading, Style(ascii=True))

    assert text.isascii()
    assert text.startswith("X train.log")


def test_colours_change_nothing_but_colour(make_reading, nan_finding):
    """Severity is never told by colour alone."""
    reading = make_reading({"train/loss": [3.0, 2.0]}, findings=(nan_finding,))

    coloured = run_text(reading, Style(colour=True))

    for code in ("31", "1", "2", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert run_text(reading, Style()) == coloured


def test_lines_fit_the_terminal(make_reading, nan_finding):
    """Long sentences are folded and a long line of the log is cut."""
    proof = Evidence(7, 0, "loss " * 100)
    finding = replace(nan_finding, detail="word " * 60, evidence=(proof,))

    lines = run_text(make_reading({"x": [1.0]}, findings=(finding,)), Style(width=72)).splitlines()

    assert max(map(len, lines)) <= 72
    assert 60 == sum(line.split().count("word") for line in lines)


def test_much_is_counted_instead_of_shown(make_reading, nan_finding):
    """Of many metrics and many lines the first few are shown, and how many there are."""
    finding = replace(nan_finding, evidence=nan_finding.evidence * 5)
    series = {f"train/part_{number}": [1.0] for number in range(9)}

    text = run_text(make_reading(series, findings=(finding,)), Style())

    assert "and 3 more metrics" in text
    assert "and 2 more lines" in text


def test_losses_come_before_the_rest(make_reading):
    """Of many metrics those are shown that people open a log for."""
    names = ["a", "b", "c", "d", "e", "lr", "eval/kd_loss", "eval/loss", "train/loss"]

    text = run_text(make_reading({name: [1.0] for name in names}), Style())

    shown = [line.split()[0] for line in text.splitlines()[1:7]]
    assert ["train/loss", "eval/loss", "lr", "eval/kd_loss", "a", "b"] == shown


def test_a_job_that_died_before_its_first_step_is_not_well(make_run, nan_finding):
    """The sign is that of the finding, also where no metric was found."""
    reading = RunReport("dead.log")
    run = replace(make_run({}), bytes=9)
    reading = replace(reading, update=replace(reading.update, run=run, findings=(nan_finding,)))

    assert run_text(reading, Style()).startswith("✗ dead.log")


def test_a_tab_of_the_log_does_not_break_columns(make_reading, nan_finding):
    """A sentence that quotes a tab has a blank there."""
    finding = replace(nan_finding, title="job\tended")

    assert "job ended" in run_text(make_reading({"x": [1.0]}, findings=(finding,)), Style())


def test_good_news_has_its_sign(make_reading, nan_finding):
    """The sign of a run is that of its verdict."""
    good = replace(nan_finding, severity=Severity.ok)

    assert run_text(make_reading({"train/loss": [1.0]}, findings=(good,)), Style()).startswith("✓")


def test_an_illness_that_is_over_says_so(make_reading, nan_finding):
    """A resolved finding is not mistaken for an active one."""
    over = replace(nan_finding, active=False)

    assert "non-finite  (over) lm_loss" in run_text(
        make_reading({"x": [1.0]}, findings=(over,)), Style()
    )


def test_a_log_without_metrics_says_so(make_run):
    """Text in which no metric is found is not judged."""
    reading = RunReport("notes.txt")
    reading = replace(reading, update=replace(reading.update, run=replace(make_run({}), bytes=9)))

    assert [
        "? notes.txt: unknown; end unknown, no metric found in 1 line",
        "    not judged: no training loss is read",
    ] == run_text(reading, Style()).splitlines()


def test_an_empty_log_says_so():
    """An empty log may just have begun, so it is no error."""
    assert "i new.log is empty\n" == run_text(RunReport("new.log"), Style())


def test_a_log_that_cannot_be_read_says_why():
    """The reason stands where the run would."""
    reading = RunReport("gone.log", error="gone.log does not exist")

    assert "✗ gone.log does not exist\n" == run_text(reading, Style())
