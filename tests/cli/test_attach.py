"""`logwatch attach PID`, `--attach PID`: a probe beside a log, with refusals as sentences."""

import json
import os
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from logwatch.attach import attachment, stack
from logwatch.attach import process as process_of_attach
from logwatch.attach.refusal import AttachRefused, Refusal
from logwatch.cli import attach, exits, main, watch
from logwatch.sources.probe import process_log, ranks
from tests.heard import FakeAttachment, values

STOPPED = Refusal("stopped", "process 4242 is stopped", "Let it go on first: kill -CONT 4242.")


@pytest.fixture
def log(tmp_path):
    """A small healthy log."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"step {n}: loss {2 + 3 / n:.4f}\n" for n in range(1, 200)))
    return path


@pytest.fixture
def process(monkeypatch, log):
    """A process 4242 that writes the log, and what a probe in it says; notes how it was asked."""
    asked = types.SimpleNamespace(
        options=None,
        messages=[values(199, lr__head=0.1)],
        refusal=None,
        log=log,
        attachments=[],
        place="",
    )

    def fake(pid, options, tell):
        asked.options = options
        if asked.refusal is not None:
            raise AttachRefused(asked.refusal)
        asked.attachments.append(FakeAttachment(*asked.messages, ends=True))
        return asked.attachments[-1]

    monkeypatch.setattr(attachment, "attach", fake)
    monkeypatch.setattr(stack, "describe", lambda process: asked.place)
    monkeypatch.setattr(process_of_attach, "read_process", lambda pid: asked.place or None)
    monkeypatch.setattr(process_log, "find_log", lambda pid: asked.log)
    return asked


@pytest.fixture
def screen(monkeypatch):
    """A screen that only notes what it is asked to show."""
    asked = []

    def run_app(targets, question, library, *, ascii=False, probes=None):
        asked.append((targets, probes))
        return exits.OK

    monkeypatch.setitem(sys.modules, "logwatch.tui", types.SimpleNamespace(run_app=run_app))
    monkeypatch.setattr(watch, "is_screen_possible", lambda: True)
    monkeypatch.setattr(watch, "read_keys_from_terminal", lambda: None)
    return asked


def run_of(capsys) -> dict:
    """The one run of a JSON answer."""
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    return run


def test_check_joins_what_the_probe_tells(process, log, capsys):
    """The log is found through the process, and both are one run."""
    assert exits.OK == main(["check", "--attach", "4242", "--json"])

    run = run_of(capsys)
    assert (str(log), 199) == (run["path"], run["lines"])
    assert {"train/loss", "lr/head"} <= run["metrics"].keys()
    assert process.attachments[0].is_closed


def test_check_tells_what_the_probe_cost(process, capsys):
    """In JSON as figures, in text as a line under the run's."""
    process.messages = [{"kind": "cadence", "every": 6, "share": 0.0081, "dropped": 0}]

    main(["check", "--attach", "4242", "--json"])
    told = run_of(capsys)["probe"]
    main(["check", "--attach", "4242"])

    assert {"pid": 4242, "state": "detached", "method": "ptrace", "every": 6, "pause_s": 0.0007,
            "share": 0.0081, "budget": 0.01, "dropped": 0,
            "told": "the process has ended"} == told  # fmt: skip
    line = "    probe in process 4242 by ptrace, every 6 steps, at 0.81 % of its time"
    assert line == capsys.readouterr().out.splitlines()[1]


def test_a_named_log_counts(process, tmp_path, capsys):
    """`logwatch check FILE --attach PID` takes that file, wherever the process writes to."""
    other = tmp_path / "other.log"
    other.write_text("step 1: loss 2.0\n")

    main(["check", str(other), "--attach", "4242", "--json"])

    assert str(other) == run_of(capsys)["path"]


def test_without_a_log_the_probe_is_the_run(process, capsys):
    """What the probe tells has the plain names."""
    process.log = None
    process.messages = [values(step, train__loss=1.5) for step in range(5)]

    assert exits.OK == main(["check", "--attach", "4242", "--json"])

    run = run_of(capsys)
    assert ("process 4242", ["train/loss"]) == (run["path"], [*run["metrics"]])


def test_a_refusal_shows_the_log_all_the_same(process, log, capsys):
    """The sentence and the remedy are on stderr, the exit code is the refusal's own."""
    process.refusal = STOPPED

    assert STOPPED.exit_code == main(["check", "--attach", "4242"])

    shown = capsys.readouterr()
    assert shown.out.startswith(f"✓ {log}: ")
    told = "logwatch: process 4242 is stopped. Let it go on first: kill -CONT 4242.\n"
    assert told == shown.err


def test_a_refusal_tells_where_the_process_stands(process, capsys):
    """What may be seen from outside is said, so that a stall is not without a word."""
    process.refusal, process.place = STOPPED, "the main thread of process 4242 waits in futex"

    main(["check", "--attach", "4242"])

    assert capsys.readouterr().err.endswith(
        "Meanwhile the main thread of process 4242 waits in futex.\n"
    )


