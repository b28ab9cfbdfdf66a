"""What a person says of a run: read exactly, refused with file, line and the nearest key."""

import math

import pytest

from logwatch.diagnosis.config import (
    Config,
    ConfigError,
    declare,
    parse_config,
    read_duration,
)
from logwatch.diagnosis.engine import diagnose
from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView

LIMITS = {"loss-spike": {"rise": 0.1}, "plateau": {"fall": 0.005}, "lr-zero": {}}

WHOLE = """
baseline = "old.out"
vocabulary = 50257
max_steps = 1000
temperature = 2
walltime = "1-02:30:00"
off = ["plateau"]
[targets]
"train/loss" = 0.8
[weights]
kd = 0.7
feature = [[500, 0.1], [0, 0.0]]
[thresholds]
loss-spike = { rise = 0.3 }
"""


def test_every_key_is_read():
    """Numbers, schedules in order, a time limit as Slurm writes it."""
    expected = Config(
        targets={"train/loss": 0.8},
        baseline="old.out",
        vocabulary=50257.0,
        max_steps=1000.0,
        walltime_s=95_400.0,
        weights={"kd": ((0.0, 0.7),), "feature": ((0.0, 0.0), (500.0, 0.1))},
        thresholds={"loss-spike": {"rise": 0.3}},
        off=frozenset({"plateau"}),
        temperature=2.0,
    )

    assert expected == parse_config(WHOLE, "logwatch.toml", LIMITS)
    assert Config() == parse_config("", "logwatch.toml", LIMITS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\nvocabluary = 5",
         "logwatch.toml, line 2: vocabluary is no key; did you mean vocabulary?"),
        ("off = ['platau']", "logwatch.toml, line 1: platau is no rule; did you mean plateau?"),
        ("[thresholds.plateau]\nfal = 1",
         "logwatch.toml, line 2: fal is no threshold of plateau; did you mean fall?"),
        ("[thresholds]\nlr-zero = {x = 1}", "logwatch.toml, line 2: x is no threshold of lr-zero"),
        ("classes = 'ten'", "logwatch.toml, line 1: classes must be a number, not 'ten'"),
        ("classes = 0", "logwatch.toml, line 1: classes must be above zero, not 0"),
        ("walltime = 'soon'", "logwatch.toml, line 1: walltime must be seconds, or as in "
         "'24:00:00' or '2-12:00:00'"),
        ("compare = 'steps'",
         "logwatch.toml, line 1: compare must be step, epoch or time, not 'steps'"),
        ("targets = 1", "logwatch.toml, line 1: targets must be a table, as in [targets]"),
        ("[weights]\nkd = [[1]]", "logwatch.toml, line 2: kd must be a weight, or rows as in "
         "[[0, 0.0], [5000, 0.1]]"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence(text, sentence):
    """With the file, the line, and the nearest that is known."""
    with pytest.raises(ConfigError) as refusal:
        parse_config(text, "logwatch.toml", LIMITS)

    assert sentence == str(refusal.value)


def test_text_that_is_no_toml_is_refused():
    """The reader's own words tell the line."""
    with pytest.raises(ConfigError, match=r"logwatch.toml: .*line 1"):
        parse_config("a b", "logwatch.toml", LIMITS)


def test_declared_weights_become_series(run_maker):
    """A schedule's rows stand at the first samples of their steps; a logged weight stays."""
    run = run_maker.log("train/loss", [5.0] * 10).log("weight/kd", [0.5] * 10).view()
    config = Config(weights={"kd": ((0, 0.7),), "feature": ((0, 0.0), (6, 0.1), (99, 1.0))})
    found = declare(run, config).series

    assert [0.5] * 10 == found["weight/kd"].value.tolist()
    assert ([0.0, 0.1], [0.0, 6.0]) == (
        found["weight/feature"].value.tolist(),
        found["weight/feature"].step.tolist(),
    )


def test_declared_length_is_the_total_that_the_log_lacks(run_maker):
    """`max_steps` is the end of the run."""
    run = run_maker.log("train/loss", [5.0] * 10).view()

    assert 1000 == declare(run, Config(max_steps=1000)).progress.total
    assert run is declare(run, Config())
    assert RunView() == declare(RunView(), Config(weights={"kd": ((0, 1.0),)}))


def test_rules_that_are_off_say_nothing(run_maker, falling):
    """`off` takes findings away, thresholds change what counts."""
    falling[100] *= 1.5
    run = run_maker.log("train/loss", falling).view()

    def said(**known) -> set[str]:
        return {f.rule for f in diagnose(run, Question(config=Config(**known)))}

    assert "loss-spike" in said()
    assert "loss-spike" not in said(off=frozenset({"loss-spike"}))
    assert "loss-spike" not in said(thresholds={"loss-spike": {"rise": 0.9}})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("24:00:00", 86400), ("2-12:00:00", 216000), ("2-12", 216000), ("1-02:30", 95400),
     ("90", 5400), ("1:30", 90), ("0:10:00", 600)],
)  # fmt: skip
def test_time_limit_is_read_as_slurm_reads_it(text, seconds):
    """Each of the six forms of sbatch's --time."""
    assert seconds == read_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("24h", 86400), ("1d12h", 129600), ("90m", 5400), ("90min", 5400), ("1.5h", 5400),
     ("2h 30m", 9000), ("45s", 45)],
)  # fmt: skip
def test_a_time_limit_has_units(text, seconds):
    """What people type where no scheduler gave them a form."""
    assert seconds == read_duration(text)


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "-1", "1-", "UNLIMITED", "1.5"])
def test_what_is_no_time_limit_is_none(text):
    """Anything else is NaN."""
    assert math.isnan(read_duration(text))


def test_said_comes_before_the_file():
    """What both say is as said; what only one says stays; tables are joined."""
    file = Config({"train/loss": 1.0}, "a.out", 10.0, thresholds={"plateau": {"fall": 0.1}})
    said = Config({"train/loss": 0.5}, vocabulary=9.0, thresholds={"plateau": {"rise": 0.2}})
    expected = Config(
        {"train/loss": 0.5}, "a.out", 10.0, 9.0,
        thresholds={"plateau": {"fall": 0.1, "rise": 0.2}},
    )  # fmt: skip

    assert expected == file.under(said)
    assert file == file.under(Config()) == Config().under(file)
