"""Real trainings with a guest in this process: the ill are recognised, the healthy left alone."""

import pytest

from logwatch.diagnosis.finding import Finding, Severity
from logwatch.diagnosis.rules.optimizer import gradients, parameters, printed_rate, tensors
from logwatch.parsing.library import Library
from logwatch.session import Session
from logwatch.sources.probe.recording import Recorder

torch = pytest.importorskip("torch", reason="needs torch")

from tests import probed_trainings  # noqa: E402
from tests.attach.trainings import probed  # noqa: E402

pytestmark = pytest.mark.torch

STEPS = 120
OWN = {gradients.__name__, parameters.__name__, printed_rate.__name__, tensors.__name__}

EXPECTED = {
    "other_copy": {"no-gradients", "frozen-parameters"},
    "left_out": {"unheld-parameters"},
    "halves": {"frozen-part"},
    "rounded": {"frozen-part"},
    "starved": {"starved-head"},
    "vanishing": {"vanishing-gradients"},
    "exploding": {"exploding-gradients"},
    "broken": {"non-finite-tensors", "non-finite"},
    "skipping": {"skipped-steps"},
}


@pytest.fixture(autouse=True)
def _one_thread():
    """Small tensors are slower on several threads, many times so on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def diagnose(training, library: Library) -> dict[str, Finding]:
    """What the rules say of a training whose log holds its loss, and of the probe beside it."""
    with probed(1) as seen:
        losses = list(training(STEPS))
    recorder = Recorder()
    lines = (f"step {step}: loss {loss:.4f}\n" for step, loss in enumerate(losses, 1))
    session = Session(library)
    session.feed("".join(lines).encode())
    session.feed_probe(b"".join(recorder.write(message) for message in seen.said), 0)
    return {finding.rule: finding for finding in session.update(1.0).findings}


def of_probe(findings: dict[str, Finding]) -> set[str]:
    """The rules that need a probe among those that warn."""
    from logwatch.diagnosis.rule import RULES

    return {
        name
        for name, finding in findings.items()
        if finding.severity >= Severity.warning and RULES[name].check.__module__ in OWN
    }


@pytest.mark.parametrize("name", sorted(probed_trainings.HEALTHY))
def test_a_healthy_training_is_left_alone(name, library):
    """No rule that needs a probe warns of a training that is well."""
    assert set() == of_probe(diagnose(probed_trainings.HEALTHY[name], library))


@pytest.mark.parametrize("name", sorted(probed_trainings.ILL))
def test_an_ill_training_is_recognised(name, library):
    """The rule of its illness warns, and no other that needs a probe."""
    findings = diagnose(probed_trainings.ILL[name], library)

    assert EXPECTED[name] <= findings.keys()
    assert of_probe(findings) <= EXPECTED[name]
    for rule in EXPECTED[name]:
        assert findings[rule].severity >= Severity.warning


def test_the_frozen_part_is_named(library):
    """Of a body that is held but not trained, the confirmation names it."""
    found = diagnose(probed_trainings.adapters, library)["frozen-part"]

    assert Severity.info == found.severity
    assert found.title.startswith("body does not train: no gradient reaches 12 tensors")


def test_the_left_out_head_is_named(library):
    """The parameters that no optimizer holds are told by name and size."""
    found = diagnose(probed_trainings.left_out, library)["unheld-parameters"]

    assert "head.weight, head.bias" in found.title
    assert 2112.0 == found.values["parameters"]


def test_what_a_probe_proves_is_quoted(library):
    """Evidence from the probe tells the figure, and says that it is the probe's."""
    found = diagnose(probed_trainings.starved, library)["starved-head"]

    assert all(proof.is_probe for proof in found.evidence)
    assert found.evidence[-1].text.startswith("step 120: grad_norm/countdown_head = 0.0")