def test_export_gives_the_samples_of_both(process, capsys):
    """Those of the probe lie beyond any log's end."""
    assert exits.OK == main(["export", "--attach", "4242", "--metric", "lr/head"])

    _, row = capsys.readouterr().out.splitlines()
    assert "lr/head,199,,1760000199,0.1,199," in row
    assert int(row.rpartition(",")[2]) >= 1 << 60


def test_a_recording_is_a_log(process, tmp_path, capsys):
    """What `--out` writes is read by `check` like any other log."""
    path = tmp_path / "probe.jsonl"
    process.messages = [values(step, lr__head=0.1) for step in range(5)]

    assert exits.OK == main(["attach", "4242", "--out", str(path)])
    told = capsys.readouterr().err
    main(["check", str(path), "--json"])

    run = run_of(capsys)
    assert (["logwatch-probe"], 5) == (run["dialects"], run["metrics"]["lr/head"]["count"])
    assert "attached to 4242 (python train.py) by ptrace, which stopped it for 0.7 ms" in told
    assert f"{path} holds 8 lines; the process has ended" in told


def test_a_refused_recording_leaves_a_file_alone(process, tmp_path, capsys):
    """What was in the file is still there, and the exit code says why."""
    path = tmp_path / "probe.jsonl"
    path.write_text("precious\n")
    process.refusal = STOPPED

    assert STOPPED.exit_code == main(["attach", "4242", "--out", str(path)])

    assert "precious\n" == path.read_text()
    assert capsys.readouterr().err.endswith("kill -CONT 4242.\n")


def test_each_rank_has_a_recording(process, tmp_path, monkeypatch):
    """`--ranks` writes one file a rank, named after it."""
    monkeypatch.setattr(ranks, "find_ranks", lambda pid: {0: 4242, 1: 4243})

    assert exits.OK == main(["attach", "4242", "--ranks", "--out", str(tmp_path / "p.jsonl")])

    assert ["p.rank0.jsonl", "p.rank1.jsonl"] == sorted(p.name for p in tmp_path.glob("*.jsonl"))


def test_each_rank_is_a_run(process, log, screen, monkeypatch):
    """Of ranks that write to one log the first has it; the others stand beside it."""
    monkeypatch.setattr(ranks, "find_ranks", lambda pid: {0: 4242, 1: 4243})

    main(["attach", "4242", "--ranks"])

    ((targets, probes),) = screen
    assert [str(log), "rank 1 (process 4243)"] == [target.name for target in targets]
    assert [4242, 4243] == [probes[target].state.pid for target in targets]


def test_ranks_need_a_job(monkeypatch, capsys):
    """A process without siblings is no job."""
    monkeypatch.setattr(ranks, "find_ranks", lambda pid: {})

    assert exits.USAGE == main(["attach", "4242", "--ranks"])
    assert "no rank" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["attach", "4242"], ["--attach", "4242"]])
def test_the_screen_opens_on_the_log_and_the_probe(process, log, screen, words):
    """Both spellings are one thing; all probes are closed at the end."""
    assert exits.OK == main(words)

    (((target,), probes),) = screen
    assert log == target.path
    assert 4242 == probes[target].state.pid
    assert process.attachments[0].is_closed


def test_a_refused_screen_shows_the_log(process, log, screen, capsys):
    """The reason is said before the screen opens, and the exit code is the refusal's."""
    process.refusal = STOPPED

    assert STOPPED.exit_code == main(["attach", "4242"])

    assert log == screen[0][0][0].path
    assert "process 4242 is stopped" in capsys.readouterr().err


def test_no_screen_opens_on_a_refusal_without_a_log(process, screen):
    """There is nothing to show."""
    process.refusal, process.log = STOPPED, None

    assert STOPPED.exit_code == main(["attach", "4242"])
    assert [] == screen


def test_the_words_reach_the_probe(process):
    """Method, budget, cadence and whether to look at losses."""
    main(["check", "--attach", "4242", "--method", "ptrace", "--budget", "3%", "--every", "7",
          "--no-loss"])  # fmt: skip

    asked = process.options
    assert ("ptrace", 0.03, 7, False) == (asked.method, asked.budget, asked.every, asked.loss)


@pytest.mark.parametrize(
    "words",
    [
        ["attach", "4242", "--budget", "7"],
        ["attach", "4242", "--budget", "0"],
        ["attach", "4242", "--every", "0"],
        ["attach", "4242", "--method", "magic"],
        ["attach", "4242", "--for", "3"],
        ["attach", "4242", "--for", "-1", "--out", "x"],
        ["attach", "4242", "--log", "/no/such.log"],
        ["check", "a.log", "b.log", "--attach", "4242"],
        ["check", "-", "--attach", "4242"],
        ["check"],
        ["export"],
        ["--ascii"],
    ],
)
def test_words_that_make_no_sense_are_refused(process, words, capsys, screen):
    """In one sentence, before anything is looked into."""
    assert exits.USAGE == main(words)

    assert 1 == capsys.readouterr().err.count("\n")
    assert process.options is None


