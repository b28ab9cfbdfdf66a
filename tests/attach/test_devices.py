"""Parameters on a GPU or spread over several: nothing waits, nothing is gathered."""

import contextlib
import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from logwatch.attach.guest import Guest, GuestReading  # noqa: E402
from tests.attach.trainings import find_norm, linear, probed, step  # noqa: E402

pytestmark = pytest.mark.torch


class LateEvent:
    """A device's event that has passed when it is asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0

    def record(self) -> None:
        pass

    def query(self) -> bool:
        self.asked += 1
        return self.asked >= 3


def test_device_that_answers_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a device has not yet computed is read at a later step, under its own step's number.

    A stand-in for CUDA on the CPU: it proves the order of things, not the CUDA calls.
    """

    def add(self: GuestReading, tag: str, rows: list[int], tensor: Any) -> None:
        self.parts.setdefault("device", []).append((tag, rows, tensor.reshape(-1)))

    plain = torch.empty

    def empty(*size: Any, pin_memory: bool = False, **options: Any) -> Any:
        return plain(*size, **options)

    monkeypatch.setattr(GuestReading, "add", add)
    monkeypatch.setattr(torch.cuda, "device", contextlib.nullcontext)
    monkeypatch.setattr(torch.cuda, "Event", LateEvent)
    monkeypatch.setattr(torch, "empty", empty)
    model, optimizer = linear()
    losses = []
    with probed() as probe:
        for _ in range(8):
            loss = model(torch.ones(2, 8)).sum()
            losses.append(loss.item())
            step(optimizer, loss)

    said = [
        (message["step"], message["values"]["train/loss"]) for message in probe.of_kind("values")
    ]
    assert [(1, losses[0]), (4, losses[3])] == said[:2]
    assert {"train/grad_norm", "param_delta/max", "lr/0"} <= probe.values[0].keys()
    assert [] == probe.notes


def test_graph_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a CUDA graph is captured nothing is launched; afterwards steps are read again."""
    model, optimizer = linear()
    with probed() as probe, monkeypatch.context() as patch:
        patch.setattr(Guest, "is_capturing", lambda self: True)
        step(optimizer, model(torch.ones(2, 8)).sum())
        assert [] == probe.said
        patch.undo()
        step(optimizer, model(torch.ones(2, 8)).sum())
        assert 1 == len(probe.values)


def test_a_reading_under_way_waits_for_the_end_of_a_capture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a graph is captured no event is asked: CUDA forbids it and the capture would break."""
    asked = []

    class Flying:
        def has_landed(self) -> bool:
            asked.append(capturing)
            return False

    monkeypatch.setattr(Guest, "is_capturing", lambda self: capturing)
    model, optimizer = linear()
    with probed() as probe:
        capturing = False
        step(optimizer, model(torch.ones(2, 8)).sum())
        (watch,) = probe.guest.watches.values()
        watch.waiting = Flying()
        for capturing in (True, False):  # noqa: B007 - both stand-ins look at it
            step(optimizer, model(torch.ones(2, 8)).sum())

    assert [False] == asked
    assert [] == probe.notes


def test_sharded_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of parameters that FSDP has sharded the local part is read, and no collective is called."""
    from torch import distributed
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor import DTensor

    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    try:
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 2))
        fully_shard(model, mesh=distributed.init_device_mesh("cpu", (1,)))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        model(torch.ones(2, 4)).sum().backward()
        parts = [p.grad._local_tensor for p in model.parameters()]
        assert all(isinstance(p, DTensor) for p in model.parameters())
        monkeypatch.setattr(DTensor, "__torch_dispatch__", None)  # whole tensors: not by us
        with probed(models=[("model", model)]) as probe:
            probe.guest.before_step(optimizer, (optimizer,), {})
            probe.guest.after_step(optimizer, (optimizer,), {})
        monkeypatch.undo()
    finally:
        distributed.destroy_process_group()

    assert [] == probe.notes
    assert math.isclose(find_norm(parts), probe.values[0]["train/grad_norm"], rel_tol=1e-5)
    assert "grad_norm/1" in probe.values[0]
