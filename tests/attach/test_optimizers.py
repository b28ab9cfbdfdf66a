"""Whatever optimizers step, each is read once, under its own name."""

import threading
import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from tests.attach.trainings import linear, probed, step  # noqa: E402

pytestmark = pytest.mark.torch


def test_two_optimizers() -> None:
    """In a GAN both are read; the second's metrics carry the name of its model."""

    def train() -> tuple[float, float]:
        generator, critic = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
        first = torch.optim.SGD(generator.parameters(), lr=0.1)
        second = torch.optim.SGD(critic.parameters(), lr=0.3)
        for _ in range(3):
            made = critic(generator(torch.ones(1, 2))).sum()
            step(first, made)
            second.zero_grad()
            judged = critic(torch.ones(1, 2)).sum()
            step(second, judged)
        return made.item(), judged.item()

    with probed() as probe:
        made, judged = train()

    last = probe.values[-1]
    assert 0.3 == last["lr/critic"]
    assert judged == last["train/critic_loss"]
    assert "param_delta/max/critic" in last
    assert made == probe.values[-2]["train/loss"]


def test_optimizer_in_an_optimizer() -> None:
    """A wrapper whose step calls another's is one step, not two."""

    class Wrapper(torch.optim.Optimizer):
        def __init__(self, inner: Any) -> None:
            self.inner = inner
            super().__init__(inner.param_groups, {})

        def step(self, closure: Any = None) -> None:
            self.inner.step()

    model, inner = linear()
    outer = Wrapper(inner)
    with probed() as probe:
        for _ in range(3):
            step(outer, model(torch.ones(2, 8)).sum())

    assert [1, 2, 3] == [message["step"] for message in probe.of_kind("values")]


def test_optimizer_made_anew() -> None:
    """A new optimizer for the same parameters takes the old one's place and names."""
    model, optimizer = linear()
    with probed() as probe:
        step(optimizer, model(torch.ones(2, 8)).sum())
        again = torch.optim.SGD(model.parameters(), lr=0.5)
        step(again, model(torch.ones(2, 8)).sum())

    assert [0.1, 0.5] == [values["lr/0"] for values in probe.values]


def test_one_optimizer_for_each_parameter() -> None:
    """Of hundreds of optimizers (a step fused into backward) a few are read, and that is said."""
    optimizers = [torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1) for _ in range(40)]
    with probed() as probe:
        for optimizer in optimizers:
            optimizer.step()

        assert 8 == len(probe.guest.watches)
    assert any("more than 8 optimizers" in note for note in probe.notes)


def test_compiled_step() -> None:
    """A step inside torch.compile is left alone, without a warning; those outside are read."""
    model, optimizer = linear()
    compiled = torch.compile(optimizer.step, backend="eager")
    before = model.weight.detach().clone()
    with probed() as probe, warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*Dynamo.*")
        for _ in range(3):
            model(torch.ones(2, 8)).sum().backward()
            compiled()
        assert [] == probe.said
        optimizer.step()

    assert not torch.equal(before, model.weight)
    assert 1 == len(probe.values)
    compiled()


def test_worker_thread() -> None:
    """A training in another thread than the main one is read like any other."""
    model, optimizer = linear()

    def train() -> None:
        for _ in range(3):
            step(optimizer, model(torch.ones(2, 8)).sum())

    with probed() as probe:
        thread = threading.Thread(target=train)
        thread.start()
        thread.join()

    assert 3 == len(probe.values)
    assert thread.ident == probe.guest.thread


def test_an_optimizer_in_the_place_of_one_that_was_passed_over() -> None:
    """Of a wrapped optimizer that is gone nothing is kept: what gets its id is looked at."""
    _, optimizer = linear()
    with probed() as probe:
        probe.guest.pass_over(optimizer)
        assert [id(optimizer)] == list(probe.guest.passed)
        del optimizer
        assert {} == probe.guest.passed


def test_no_rest_while_another_thread_is_within_a_step() -> None:
    """What one thread has begun to read of its step is not cut off by the end of another's."""
    model, optimizer = linear()
    with probed(every=100) as probe:
        probe.guest.inside[-1] = (0, 0.0)
        step(optimizer, model(torch.ones(1, 8)).sum())
        step(optimizer, model(torch.ones(1, 8)).sum())
        assert probe.guest.backward_wrap.see is not None
        probe.guest.inside.clear()
        step(optimizer, model(torch.ones(1, 8)).sum())
        assert probe.guest.backward_wrap.see is None
