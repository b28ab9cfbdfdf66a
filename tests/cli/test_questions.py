"""What the command line says beside the log: goals, limits, settings."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.cli import exits, main
from logwatch.cli.exits import UsageError
from logwatch.cli.questions import goals_of

LOG = "".join(
    f"{i // 4:3d}%|##   | {i}/400 [{i // 120:02d}:{i // 2 % 60:02d}<01:00, 2.00it/s, "
    f"loss={8 * 0.99**i:.4f}]\n"
    for i in range(200)
)


@pytest.fixture
def log(tmp_path):
    """Half of a run of 400 steps, half a second each."""
    path = tmp_path / "a.out"
    path.write_text(LOG)
    return path


def findings(capsys, *words: object) -> dict[str, dict]:
    """What `check --json` finds, by rule."""
    main(["check", "--json", *map(str, words)])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return {finding["rule"]: finding for finding in run["findings"]}


@given(
    st.dictionaries(
        st.text("abc/_=", min_size=1).filter(str.strip),
        st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_values_are_read_exactly(values):
    """Each METRIC=VALUE gives its metric and the number as it stands, names may hold `=`."""
    assert values == goals_of([f"{metric}={value!r}" for metric, value in values.items()])


@pytest.mark.parametrize(
    "word", ["", "=", "=1", "loss", "loss=", "loss=low", "loss=inf", "loss=nan"]
)
def test_other_forms_are_refused(word):
    """What is no metric and a finite number is refused with an example of what is."""
    with pytest.raises(UsageError, match=r"as in train/loss=0\.8"):
        goals_of([word])


def test_the_last_value_of_a_metric_counts():
    """A metric that is given twice has its last value."""
    assert math.isclose(0.5, goals_of(["loss=0.8", "loss=0.5"])["loss"])


class TestSettings:
    """`--set KEY=VALUE`: a line of a logwatch.toml."""

    def test_each_is_used(self, log, capsys):
        """Targets, thresholds of rules and rules that are off are as in the file."""
        words = ["--set", 'targets."train/loss"=0.5', "--set", 'off=["on-course"]']
        found = findings(capsys, log, *words)
        assert 0.5 == found["time-to-target"]["values"]["target"]
        assert "on-course" not in found

    def test_it_wins_over_the_file_beside_the_log(self, log, capsys):
        """What both say is as the command line has it; what only the file says stays."""
        (log.parent / "logwatch.toml").write_text(
            'off = ["on-course"]\n[targets]\n"train/loss" = 1\n'
        )
        found = findings(capsys, log, "--set", 'targets."train/loss"=0.5')
        assert 0.5 == found["time-to-target"]["values"]["target"]
        assert "on-course" not in found

    def test_fault_is_one_sentence(self, log, capsys):
        """A wrong key gets its line and the nearest valid one."""
        assert exits.USAGE == main(["check", str(log), "--set", "clases=10"])
        assert "--set, line 1: clases is no key; did you mean classes?" in capsys.readouterr().err


class TestTimeLimit:
    """`--time-limit TIME`."""

    def test_run_that_needs_longer_is_told(self, log, capsys):
        """200 s are needed, two minutes are given."""
        assert "out-of-time" in findings(capsys, log, "--time-limit", "2")
        assert "out-of-time" not in findings(capsys, log, "--time-limit", "0:10:00")

    def test_target_that_comes_later_is_unlikely(self, log, capsys):
        """A level that is reached shortly before the end is not, when the job is stopped before."""
        asked = [log, "--target", "train/loss=0.3"]
        free = findings(capsys, *asked)["time-to-target"]["values"]["probability"]
        found = findings(capsys, *asked, "--time-limit", "00:01:50")
        assert found["time-to-target"]["values"]["probability"] < free
        assert "is stopped by its time limit near step 220" in found["target-unlikely"]["title"]

    def test_other_words_are_refused(self, log, capsys):
        """A word that Slurm would not take is wrong usage."""
        assert exits.USAGE == main(["check", str(log), "--time-limit", "soon"])
        assert "--time-limit soon must be a time like 24h" in capsys.readouterr().err
