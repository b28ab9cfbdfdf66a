"""The guest in another process: it comes, tells, goes, and leaves nothing."""

import ast
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs torch")

from logwatch.attach import guest as probe
from logwatch.attach.link import open_link
from tests.attach.bootstrapping import (
    PATIENCE_S,
    linked,
    receive_until,
    running,
)

pytestmark = pytest.mark.torch

SOURCE = Path(probe.__file__).read_text()
CYCLES = 60
"""As many as killed 37 targets when hooks were registered in the usual way."""


def test_syntax() -> None:
    """The guest's source is Python 3.8."""
    ast.parse(SOURCE, feature_version=(3, 8))


def test_imports() -> None:
    """It imports the standard library alone, and not torch."""
    tree = ast.parse(SOURCE)
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert set() == {name.split(".")[0] for name in names} - sys.stdlib_module_names


def test_calls() -> None:
    """It names none of torch's collectives, random numbers or waits."""
    forbidden = r"all_reduce|full_tensor|manual_seed|randn|synchronize|\.cpu\(|print\(|warnings"
    assert [] == re.findall(forbidden, SOURCE.split('"""', 2)[2])


def test_cycles_beside_foreign_hooks() -> None:
    """60 times in and out of a training that other tools have hooked: it lives, theirs all ran."""
    with running("hooks") as target:
        for _ in range(CYCLES):
            with linked(target) as link:
                assert receive_until(link, "values")
        facts = target.ask_facts().split(" ", 5)
        out, err = target.end()

    assert ["True", "OrderedDict", "OrderedDict"] == facts[2:5]
    assert out.startswith("end")
    assert "" == err


def test_nothing_is_left() -> None:
    """After we have gone no thread, module, name, hook or text of ours is in the process."""
    with running() as target:
        before = target.ask_facts().split(" ", 2)[2]
        with linked(target) as link:
            receive_until(link, "values")
            inside = target.ask_facts()
        while "logwatch-probe" in (after := target.ask_facts().split(" ", 2)[2]):
            continue
        out, err = target.end()

    assert "Proxy" in inside
    assert "logwatch-probe" in inside
    assert before == after
    assert re.fullmatch(r"end \d+ \S+", out)
    assert "" == err


def test_same_bits() -> None:
    """A seeded training has the same loss at a step whether we were in it or not."""
    with running() as target:
        with linked(target, every=1) as link:
            receive_until(link, "values")
        out, _ = target.end()
    steps, loss = out.split()[1:]
    bare = (
        "import torch; torch.manual_seed(0)\n"
        "from torch.nn import Linear, Sequential, Tanh\n"
        "m = Sequential(Linear(16, 16), Tanh(), Linear(16, 1))\n"
        "o = torch.optim.AdamW(m.parameters(), 1e-3)\n"
        f"for _ in range({steps}):\n"
        "    loss = m(torch.randn(32, 16)).square().mean()\n"
        "    o.zero_grad(); loss.backward(); o.step()\n"
        "print(loss.item().hex())"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", bare], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == loss


def test_host_that_dies() -> None:
    """When the socket ends without a word the guest takes its hooks out by itself."""
    with running() as target:
        link = open_link(os.getuid(), pid=target.process.pid)
        target.say(link.bootstrap)
        link.wait_hello(PATIENCE_S)
        receive_until(link, "values")
        link._hang_up()
        while "logwatch-probe" in (facts := target.ask_facts()):
            continue
        link.close()
        _, err = target.end()

    assert "Proxy" not in facts
    assert "" == err


def test_run_twice() -> None:
    """A bootstrap that runs twice gives one guest, also when the second comes late."""
    with running() as target, linked(target) as link:
        target.say(link.bootstrap)
        target.say(link.bootstrap)
        receive_until(link, "values")
        facts = target.ask_facts()
        assert 1 == facts.count("logwatch-probe")


def test_bootstrap_without_a_host() -> None:
    """A bootstrap whose host has gone does and prints nothing."""
    link = open_link(os.getuid())
    link.close()
    with running() as target:
        target.say(link.bootstrap)
        target.ask_facts()
        facts = target.ask_facts()
        _, err = target.end()

    assert "Proxy" not in facts
    assert "" == err


def test_stack() -> None:
    """On request the guest says where the training stands, innermost first."""
    with running() as target, linked(target) as link:
        receive_until(link, "values")
        link.send({"kind": "stack"})
        stall = receive_until(link, "stall")[-1]

    assert any("bootstrapped.py" in frame for frame in stall["frames"])


def test_sigterm() -> None:
    """A training that is ended while we are in it ends as it would without us."""
    with running() as target, linked(target) as link:
        receive_until(link, "values")
        target.process.send_signal(signal.SIGTERM)
        assert -signal.SIGTERM == target.process.wait(PATIENCE_S)
        while link.is_open:
            link.receive(PATIENCE_S)


def test_end_of_the_training() -> None:
    """A training that ends while we are in it ends at once, with 0, and silently."""
    with running() as target, linked(target) as link:
        receive_until(link, "values")
        _, err = target.end()

    assert 0 == target.process.returncode
    assert "" == err
