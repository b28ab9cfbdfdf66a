"""What the probe says is true, whatever trains."""

import contextlib
import math
import statistics
import threading
import warnings
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from logwatch.attach.probe import Guest, Reading  # noqa: E402
from tests.attach.trainings import find_errors, find_norm, probed, train_language  # noqa: E402

pytestmark = pytest.mark.torch

DELTA_ERROR = 0.02
"""Median relative error of a change's L2, as the issue demands."""

NORM_ERROR = 1e-3
"""The same for norms of gradients and parameters, for every step."""

MAKERS = {
    "adamw": lambda model: torch.optim.AdamW(model.parameters(), 1e-3),
    "sgd": lambda model: torch.optim.SGD(model.parameters(), 0.1),
    "momentum": lambda model: torch.optim.SGD(model.parameters(), 0.05, momentum=0.9),
}


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


def test_memory_is_not_kept() -> None:
    """What the training drops is dropped: model, batch and loss die with their last name."""
    import gc
    import weakref

    gc.collect()
    gc.disable()
    try:
        with probed() as probe:

            def train() -> list[Any]:
                model, optimizer = linear()
                batch = torch.ones(2, 8)
                loss = model(batch).sum()
                step(optimizer, loss)
                return [weakref.ref(item) for item in (model, optimizer, batch, loss, model.weight)]

            dead = train()
            assert [None] * 5 == [reference() for reference in dead]
        assert 1 == len(probe.values)
    finally:
        gc.enable()


def test_batch_of_a_running_function_is_not_kept() -> None:
    """To look into a function's variables does not keep an old batch alive while it runs."""
    import weakref

    model, optimizer = linear()
    with probed() as probe:
        batch = torch.ones(2, 8)
        old = weakref.ref(batch)
        step(optimizer, model(batch).sum())
        batch = torch.zeros(2, 8)
        assert old() is None
    assert 1 == len(probe.values)


@pytest.mark.parametrize("name", MAKERS)
def test_bit_for_bit(name: str) -> None:
    """A training ends with the same bits, and the random numbers go on alike, as without us."""
    bare = train_language(MAKERS[name], 6)
    after_bare = torch.get_rng_state()
    with probed():
        watched = train_language(MAKERS[name], 6)

    assert bare == watched
    assert torch.equal(after_bare, torch.get_rng_state())


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

    def add(self: Reading, tag: str, rows: list[int], tensor: Any) -> None:
        self.parts.setdefault("device", []).append((tag, rows, tensor.reshape(-1)))

    plain = torch.empty

    def empty(*size: Any, pin_memory: bool = False, **options: Any) -> Any:
        return plain(*size, **options)

    monkeypatch.setattr(Reading, "add", add)
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


def test_functions_that_look_at_themselves() -> None:
    """A training that keeps its `locals()` finds in it what it found there without us."""
    model, optimizer = linear()
    with probed() as probe:
        kept = locals()
        names = {*kept}
        late = torch.ones(2, 8)
        step(optimizer, model(late).sum())

        assert names == {*kept}
        assert kept["model"] is model
    assert 1 == len(probe.values)
