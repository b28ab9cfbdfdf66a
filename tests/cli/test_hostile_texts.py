"""No text of a file reaches the terminal as anything but text, whichever command prints it."""

import json
import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from logwatch.cli import exits, main
from logwatch.diagnosis.rule import Question
from logwatch.parsing.escapes import escape_controls
from logwatch.sources.dialects.load import load_library
from logwatch.sources.targets import expand_targets
from logwatch.tui.live.bridge import Bridge
from logwatch.tui.live.snapshot import Snapshot

PATIENCE_S = 60.0

HOSTILE = "\x1b]0;PWNED\x07\x1b[31mRED\x1b[2J\u202e\x9b1m\x00\x08"
TOML = json.dumps(HOSTILE)  # a basic string of TOML has the same escapes
DIALECT = f"""
[[dialect]]
name = "evil"
title = {TOML}
source = [{TOML}]

[[dialect.pattern]]
name = "line"
kind = "regex"
match = '^step (?P<step>\\d+) qloss (?P<qloss>\\S+)'

[dialect.metrics]
qloss = "train/loss"

[[dialect.event]]
name = "odd"
kind = "note"
match = "^odd (?P<what>.*)$"
title = {TOML}

[[dialect.example]]
text = {json.dumps("step 1 qloss 2.5 " + HOSTILE)}
pattern = "line"
expect = {{ step = 1, "train/loss" = 2.5 }}

[[dialect.example]]
text = "odd thing"
event = "note"
"""
LOG = "".join(
    f"step {step} qloss nan {HOSTILE} loss_{HOSTILE}=nan grad{HOSTILE}norm: 1\n"
    f'{{"step": {step}, "{HOSTILE}": 1.5, "loss": 2.5}}\n'.replace("\x00", "\x01")
    for step in range(30)
)


def steers(text: str) -> list[str]:
    """What in a text would steer a terminal."""
    return [sign for sign in text if not sign.isprintable() and sign not in "\n "]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that others wrote: its log, its dialects, the names of its files."""
    (tmp_path / "logwatch.toml").write_text(DIALECT)
    (tmp_path / "train.log").write_text(LOG)
    (tmp_path / "bad\x1b[31m.log").write_text(LOG)
    (tmp_path / "broken.toml").write_text(f"name = {TOML}\n[[pattern]]\nname = {TOML}\n")
    (tmp_path / "dialect.toml").write_text(f"{TOML} = 1\n[{TOML}]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "list": lambda _: ["parsers", "list"],
    "show": lambda _: ["parsers", "show", "evil"],
    "show nothing": lambda _: ["parsers", "show", HOSTILE],
    "check a folder's dialects": lambda _: ["parsers", "check", "logwatch.toml"],
    "check a dialect": lambda _: ["parsers", "check", "broken.toml"],
    "check a table": lambda _: ["parsers", "check", "dialect.toml"],
    "check nothing": lambda _: ["parsers", "check", HOSTILE.replace("\0", "")],
    "test": lambda here: ["parsers", "test", *logs(here)],
    "new": lambda _: ["parsers", "new", "train.log"],
    "rules": lambda _: ["rules", "show", HOSTILE],
    "check": lambda here: ["check", *logs(here)],
    "check as JSON": lambda here: ["check", "--json", *logs(here)],
    "check a metric": lambda here: ["check", "--target", f"{HOSTILE}=1", *logs(here)],
    "check a setting": lambda here: ["check", "--set", f"{HOSTILE}=1", *logs(here)],
    "check with a context": lambda _: ["check", "--config", "dialect.toml", "train.log"],
    "check nothing at all": lambda _: ["check", HOSTILE.replace("\0", "")],
    "export": lambda here: ["export", *logs(here)],
    "export as JSON": lambda here: ["export", "--format", "jsonl", *logs(here)],
    "export a metric": lambda here: ["export", "--metric", HOSTILE, *logs(here)],
    "no command": lambda _: ["watch", f"--{HOSTILE}"],
}


def logs(folder: Path) -> list[str]:
    """The logs of the folder."""
    return sorted(path.name for path in folder.glob("*.log"))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_steers_the_terminal(
    folder: Path, command: Callable[[Path], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """All that a command prints is printable, on stdout and on stderr."""
    main(command(folder))

    printed = capsys.readouterr()
    assert printed.out + printed.err
    assert [] == steers(printed.out + printed.err)


def test_the_dialect_itself_is_sound(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The hostile dialect is read and printed; else the test above would show nothing."""
    assert exits.OK == main(["parsers", "show", "evil"])

    assert escape_controls(HOSTILE) in capsys.readouterr().out


CONFIGS = {
    "a key": f"{TOML} = 5",
    "a rule that is off": f"off = [{TOML}]",
    "a target": f"[targets]\n{TOML} = 1",
    "a target without a number": f"[targets]\n{TOML} = {TOML}",
    "a weight": f"[weights]\n{TOML} = {TOML}",
    "a threshold": f"[thresholds.{TOML}]\n{TOML} = 1",
    "a baseline": "baseline = " + json.dumps(HOSTILE.replace("\0", "")),
    "a baseline with NUL": f"baseline = {TOML}",
    "a comparison": f"compare = {TOML}",
    "a time": f"walltime = {TOML}",
}


@pytest.mark.parametrize("words", [["check"], ["check", "--json"], ["export"]], ids=" ".join)
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_config_of_a_folder_steers_the_terminal(
    tmp_path: Path, config: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of the logwatch.toml next to a log is told as text."""
    (tmp_path / "logwatch.toml").write_text(config)
    (tmp_path / "train.log").write_text(LOG)
    main([*words, str(tmp_path / "train.log")])

    printed = capsys.readouterr()
    assert printed.out + printed.err
    assert [] == steers(printed.out + printed.err)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_no_config_of_a_folder_steers_the_screen(tmp_path: Path, config: str) -> None:
    """The sentence that the screen shows is text, too."""
    (tmp_path / "logwatch.toml").write_text(config)
    (tmp_path / "train.log").write_text(LOG)
    (target,) = expand_targets(["train.log"], tmp_path)
    posted: queue.Queue[Snapshot] = queue.Queue()
    bridge = Bridge(target, load_library()[0], Question(), posted.put)
    bridge.start()
    try:
        shown = posted.get(timeout=PATIENCE_S)
    finally:
        bridge.stop(PATIENCE_S)

    assert [] == steers(shown.error)
