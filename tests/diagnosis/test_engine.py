"""The engine: every rule is heard, none takes the program down, what matters comes first."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.diagnosis import rule as rules
from logwatch.diagnosis.engine import _rules, diagnose
from logwatch.diagnosis.finding import Evidence, Finding, Severity
from logwatch.diagnosis.rule import RULES, Question, rule
from logwatch.diagnosis.rules import MODULES
from logwatch.metrics.run import Run, RunView
from logwatch.parsing.record import Event, Extract, Samples

CONTRACT = (
    "flat-loss", "loss-rising", "non-finite", "lr-zero", "lr-contradiction", "frozen-parameters",
    "repeated-eval", "train-eval-gap", "overfitting", "hidden-component",
    "component-should-be-zero", "task-not-learning", "perplexity-explosion", "not-a-perplexity",
    "weights-reinitialised", "out-of-memory", "crashed", "time-limit", "cancelled", "preempted",
    "requeued", "node-failure", "nccl-timeout", "loss-scale-overflow", "on-course", "restarted",
    "reconvergence", "time-to-target", "worse-than-baseline",
)  # fmt: skip


@pytest.fixture
def only(monkeypatch):
    """Register rules of a test's own, and no others."""
    monkeypatch.setattr(rules, "RULES", {})
    monkeypatch.setattr("logwatch.diagnosis.engine.RULES", rules.RULES)
    return rule


def test_every_rule_that_scripts_may_rely_on_is_there():
    """The names are a contract."""
    assert not set(CONTRACT) - RULES.keys()


def test_every_rule_explains_itself():
    """`rules show` prints a meaning that is a sentence, and the values by name."""
    assert all(RULES[name].meaning.endswith(".") for name in CONTRACT)
    assert all("Values:" in (RULES[name].check.__doc__ or "") for name in CONTRACT)


def test_an_empty_run_has_no_findings():
    """Nothing was logged, so nothing is said."""
    assert () == diagnose(RunView(), Question())


def test_a_rule_that_raises_is_a_finding(only):
    """The others are heard all the same, and the finding names the one that failed."""

    @only("broken")
    def _broken(run, question):
        raise ValueError("no such thing")

    @only("fine")
    def _fine(run, question):
        return [Finding(rule="fine", severity=Severity.info, title="all right")]

    found = {finding.rule: finding for finding in diagnose(RunView(), Question())}

    assert {"rule-failed", "fine"} == found.keys()
    assert "the rule broken could not judge this run" == found["rule-failed"].title


def test_a_function_with_two_names_is_asked_once(only):
    """Names are for findings; the check behind them runs once."""
    asked = []

    @only("one", "two")
    def _check(run, question):
        asked.append(run)
        return []

    diagnose(RunView(), Question())

    assert 1 == len(asked)


def test_rules_are_asked_in_the_order_of_the_list(monkeypatch):
    """Where a module lies decides nothing: findings of one rank come in the order of `MODULES`."""
    checks = dict.fromkeys(entry.check for entry in reversed(RULES.values()))
    backwards = {
        name: entry for check in checks for name, entry in RULES.items() if entry.check is check
    }
    monkeypatch.setattr("logwatch.diagnosis.engine.RULES", backwards)

    asked = list(dict.fromkeys(entry.check.__module__ for entry in _rules()))

    assert [module.__name__ for module in MODULES] == asked


def test_what_matters_comes_first(only):
    """Active errors, active warnings, good news, remarks, then what is over; each by line."""

    def finding(name: str, severity: Severity, line: int, active: bool = True) -> Finding:
        return Finding(
            rule=name,
            severity=severity,
            title=name,
            evidence=(Evidence(line, 0, "x"),),
            active=active,
        )

    @only("all")
    def _all(run, question):
        return [
            finding("over", Severity.error, 1, active=False),
            finding("remark", Severity.info, 2),
            finding("good", Severity.ok, 3),
            finding("late warning", Severity.warning, 9),
            finding("early warning", Severity.warning, 4),
            finding("error", Severity.error, 8),
        ]

    assert ["error", "early warning", "late warning", "good", "remark", "over"] == [
        found.rule for found in diagnose(RunView(), Question())
    ]


def test_evidence_is_quoted_from_the_log(only):
    """Lines without a text get the log's, by offset; a text that is there stays."""

    @only("proof")
    def _proof(run, question):
        proofs = (Evidence(1, 70), Evidence(2, 80, "own words"))
        return [Finding(rule="proof", severity=Severity.info, title="see", evidence=proofs)]

    (found,) = diagnose(RunView(), Question(read_line=lambda offset: f"line at {offset}"))

    assert ["line at 70", "own words"] == [proof.text for proof in found.evidence]


NAMES = st.sampled_from(
    ["train/loss", "eval/loss", "lr", "lr/head", "train/kl", "weight/kd", "train/kd_loss",
     "eval/kd_loss", "eval/feature_loss", "eval/perplexity", "param_delta/max", "train/a",
     "train/b", "train/c", "train/grad_norm", "train/skipped_steps", "loss_scale"]
)  # fmt: skip
NUMBERS = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.just(0.0), st.floats(0.1, 30)
)
KINDS = st.sampled_from(
    ["oom_gpu", "oom_host", "nan", "overflow", "time_limit", "preempted", "requeued", "node_fail",
     "cancelled", "crash", "nccl_timeout", "ckpt_save", "ckpt_load", "missing_keys",
     "reinitialised", "finished", "early_stop", "task_failed", "interrupted"]
)  # fmt: skip


def samples(name: str, values: list[float], by: str) -> Samples:
    """A series whose steps repeat and go back now and then."""
    count, lines = len(values), np.arange(1, len(values) + 1)
    steps = np.array([(7 * i) % 31 if by == "back" else i for i in range(count)], dtype=float)
    unknown = np.full(count, np.nan)
    step, epoch = (unknown, steps) if by == "epoch" else (steps, unknown)
    return Samples(name, np.array(values), step, epoch, unknown, lines, lines * 50)


@settings(max_examples=150)
@given(
    st.dictionaries(
        NAMES,
        st.tuples(st.lists(NUMBERS, max_size=60), st.sampled_from(["step", "back", "epoch"])),
        max_size=7,
    ),
    st.lists(st.tuples(KINDS, st.integers(1, 70)), max_size=6),
)
def test_no_run_makes_a_rule_fail(series, events):
    """Whatever numbers and events a log holds, every rule has an answer."""
    run = Run()
    extract = Extract(
        tuple(samples(name, values, by) for name, (values, by) in series.items()),
        tuple(Event(kind, "error", "Title: x", line, line * 50) for kind, line in events),
    )
    run.append(extract)

    with np.errstate(all="ignore"):
        found = diagnose(run.view(), Question())

    assert [] == [finding.detail for finding in found if finding.rule == "rule-failed"]
