"""The loss of a step is told, however it is made."""

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from tests.attach.trainings import find_norm, linear, probed  # noqa: E402

pytestmark = pytest.mark.torch


def test_accumulation() -> None:
    """Of several backward calls in one step the loss is the sum, and that is said."""
    model, optimizer = linear()
    losses = []
    with probed() as probe:
        for part in range(4):
            loss = model(torch.full((2, 8), float(part))).sum()
            losses.append(loss.item())
            loss.backward()
        optimizer.step()

    assert math.isclose(sum(losses), probe.values[0]["train/loss"], rel_tol=1e-12)
    assert any("backward" in note for note in probe.notes)


def test_loss_that_is_averaged_in_place() -> None:
    """The loss is the one of backward, also when the training changes it in place afterwards."""
    model, optimizer = linear()
    with probed() as probe:
        loss = model(torch.ones(2, 8)).sum()
        true = loss.item()
        loss.backward()
        loss.detach().mul_(0)
        optimizer.step()

    assert true == probe.values[0]["train/loss"]


def test_closure() -> None:
    """With LBFGS the loss is that before the step, and the gradients are the closure's last."""
    model, _ = linear()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, max_iter=4)
    losses = []

    def closure() -> Any:
        optimizer.zero_grad()
        loss = model(torch.ones(2, 8)).square().sum()
        losses.append(loss.item())
        loss.backward()
        return loss

    with probed() as probe:
        optimizer.step(closure)
        gradient = find_norm(p.grad for p in model.parameters())

    assert losses[0] == probe.values[0]["train/loss"]
    assert math.isclose(gradient, probe.values[0]["train/grad_norm"], rel_tol=1e-5)
    assert probe.values[0]["param_delta/max"] > 0


def test_scaler() -> None:
    """With a GradScaler loss and gradients are unscaled; steps that it skips are counted."""
    model, optimizer = linear()
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    truth = []
    with probed() as probe:
        for turn in range(6):
            loss = model(torch.ones(2, 8)).sum()
            scaler.scale(loss).backward()
            if turn == 3:
                model.weight.grad[0, 0] = math.inf
            truth.append((loss.item(), find_norm(p.grad for p in model.parameters()) / 1024))
            scaler.step(optimizer)
            scaler.update(1024.0)
            optimizer.zero_grad()

    taken = [loss for turn, (loss, _) in enumerate(truth) if turn != 3]
    assert taken == pytest.approx([values["train/loss"] for values in probe.values], rel=1e-6)
    assert math.isclose(truth[0][1], probe.values[0]["train/grad_norm"], rel_tol=1e-5)
    assert [0, 0, 0, 1, 1] == [values["skipped_steps"] for values in probe.values]


def test_scaler_that_leaves_unscaling_to_the_optimizer() -> None:
    """A fused optimizer gets scaled gradients; we say the unscaled norm."""
    model, _ = linear()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, fused=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=256.0)
    with probed() as probe:
        scaler.scale(model(torch.ones(2, 8)).sum()).backward()
        true = find_norm(p.grad for p in model.parameters()) / 256
        scaler.step(optimizer)
        scaler.update()

    assert math.isclose(true, probe.values[0]["train/grad_norm"], rel_tol=1e-5)
