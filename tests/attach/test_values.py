"""What the probe says is true, whatever trains."""

import math
import statistics

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from tests.attach.trainings import (  # noqa: E402
    MAKERS,
    find_errors,
    find_norm,
    linear,
    probed,
    step,
    train_language,
)

pytestmark = pytest.mark.torch

DELTA_ERROR = 0.02
"""Median relative error of a change's L2."""

NORM_ERROR = 1e-3
"""The same for norms of gradients and parameters, for every step."""


@pytest.mark.parametrize("name", MAKERS)
def test_truth(name: str) -> None:
    """Losses are exact, norms within 1e-3, changes within 2 % in the median."""
    with probed() as probe:
        truth = train_language(MAKERS[name], 24)

    values = probe.values
    assert [true["train/loss"] for true in truth] == [v["train/loss"] for v in values]
    assert max(find_errors(values, truth, "train/grad_norm")) < NORM_ERROR
    assert statistics.median(find_errors(values, truth, "param_delta/median")) < DELTA_ERROR
    assert statistics.median(find_errors(values, truth, "param_delta/max")) < DELTA_ERROR
    read = [v | {"whole": v["param_norm/0"]} for v in values if "param_norm/0" in v]
    assert max(find_errors(read, truth[::4], "whole")) < NORM_ERROR


def test_rates() -> None:
    """Learning rates are those of each group at that step, to the last bit, a tensor or not."""
    model, _ = linear()
    groups = [
        {"params": [model.weight], "lr": 0.1 + 0.2, "name": "decoder"},
        {"params": [model.bias], "lr": torch.tensor(1e-3, dtype=torch.float64)},
    ]
    optimizer = torch.optim.SGD(groups)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda count: 0.9**count)
    rates = []
    with probed(models=[("model", model)]) as probe:
        for _ in range(3):
            rates.append(float(optimizer.param_groups[0]["lr"]))
            step(optimizer, model(torch.ones(2, 8)).sum())
            schedule.step()

    assert rates == [values["lr/decoder"] for values in probe.values]
    assert 1e-3 == probe.values[0]["lr/bias"]


def test_steps_of_the_optimizer() -> None:
    """A step has the number that Adam itself counts, also when we come late."""
    model, _ = linear()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(5):
        step(optimizer, model(torch.ones(2, 8)).sum())
    with probed() as probe:
        for _ in range(3):
            step(optimizer, model(torch.ones(2, 8)).sum())

    assert [(6, "optimizer"), (7, "optimizer"), (8, "optimizer")] == [
        (message["step"], message["counted"]) for message in probe.of_kind("values")
    ]


def test_steps_since_attach() -> None:
    """An optimizer that does not count is counted from when we came."""
    model, optimizer = linear()
    with probed() as probe:
        for _ in range(2):
            step(optimizer, model(torch.ones(2, 8)).sum())

    counted = [(message["step"], message["counted"]) for message in probe.of_kind("values")]
    assert [(1, "attach"), (2, "attach")] == counted


def test_half_precision() -> None:
    """Gradients in float16 whose norm is beyond float16 have a finite, right norm."""
    weight = torch.nn.Parameter(torch.zeros(100, 100, dtype=torch.float16))
    optimizer = torch.optim.SGD([weight], lr=1e-6)
    with probed() as probe:
        weight.grad = torch.full_like(weight, 793.68)
        optimizer.step()

    assert math.isclose(79368.0, probe.values[0]["train/grad_norm"], rel_tol=1e-3)
    assert 0 == probe.values[0]["nonfinite/grad"]


def test_odd_memory() -> None:
    """Tensors in any order of memory, or cut out of a larger one, are sampled, too."""
    torch.manual_seed(0)
    shapes = {
        "channels_last": torch.randn(64, 32, 5, 5).to(memory_format=torch.channels_last),
        "transposed": torch.randn(300, 200).t(),
        "sliced": torch.randn(400, 400)[::2, ::2],
        "expanded": torch.randn(64, 64, 8)[:, :, ::2],
        "scalar": torch.tensor(2.0),
    }
    for tensor in shapes.values():
        weight = torch.nn.Parameter(tensor)
        optimizer = torch.optim.SGD([weight], lr=1.0)
        weight.grad = torch.randn_like(weight)
        with probed() as probe:
            optimizer.step()
        moved = find_norm([weight.grad])
        assert math.isclose(moved, probe.values[0]["param_delta/max"], rel_tol=0.03)


