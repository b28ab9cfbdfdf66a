"""What only a GPU can show: nothing waits for it, streams and graphs are left as they are.

The same kind of functions as in gpu_checks.py; these need a GPU.
"""

import contextlib
import time

import torch
from gpu_checks import (
    adam,
    assert_quiet,
    deterministic,
    find_loss,
    make_ready,
    read_bits,
    settle,
    train,
)

from tests.attach.trainings import Model, probed

PRODUCTS = 16
"""Of 8192 x 8192 matrices, queued to see who waits for them: 0.25 s of a large GPU."""
SOON_MS = 50.0
"""The longest stop of the training that is allowed."""


def check_no_waiting(device: str) -> str:
    """torch raises at every call that waits for the GPU; none comes from the probe."""
    torch.cuda.set_sync_debug_mode("error")
    try:
        with probed() as probe:
            losses, _ = train(50, device)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert_quiet(probe.notes)
    assert len(losses) == 50
    assert probe.values
    return f"{len(probe.values)} readings in 50 steps that never wait, no call that waits"


def check_busy_gpu(device: str) -> str:
    """While the GPU has long work to do the training is not held up, even by the first probe."""
    weight = make_ready(device)
    optimizer = torch.optim.AdamW([weight], 1e-3)
    optimizer.step()
    matrix = torch.randn(8192, 8192, device=device)
    took = []
    with probed() as probe:
        for _ in range(4):
            settle(device)
            for _ in range(PRODUCTS):
                torch.mm(matrix, matrix)
            event = torch.cuda.Event()
            event.record()
            begun = time.perf_counter()
            optimizer.step()
            took.append(1e3 * (time.perf_counter() - begun))
            assert not event.query(), "the GPU was not busy for long enough"
        settle(device)
        optimizer.step()
    assert_quiet(probe.notes)
    assert max(took) <= SOON_MS, took
    return "steps beside a busy GPU took " + ", ".join(f"{ms:.1f}" for ms in took) + " ms"


def check_graph(device: str) -> str:
    """A CUDA graph of whole steps is captured while a reading is under way, and replays rightly."""

    def capture(is_probed: bool) -> tuple[list[str], list[str]]:
        torch.manual_seed(0)
        model = Model().to(device)
        optimizer = adam(model, capturable=True)
        words = torch.randint(0, 600, (8, 24), device=device)

        def step() -> torch.Tensor:
            optimizer.zero_grad()
            loss = find_loss(model, words)
            loss.backward()
            optimizer.step()
            return loss

        with probed() if is_probed else contextlib.nullcontext() as probe:
            stream = torch.cuda.Stream()
            with torch.cuda.stream(stream):
                for _ in range(4):
                    step()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                loss = step()
            for _ in range(20):
                graph.replay()
            settle(device)
        return read_bits([loss.detach()], model), probe.notes if probe else []

    with deterministic():
        (alone, _), (watched, notes) = capture(False), capture(True)
    assert_quiet(notes)
    assert alone == watched
    return "captured beside a reading under way; 20 replays end the same to the last bit"


def check_side_stream(device: str) -> str:
    """A training on a stream of its own is read on that stream."""
    stream = torch.cuda.Stream()
    with probed() as probe, torch.cuda.stream(stream):
        losses, _ = train(20, device, after=lambda _: stream.synchronize())
    assert_quiet(probe.notes)
    for message in probe.of_kind("values"):
        assert losses[message["step"] - 1].item() == message["values"]["train/loss"]
    return f"{len(probe.values)} readings, losses exact"


def check_compiled(device: str) -> str:
    """A model that torch.compile has compiled, with an optimizer that it has not."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(32, 32), torch.nn.ReLU(), torch.nn.Linear(32, 1))
    compiled = torch.compile(model.to(device))
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    with probed(models=[("model", model)]) as probe:
        for _ in range(12):
            optimizer.zero_grad()
            compiled(torch.randn(16, 32, device=device)).pow(2).mean().backward()
            optimizer.step()
            settle(device)
    assert_quiet(probe.notes)
    assert len(probe.values) >= 6
    return f"{len(probe.values)} readings in 12 steps"


ON_A_GPU = (check_no_waiting, check_busy_gpu, check_graph, check_side_stream, check_compiled)