def test_nothing_is_attached_to_unless_asked(process, log):
    """Opening a log looks into no process."""
    main(["check", str(log)])

    assert process.options is None


def test_a_log_alone_needs_nothing_of_this():
    """`check` of a log loads neither what attaches nor torch."""
    code = (
        "import sys, logwatch.report.check, logwatch.report.export, logwatch.tui.live.reader\n"
        "print([name for name in sys.modules if name.startswith(('logwatch.attach', 'torch'))])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout


def test_trainings_are_listed(monkeypatch, capsys):
    """One line each: process, user, accelerators, log, command; no control codes."""
    from logwatch.attach import process
    from logwatch.attach.process import Training

    found = [Training(7, "ann", "python train.py \x1b[31m", ("nvidia0",), "/data/a.log"),
             Training(12345, "bob", "python b.py", (), None)]  # fmt: skip
    monkeypatch.setattr(process, "list_trainings", lambda: found)

    assert exits.OK == main(["attach"])

    assert [
        "PID    USER  GPU      LOG          COMMAND",
        "7      ann   nvidia0  /data/a.log  python train.py \\x1b[31m",
        "12345  bob   -        -            python b.py",
    ] == capsys.readouterr().out.splitlines()


def test_no_training_is_said_so(monkeypatch, capsys):
    """An empty list is a sentence, no table."""
    from logwatch.attach import process

    monkeypatch.setattr(process, "list_trainings", list)

    assert exits.OK == main(["attach"])
    assert "no Python process here" in capsys.readouterr().err


def test_a_term_signal_ends_a_recording_well(monkeypatch):
    """SIGTERM, as a job's end sends it, is taken for Ctrl-C: the file is closed, the probe gone."""
    monkeypatch.setattr(signal, "signal", lambda number, act: act())

    with pytest.raises(KeyboardInterrupt):
        attach.interrupt_on(signal.SIGTERM)


TRAININGS = Path(__file__).resolve().parents[1] / "probed_trainings.py"


@pytest.fixture
def frozen(tmp_path):
    """The seed case S4 as a process: it prints nothing but its loss, and never learns."""
    pytest.importorskip("torch", reason="needs torch")
    from tests.attach.conftest import need_ptrace

    need_ptrace()
    log = tmp_path / "train.log"
    words = [sys.executable, str(TRAININGS), "other_copy", "600", "0.05"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    training = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment)
    tee = subprocess.Popen(["tee", log], stdin=training.stdout, stdout=subprocess.PIPE)
    assert b"step 1: loss" in tee.stdout.readline()
    yield types.SimpleNamespace(pid=training.pid, log=log)
    training.kill()
    for process in (training, tee):
        process.stdout.close()
        process.wait()


@pytest.mark.torch
@pytest.mark.ptrace
def test_the_frozen_seed_case_is_diagnosed_live(frozen, capsys):
    """Warmup from zero, and parameters that do not move even when it has begun: both are said.

    The optimizer holds a copy of the model; the log, behind a `| tee`, tells the loss alone.
    """
    code = main(["check", "--attach", str(frozen.pid), "--every", "2", "--for", "12", "--json"])

    run = run_of(capsys)
    findings = {finding["rule"]: finding for finding in run["findings"]}
    assert exits.FOUND == code
    assert str(frozen.log) == run["path"]
    still = findings["frozen-parameters"]
    assert "error" == still["severity"]
    assert "so the lr is not the whole cause" in still["detail"]
    assert 0 < still["values"]["rates_above_zero"] < run["metrics"]["lr/0"]["count"]
    assert (
        "none of the 15 tensors in the optimizer has a gradient"
        in (findings["no-gradients"]["title"])
    )
    assert 0.0 == run["metrics"]["lr/0"]["first"]


def test_the_page_lists_every_refusal(checkout):
    """docs/attach.md has a row for each exit code, and names each rule that needs a probe."""
    from logwatch.attach.refusal import EXIT_CODES
    from logwatch.diagnosis.rule import RULES
    from logwatch.diagnosis.rules.optimizer import gradients, parameters, printed_rate, tensors
    from logwatch.sources.probe.client import FAULT

    page = (checkout / "docs" / "attach.md").read_text()
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("|")}
    modules = {module.__name__ for module in (gradients, parameters, printed_rate, tensors)}
    rules = {name for name, rule in RULES.items() if rule.check.__module__ in modules}
    assert {str(code) for code in (*EXIT_CODES.values(), FAULT)} <= rows
    assert set() == {rule for rule in rules if f"`{rule}`" not in page}
