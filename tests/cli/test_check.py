"""`logwatch check`: the exit codes and the streams that scripts rely on."""

import json
import math
from pathlib import Path

import pytest

from logwatch.cli import exits, main

HEALTHY = "".join(f"step {step}: loss {2 + 3 / step:.4f}\n" for step in range(1, 200))
SICK = HEALTHY + "".join(f"step {step}: loss nan\n" for step in range(200, 220))


@pytest.fixture
def healthy(tmp_path: Path) -> str:
    """A log in which nothing is wrong."""
    path = tmp_path / "healthy.log"
    path.write_text(HEALTHY)
    return str(path)


@pytest.fixture
def sick(tmp_path: Path) -> str:
    """A log with an error."""
    path = tmp_path / "sick.log"
    path.write_text(SICK)
    return str(path)


def test_a_healthy_log_exits_0(healthy, capsys):
    """Nothing is wrong: exit code 0 and nothing on stderr."""
    assert exits.OK == main(["check", healthy])
    assert "" == capsys.readouterr().err


def test_a_sick_log_exits_1(sick, capsys):
    """An error is found: exit code 1, and the finding stands on stdout."""
    assert exits.FOUND == main(["check", sick])
    assert "non-finite" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [("never", exits.OK), ("error", exits.FOUND), ("warning", exits.FOUND)],
)
def test_the_user_says_what_is_a_failure(fail_on, code, sick):
    """`--fail-on` sets from which severity on the exit code is 1."""
    assert code == main(["check", sick, "--fail-on", fail_on])


def test_json_is_one_object_and_nothing_else(sick, capsys):
    """stdout holds one object that any JSON reader takes, NaN included."""
    main(["check", sick, "--json"])

    (run,) = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["runs"]
    assert sick == run["path"]
    assert "NaN" == run["metrics"]["train/loss"]["last"]
    assert ["error"] == [f["severity"] for f in run["findings"] if f["rule"] == "non-finite"]


def test_each_target_is_a_run(healthy, sick, capsys):
    """Several targets give several runs in their order, and the worst sets the exit code."""
    assert exits.FOUND == main(["check", healthy, sick, "--json"])

    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [healthy, sick] == [run["path"] for run in runs]


def test_a_target_that_cannot_be_read_does_not_stop_the_others(healthy, tmp_path, capsys):
    """The others are checked; the missing one is a run with an error, one sentence, exit 3."""
    gone = str(tmp_path / "gone.log")

    assert exits.UNREADABLE == main(["check", gone, healthy, "--json"])

    shown = capsys.readouterr()
    lost, found = json.loads(shown.out)["runs"]
    assert "does not exist" in lost["error"]
    assert 199 == found["metrics"]["train/loss"]["count"]
    assert f"logwatch: {lost['error']}\n" == shown.err


def test_unreadable_outweighs_sick(sick, tmp_path):
    """Exit code 3 says that the answer is not whole, also where something was found."""
    assert exits.UNREADABLE == main(["check", sick, str(tmp_path / "gone.log")])


def test_the_same_file_is_read_once(healthy, capsys):
    """A file that a name and a glob mean is one run."""
    main(["check", healthy, f"{Path(healthy).parent}/*.log", "--json"])

    assert 1 == len(json.loads(capsys.readouterr().out)["runs"])


def test_a_pipe_is_a_target(tmp_path, capsys, monkeypatch):
    """`-` reads standard input to its end; evidence is quoted although it cannot be read again."""
    import os

    reader, writer = os.pipe()
    kept = os.dup(0)
    try:
        os.dup2(reader, 0)
        os.close(reader)
        os.write(writer, SICK.encode())
        os.close(writer)
        assert exits.FOUND == main(["check", "-", "--json"])
    finally:
        os.dup2(kept, 0)
        os.close(kept)

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (finding,) = [finding for finding in run["findings"] if finding["rule"] == "non-finite"]
    assert "step 200: loss nan" == finding["evidence"][0]["text"]


def test_a_value_to_reach_is_asked_for(healthy, capsys):
    """`--target` gives a finding that names the step."""
    main(["check", healthy, "--target", "train/loss=2.01", "--json"])

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert "time-to-target" in [finding["rule"] for finding in run["findings"]]


def test_a_metric_that_is_not_there_is_answered_with_the_nearest(healthy, capsys):
    """A wrong metric name is one sentence on stderr; the check goes on."""
    assert exits.OK == main(["check", healthy, "--target", "trian/loss=2"])

    complaint = capsys.readouterr().err
    assert f"logwatch: {healthy} has no metric trian/loss; did you mean train/loss?\n" == complaint


def test_a_baseline_that_cannot_be_read_stops_the_check(healthy, tmp_path, capsys):
    """Without the run to compare with there is no answer."""
    gone = str(tmp_path / "gone.log")

    assert exits.UNREADABLE == main(["check", healthy, "--baseline", gone])

    shown = capsys.readouterr()
    assert ("", 1) == (shown.out, shown.err.count("\n"))


def test_a_baseline_is_one_log(healthy, sick, capsys):
    """A pattern that means two logs is refused."""
    pattern = f"{Path(healthy).parent}/*.log"

    assert exits.USAGE == main(["check", healthy, "--baseline", pattern])
    assert "means 2 logs: name one" in capsys.readouterr().err


def test_a_worse_run_is_told_from_its_baseline(healthy, tmp_path, capsys):
    """`--baseline` compares at equal step."""
    worse = tmp_path / "worse.log"
    worse.write_text("".join(f"step {n}: loss {2.4 + 3 / n:.4f}\n" for n in range(1, 200)))

    main(["check", str(worse), "--baseline", healthy, "--json"])

    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert "worse-than-baseline" in [finding["rule"] for finding in run["findings"]]


def test_numbers_are_exact(tmp_path, capsys):
    """What JSON holds is what float() makes of the text in the log."""
    log = tmp_path / "train.log"
    texts = ["0.1", "1e-320", "3.14159265358979323846", "123456789.123456789", "2.5e+300"]
    log.write_text("".join(f"step {n}: loss {text}\n" for n, text in enumerate(texts)))

    main(["check", str(log), "--json"])

    figures = json.loads(capsys.readouterr().out)["runs"][0]["metrics"]["train/loss"]
    assert (5, 0.1, 2.5e300, 1e-320) == (
        figures["count"],
        figures["first"],
        figures["last"],
        figures["min"],
    )
    assert math.isfinite(figures["max"])
