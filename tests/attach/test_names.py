"""What parameters are called, and which of them nobody trains."""

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from tests.attach.trainings import probed, step  # noqa: E402

pytestmark = pytest.mark.torch


def test_names_and_orphans() -> None:
    """Tensors have the names of the model in the caller's variables; who trains nobody is named."""

    class Parent(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Linear(4, 4)
            self.head = torch.nn.Linear(4, 4)
            self.forgotten = torch.nn.Linear(4, 2)

    model = Parent()
    optimizer = torch.optim.SGD(
        [{"params": model.body.parameters()}, {"params": model.head.parameters()}], lr=0.1
    )
    with probed() as probe:
        step(optimizer, model.head(model.body(torch.ones(2, 4))).sum())

    groups = probe.of_kind("groups")[-1]
    assert [("body", 2, 20), ("head", 2, 20)] == [
        (group["name"], group["tensors"], group["params"]) for group in groups["groups"]
    ]
    assert ["forgotten.weight", "forgotten.bias"] == groups["orphans"]["names"]
    assert {"grad_norm/body", "grad_norm/head", "param_delta/head"} <= probe.values[0].keys()
    assert probe.of_kind("values")[0]["worst"]["train/grad_norm"].split(".")[0] in {"body", "head"}


def test_names_within_an_object() -> None:
    """A model that a trainer keeps as an attribute is found."""

    class Trainer:
        def __init__(self) -> None:
            self.model = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 1))
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

        def train(self) -> None:
            step(self.optimizer, self.model(torch.ones(1, 3)).sum())

    with probed() as probe:
        Trainer().train()

    assert {"grad_norm/0", "grad_norm/1"} <= probe.values[0].keys()


def test_nameless() -> None:
    """Where no model is to be found, a tensor is called by its place and shape."""
    weights = [torch.nn.Parameter(torch.ones(3, 2)), torch.nn.Parameter(torch.ones(5))]
    optimizer = torch.optim.SGD(weights, lr=0.1)
    for weight in weights:
        weight.grad = torch.ones_like(weight)
    with probed() as probe:
        optimizer.step()

    assert "group0.param0 (3x2)" == probe.of_kind("values")[0]["worst"]["param_delta/max"]


def test_wrapped_names() -> None:
    """The names are the training's own, without what torch.compile or DDP put before them."""
    model = torch.compile(torch.nn.Sequential(torch.nn.Linear(2, 2)), backend="eager")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with probed() as probe:
        step(optimizer, model(torch.ones(1, 2)).sum())

    assert "0.weight" == probe.of_kind("values")[0]["worst"]["param_delta/max"]
