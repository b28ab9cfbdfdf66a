"""What the probe must tell of a training on a GPU, and leave as it is: one function each.

Each gives a figure that a reader can judge, and raises AssertionError where it does not hold. They
run on the CPU too; that is how they are tested where there is no GPU.
"""

import contextlib
import os
import statistics
from collections.abc import Callable, Generator
from typing import Any

import torch

from tests.attach.trainings import (
    Model,
    Probed,
    find_errors,
    find_norm,
    probed,
    train_language,
)

NORM, MOVED = 1e-3, 0.02
"""Largest errors: of norms, and of movements in the median. Losses and learning rates are exact."""


def adam(model: torch.nn.Module, **options: Any) -> torch.optim.Optimizer:
    """The optimizer of most trainings."""
    return torch.optim.AdamW(model.parameters(), 1e-3, **options)


def train(
    steps: int, device: str, *, after: Callable[[int], None] = lambda _: None, **options: Any
) -> tuple[list[torch.Tensor], torch.nn.Module]:
    """A seeded training that never waits for the GPU: losses (not read), and the model."""
    torch.manual_seed(0)
    model = Model().to(device)
    optimizer = adam(model, **options)
    losses = []
    for number in range(steps):
        words = torch.randint(0, 600, (8, 24), device=device)
        optimizer.zero_grad()
        loss = find_loss(model, words)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
        after(number)
    return losses, model


def find_loss(model: torch.nn.Module, words: torch.Tensor) -> torch.Tensor:
    """What the small language model is trained on."""
    return torch.nn.functional.cross_entropy(model(words).flatten(0, 1), words.flatten())


def assert_quiet(notes: list[str]) -> None:
    """Nothing went wrong inside the probe."""
    assert not [note for note in notes if "error" in note], notes


def check_values(device: str) -> str:
    """Loss, gradient norm and movement against float64, every step probed."""
    with probed() as probe:
        truth = train_language(adam, 40, device)
        settle(device)
        torch.optim.SGD([make_ready(device)], 0.1).step()  # a step more: the last reading comes in
    assert_quiet(probe.notes)
    by_step = {message["step"]: message["values"] for message in probe.of_kind("values")}
    seen = [(values, truth[step - 1]) for step, values in by_step.items() if step <= len(truth)]
    assert len(seen) >= len(truth) // 3
    told = []
    goals = {"train/loss": 1e-6, "train/grad_norm": NORM, "param_delta/median": MOVED}
    for name, goal in {**goals, "param_delta/max": MOVED}.items():
        errors = find_errors([v for v, _ in seen], [t for _, t in seen], name)
        assert statistics.median(errors) <= goal, (name, errors)
        told.append(f"{name} {statistics.median(errors):.1g}")
    return f"median relative errors of {len(seen)} probed steps: {', '.join(told)}"


def make_ready(device: str) -> torch.nn.Parameter:
    """One parameter with a gradient."""
    weight = torch.nn.Parameter(torch.ones(3, device=device))
    weight.grad = torch.ones(3, device=device)
    return weight


def settle(device: str) -> None:
    """Wait for the GPU."""
    if device == "cuda":
        torch.cuda.synchronize()


@contextlib.contextmanager
def deterministic() -> Generator[None]:
    """The same numbers each time, also on a GPU."""
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


def read_bits(losses: list[torch.Tensor], model: torch.nn.Module) -> list[str]:
    """Losses and the norms of all parameters, to the last bit."""
    numbers = [loss.item() for loss in losses] + [find_norm([p]) for p in model.parameters()]
    return [number.hex() for number in numbers]


def check_same_bits(device: str) -> str:
    """A training that is looked into at every step ends as one that is not."""
    with deterministic():
        alone = read_bits(*train(60, device))
        with probed() as probe:
            watched = read_bits(*train(60, device))
    assert_quiet(probe.notes)
    assert len(probe.values) >= 20
    assert alone == watched
    return f"60 steps, {len(probe.values)} readings: losses and parameters the same to the last bit"