def test_complex_parameters() -> None:
    """A complex parameter has the norm of its real and imaginary parts."""
    weight = torch.nn.Parameter(torch.full((3,), 3 + 4j, dtype=torch.complex64))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    weight.grad = torch.full_like(weight.detach(), 1j)
    with probed() as probe:
        optimizer.step()

    assert math.isclose(math.sqrt(3), probe.values[0]["train/grad_norm"], rel_tol=1e-6)
    assert math.isclose(math.sqrt(3), probe.values[0]["param_delta/max"], rel_tol=1e-6)


def test_sparse_gradients() -> None:
    """A sparse gradient that names a row twice has the norm of the sum."""
    table = torch.nn.Embedding(10, 2, sparse=True)
    optimizer = torch.optim.SGD(table.parameters(), lr=1.0)
    with probed() as probe:
        step(optimizer, table(torch.tensor([3, 3, 5])).sum())

    assert math.isclose(math.sqrt(4 + 4 + 1 + 1), probe.values[0]["train/grad_norm"], rel_tol=1e-6)
    assert [] == probe.notes


def test_what_has_no_numbers() -> None:
    """Parameters without a gradient, of integers, empty or on `meta` stop nothing."""
    model, _ = linear()
    idle = torch.nn.Parameter(torch.ones(3))
    others = [
        torch.nn.Parameter(torch.zeros(2, dtype=torch.int64), requires_grad=False),
        torch.nn.Parameter(torch.zeros(0)),
        torch.nn.Parameter(torch.zeros(4, device="meta")),
    ]
    optimizer = torch.optim.SGD([*model.parameters(), idle, *others], lr=0.1)
    with probed() as probe:
        step(optimizer, model(torch.ones(2, 8)).sum())

    assert [] == probe.notes
    assert 1 == probe.values[0]["unmoved_tensors"]
    assert 5 - 1 == probe.values[0]["gradless_tensors"]


def test_nonfinite() -> None:
    """NaN in a loss, a gradient, a parameter is counted, named, and in no median."""
    model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with probed(models=[("model", model)]) as probe:
        loss = model(torch.ones(2, 4)).sum()
        loss.backward()
        model[1].weight.grad[0, 0] = math.nan
        optimizer.step()
        optimizer.zero_grad()
        step(optimizer, model(torch.ones(2, 4)).sum())

    first, second = probe.of_kind("values")
    assert 1 == first["values"]["nonfinite/grad"]
    assert "1.weight" == first["worst"]["nonfinite/grad"]
    assert math.isnan(first["values"]["train/grad_norm"])
    assert math.isfinite(first["values"]["param_delta/median"])
    assert "1.weight" == first["worst"]["nonfinite/param"]
    assert 1 == second["values"]["nonfinite/loss"]


def test_infinity() -> None:
    """An infinite gradient is counted like a NaN."""
    model, optimizer = linear()
    with probed() as probe:
        model.weight.grad = torch.full_like(model.weight, math.inf)
        optimizer.step()

    assert 1 == probe.values[0]["nonfinite/grad"]
    assert math.inf == probe.values[0]["train/grad_norm"]


def test_frozen() -> None:
    """A tensor that the optimizer holds and no step moves is counted and named."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with probed() as probe:
        step(optimizer, model(torch.ones(1, 2)).sum())

    said = probe.of_kind("values")[0]
    assert 2 == said["values"]["unmoved_tensors"]
    assert "0.weight, 0.bias" == said["worst"]["unmoved_tensors"]


def test_what_gets_a_gradient_and_stands_is_named_first() -> None:
    """Of tensors that no step moves those that have a gradient come before those that have none."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    with probed() as probe:
        step(optimizer, model(torch.ones(1, 2)).sum())

    worst = probe.of_kind("values")[0]["worst"]
    assert "1.weight, 1.bias, 0.weight, 0.bias" == worst["unmoved_tensors"]
