"""Small trainings with what a probe says of them beside what is true, in float64."""

import math
import statistics
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch

from logwatch.attach.guest import Guest
from logwatch.attach.readings import Readings

MAKERS = {
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), 1e-3),
    "sgd": lambda model: torch.optim.SGD(model.parameters(), 0.1),
    "momentum": lambda model: torch.optim.SGD(model.parameters(), 0.05, momentum=0.9),
}
"""Optimizers by a short name."""


class Model(torch.nn.Module):
    """An embedding, a block of a transformer, a head."""

    def __init__(self, words: int = 600, width: int = 96) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(words, width)
        self.encoder = torch.nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, batch_first=True)
        self.head = torch.nn.Linear(width, words)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(self.embed(x)))


class Probed:
    """A guest in this process and all that it has said, as the host would read it."""

    def __init__(self, guest: Guest, said: list[dict[str, Any]]) -> None:
        self.guest = guest
        self.said = said

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.said if message["kind"] == kind]

    @property
    def values(self) -> list[dict[str, float]]:
        return [message["values"] for message in self.of_kind("values")]

    @property
    def notes(self) -> list[str]:
        return [message["text"] for message in self.of_kind("note")]


@contextmanager
def probed(
    every: int | None = 1, models: list[tuple[str, Any]] | None = None, **options: Any
) -> Generator[Probed]:
    """Probe whatever trains in the block; every step, unless told otherwise.

    `models` (name, module) are given where they are not to be found: pytest's asserts call
    `locals()`, and into a function that does so the guest does not look.
    """
    said: list[dict[str, Any]] = []
    readings = Readings()
    guest = Guest(lambda message: said.append(readings.digest(message)), every, **options)
    guest.use_models(models or [])
    guest.hook(torch)
    try:
        yield Probed(guest, said)
    finally:
        guest.unhook()


def train_language(
    make: Callable[[torch.nn.Module], torch.optim.Optimizer], steps: int, device: str = "cpu"
) -> list[dict[str, float]]:
    """Train a small language model; what is true of each step.

    Keys as the metrics: loss, gradient norm, median and largest L2 of change, whole norm.
    """
    torch.manual_seed(0)
    model = Model().to(device)
    optimizer = make(model)
    parameters = list(model.parameters())
    truth = []
    for _ in range(steps):
        words = torch.randint(0, 600, (8, 24)).to(device)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(
            model(words).flatten(0, 1), (words * 7 % 600).flatten()
        )
        loss.backward()
        gradient = find_norm(p.grad for p in parameters)
        before = [p.detach().double().clone() for p in parameters]
        optimizer.step()
        moved = [
            find_norm([p.detach().double() - b]) for p, b in zip(parameters, before, strict=True)
        ]
        truth.append(
            {
                "train/loss": loss.item(),
                "train/grad_norm": gradient,
                "param_delta/median": statistics.median(moved),
                "param_delta/max": max(moved),
                "whole": find_norm(parameters),
            }
        )
    return truth


def find_norm(tensors: Any) -> float:
    """L2 of all of them together, in float64."""
    return math.sqrt(sum(float(t.detach().double().square().sum()) for t in tensors))


def find_errors(
    probed_values: list[dict[str, float]], truth: list[dict[str, float]], name: str
) -> list[float]:
    """Relative errors of one metric, step by step."""
    pairs = zip(probed_values, truth, strict=True)
    return [abs(values[name] - true[name]) / true[name] for values, true in pairs if name in values]


def step(optimizer: Any, loss: Any) -> None:
    """Backward, step, and the gradients gone again."""
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def linear(inputs: int = 8, outputs: int = 4, rate: float = 0.1) -> tuple[Any, Any]:
    """The smallest training, with plain SGD."""
    torch.manual_seed(0)
    model = torch.nn.Linear(inputs, outputs)
    return model, torch.optim.SGD(model.parameters(), rate)
