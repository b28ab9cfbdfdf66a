"""`logwatch.toml`: found beside the log, its faults told in one sentence."""

import pytest

from logwatch.diagnosis.config import Config
from logwatch.diagnosis.rule import Question
from logwatch.sources.config_files import (
    find_config,
    inform,
    inform_beside,
    read_config,
    read_settings,
)
from logwatch.sources.source import SourceError


def test_context_beside_the_log_is_found(tmp_path):
    """The file in the log's own folder, and no other."""
    (tmp_path / "logwatch.toml").write_text("classes = 10\n[thresholds]\nplateau = {fall = 0.01}")

    expected = Config(classes=10.0, thresholds={"plateau": {"fall": 0.01}})
    assert expected == find_config(tmp_path / "a.out")
    assert Config() == find_config(tmp_path / "deeper" / "a.out")
    assert Config() == find_config(None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"clases = 10", "line 1: clases is no key; did you mean classes?"),
        (b"\xff", "is no text in UTF-8"),
    ],
)
def test_fault_names_the_file(tmp_path, content, words):
    """One sentence with the file."""
    path = tmp_path / "logwatch.toml"
    path.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        find_config(tmp_path / "a.out")

    assert words in str(refusal.value)
    assert str(refusal.value).startswith(str(path))


def test_file_that_is_not_there(tmp_path):
    """The system's reason."""
    with pytest.raises(SourceError, match="cannot be read: no such file"):
        read_config(tmp_path / "none.toml")


def test_command_line_comes_first(tmp_path):
    """A goal that was asked for stands; a config that was given is not replaced."""
    question = Question(targets={"train/loss": 0.5})
    found = inform(question, Config(targets={"train/loss": 0.8, "eval/loss": 0.9}))
    assert {"train/loss": 0.5, "eval/loss": 0.9} == found.targets

    (tmp_path / "logwatch.toml").write_text("classes = 10")
    given = inform(Question(), Config(classes=5, given=True))
    assert given is inform_beside(given, tmp_path / "a.out")
    said = inform(Question(), Config(classes=5, off=frozenset({"plateau"})))
    assert said.config == inform_beside(said, tmp_path / "a.out").config
    assert 10.0 == inform_beside(Question(), tmp_path / "a.out").config.classes


def test_settings_are_lines_of_a_context():
    """`KEY=VALUE` is read as in the file; a fault names the place it came from."""
    words = ["classes=10", "thresholds.plateau.fall=0.01", 'off=["on-course"]']
    expected = Config(
        classes=10.0, thresholds={"plateau": {"fall": 0.01}}, off=frozenset({"on-course"})
    )
    assert expected == read_settings(words, "--set")
    with pytest.raises(SourceError, match="--set, line 2: fal is no threshold of plateau"):
        read_settings(["classes=10", "thresholds.plateau.fal=0.01"], "--set")


def test_limit_of_the_job_is_found_where_nobody_names_one(tmp_path):
    """What a batch script in the log says counts, unless the config says otherwise."""
    log = tmp_path / "a.out"
    log.write_text("#SBATCH --time=24:00:00\nstep 1 | loss 2\n")

    assert inform_beside(Question(), log).config.walltime_s == 86400
    said = Question(config=Config(walltime_s=60))
    assert inform_beside(said, log).config.walltime_s == 60