def check_mixed_precision(device: str) -> str:
    """A loss scaler in float16: unscaled losses and norms, and the step that it skips."""
    torch.manual_seed(0)
    model = Model().to(device)
    optimizer, scaler = adam(model), torch.amp.GradScaler(device, init_scale=1024.0)
    losses = {}
    kind = torch.float16 if device == "cuda" else torch.bfloat16
    with probed(models=[("model", model)]) as probe:
        for number in range(1, 31):
            words = torch.randint(0, 600, (8, 24), device=device)
            optimizer.zero_grad()
            with torch.autocast(device, kind):
                loss = find_loss(model, words)
            scaler.scale(loss).backward()
            if number == 20:
                model.head.weight.grad.fill_(float("inf"))
            scaler.step(optimizer)
            scaler.update()
            losses[number - (number > 20)] = loss.item()
            settle(device)
    assert_quiet(probe.notes)
    told = {message["step"]: message["values"] for message in probe.of_kind("values")}
    errors = [abs(values["train/loss"] / losses[step] - 1) for step, values in told.items()]
    assert max(errors) <= NORM, errors
    skipped = max(values["skipped_steps"] for values in told.values())
    assert skipped == 1
    worst = max(errors)
    return f"{len(told)} readings, largest error of the loss {worst:.1g}, 1 skipped step found"


def compare_norms(probe: Probed, truth: list[float]) -> list[float]:
    """Relative errors of the gradient norms, all of them within what is allowed."""
    assert_quiet(probe.notes)
    errors = [
        abs(message["values"]["train/grad_norm"] / truth[message["step"] - 1] - 1)
        for message in probe.of_kind("values")
    ]
    assert errors
    assert max(errors) <= NORM, errors
    return errors


def check_low_precision(device: str) -> str:
    """Norms of bfloat16 parameters against float64 of the same numbers."""
    torch.manual_seed(0)
    model = Model().to(device, torch.bfloat16)
    optimizer, truth = torch.optim.SGD(model.parameters(), 0.1), []
    with probed(models=[("model", model)]) as probe:
        for _ in range(10):
            words = torch.randint(0, 600, (8, 24), device=device)
            optimizer.zero_grad()
            find_loss(model, words).backward()
            truth.append(find_norm(p.grad for p in model.parameters()))
            optimizer.step()
            settle(device)
    errors = compare_norms(probe, truth)
    return f"{len(errors)} gradient norms, largest error {max(errors):.1g}"


def check_kinds_of_adam(device: str) -> str:
    """The fused, the capturable and the one-by-one Adam are counted and read alike."""
    kinds: list[dict[str, Any]] = [{"foreach": False}, {"fused": True}]
    if device == "cuda":
        kinds.append({"capturable": True, "lr": torch.tensor(1e-3, device=device)})
    for kind in kinds:
        with probed() as probe:
            train(8, device, after=lambda _: settle(device), **kind)
        assert_quiet(probe.notes)
        assert {"optimizer"} == {message["counted"] for message in probe.of_kind("values")}
        assert all(abs(v["lr/0"] - 1e-3) < 1e-9 for v in probe.values), probe.values[0]
    return f"{len(kinds)} kinds: counted by the optimizer's own steps, learning rates exact"


def check_closure(device: str) -> str:
    """LBFGS, which makes loss and gradients inside its step."""
    torch.manual_seed(0)
    model = torch.nn.Linear(8, 1).to(device)
    optimizer = torch.optim.LBFGS(model.parameters(), 0.1, max_iter=3)
    given = torch.randn(32, 8, device=device)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (model(given) - given.sum(-1, keepdim=True)).pow(2).mean()
        loss.backward()
        return loss

    with probed(models=[("model", model)]) as probe:
        for _ in range(6):
            optimizer.step(closure)
            settle(device)
    assert_quiet(probe.notes)
    assert all("train/grad_norm" in values for values in probe.values)
    return f"{len(probe.values)} readings with loss and gradient norm"


def check_sharded(device: str) -> str:
    """FSDP's shards: norms of the local part, no collective."""
    from torch import distributed  # noqa: PLC0415 - not on every build of torch
    from torch.distributed.fsdp import fully_shard  # noqa: PLC0415

    backend = "nccl" if device == "cuda" else "gloo"
    distributed.init_process_group(backend, store=distributed.HashStore(), rank=0, world_size=1)
    try:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.Linear(64, 8)).to(device)
        fully_shard(model, mesh=distributed.init_device_mesh(device, (1,)))
        optimizer, truth = torch.optim.AdamW(model.parameters(), 1e-3), []
        with probed(models=[("model", model)]) as probe:
            for _ in range(8):
                optimizer.zero_grad()
                model(torch.randn(16, 64, device=device)).pow(2).mean().backward()
                truth.append(find_norm(p.grad.to_local() for p in model.parameters()))
                optimizer.step()
                settle(device)
    finally:
        distributed.destroy_process_group()
    errors = compare_norms(probe, truth)
    return f"{len(errors)} gradient norms of local shards, largest error {max(errors):.1g}"


IN_PROCESS = (
    check_values,
    check_same_bits,
    check_mixed_precision,
    check_low_precision,
    check_kinds_of_adam,
    check_closure,
    check_sharded,
)
