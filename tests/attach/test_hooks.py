"""How the probe gets into a step and out of it without touching what is not ours."""

import os
import signal
import sys
import threading
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from torch.optim import optimizer as tables  # noqa: E402

from logwatch.attach.guest import ERRORS, HOOKS, Guest, GuestReading, StepWraps  # noqa: E402
from tests.attach.trainings import probed  # noqa: E402

pytestmark = pytest.mark.torch

PRE, POST = HOOKS % "pre", HOOKS % "post"


def ours() -> list[Any]:
    """The three places that the guest rebinds, as they are now."""
    return [getattr(tables, PRE), getattr(tables, POST), torch.autograd.backward]


def training() -> tuple[Any, Any]:
    """One parameter with a gradient, and its optimizer."""
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    return weight, torch.optim.SGD([weight], lr=0.1)


def test_restored() -> None:
    """Afterwards the very objects are back that were there before."""
    before = ours()
    with probed():
        assert not any(now is then for now, then in zip(ours(), before, strict=True))

    assert all(now is then for now, then in zip(ours(), before, strict=True))


def test_tables_are_not_touched() -> None:
    """torch's own tables hold the same entries while we are there."""
    before = list(tables._global_optimizer_post_hooks)
    table = tables._global_optimizer_post_hooks
    with probed():
        assert before == list(table)


def test_two_guests() -> None:
    """Two guests that leave in the order in which they came leave nothing."""
    before = ours()
    first, second = Guest([].append), Guest([].append)
    first.hook(torch)
    second.hook(torch)
    first.unhook()
    _, optimizer = training()
    optimizer.step()
    assert 1 == second.steps
    second.unhook()

    assert all(now is then for now, then in zip(ours(), before, strict=True))


def test_hook_registered_meanwhile() -> None:
    """A hook that somebody registers while we are there stays when we go, and can be removed."""
    calls = []
    with probed():
        handle = tables.register_optimizer_step_post_hook(lambda *_: calls.append(1))
    _, optimizer = training()
    optimizer.step()
    handle.remove()
    optimizer.step()

    assert [1] == calls


def test_hook_removed_meanwhile() -> None:
    """A hook from before can be removed while we are there."""
    calls = []
    handle = tables.register_optimizer_step_pre_hook(lambda *_: calls.append(1))
    _, optimizer = training()
    with probed():
        optimizer.step()
        handle.remove()
        optimizer.step()

    assert [1] == calls


def test_table_that_changes_while_it_is_read() -> None:
    """Hooks that come and go in other threads do not stop a step."""
    _, optimizer = training()
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            tables.register_optimizer_step_post_hook(lambda *_: None).remove()

    with probed(every=1000) as probe:
        thread = threading.Thread(target=churn)
        thread.start()
        for _ in range(300):
            optimizer.step()
        stop.set()
        thread.join()
        (watch,) = probe.guest.watches.values()
        watch.catch_up()

    assert 300 == watch.count


def test_somebody_wraps_backward_after_us() -> None:
    """What was put over ours stays; ours then only passes on."""
    plain = torch.autograd.backward
    with probed() as probe:
        inner = torch.autograd.backward

        def outer(*args: Any, **kwargs: Any) -> None:
            inner(*args, **kwargs)

        torch.autograd.backward = outer
    try:
        assert torch.autograd.backward is outer
        torch.ones(1, requires_grad=True).sum().backward()
        assert [] == probe.guest.losses
    finally:
        torch.autograd.backward = plain


def test_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours never reaches the training; after 16 the guest leaves."""

    def fail(self: Any) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(GuestReading, "read_gradients", fail)
    before = ours()
    weight, optimizer = training()
    with probed() as probe:
        for _ in range(ERRORS + 4):
            optimizer.step()
        assert all(now is then for now, then in zip(ours(), before, strict=True))

    assert ERRORS == probe.guest.errors
    assert "too many errors of the probe" == probe.guest.leaving
    assert any("no such luck" in note for note in probe.notes)
    assert weight[0].item() == pytest.approx(1 - 0.1 * (ERRORS + 4))


def test_error_of_the_training() -> None:
    """What a step itself raises goes through, and the next step is read again."""
    model = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def closure() -> None:
        raise ValueError("the data are broken")

    with probed() as probe:
        with pytest.raises(ValueError, match="broken"):
            optimizer.step(closure)
        model(torch.ones(1, 1)).sum().backward()
        optimizer.step()

    assert 1 == len(probe.values)
    assert [] == probe.notes


def test_time_limit_that_strikes_in_our_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of a signal's handler reaches the training, also when it falls into our code."""

    def handler(number: int, frame: Any) -> None:
        raise TimeoutError("the epoch took too long")

    def interrupt(self: Any) -> None:
        os.kill(os.getpid(), signal.SIGALRM)
        sum(range(1000))

    monkeypatch.setattr(GuestReading, "read_gradients", interrupt)
    before = signal.signal(signal.SIGALRM, handler)
    try:
        _, optimizer = training()
        with probed() as probe, pytest.raises(TimeoutError, match="too long"):
            optimizer.step()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert 0 == probe.guest.errors


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Ctrl-C that falls into our code is the training's."""

    def interrupt(self: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(GuestReading, "read_gradients", interrupt)
    _, optimizer = training()
    with probed(), pytest.raises(KeyboardInterrupt):
        optimizer.step()


def test_fork() -> None:
    """In a forked worker the hooks do nothing."""
    _, optimizer = training()
    with probed() as probe:
        optimizer.step()
        child = os.fork()
        if child == 0:
            optimizer.step()
            os._exit(len(probe.values))
        assert 1 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        optimizer.step()

    assert 2 == len(probe.values)


def test_old_torch() -> None:
    """Without torch's tables each optimizer's step is wrapped, and unwrapped to what it was."""
    _, plain = training()
    _, scheduled = training()
    torch.optim.lr_scheduler.LambdaLR(scheduled, lambda count: 1.0)
    before = scheduled.__dict__["step"]
    seen: list[str] = []
    wraps = StepWraps(torch)
    plain.step()
    wraps.use(lambda o, *_: seen.append("before"), lambda o, *_: seen.append("after"))
    plain.step()
    scheduled.step()
    assert ["before", "after"] * 2 == seen
    wraps.remove()
    plain.step()

    assert 4 == len(seen)
    assert "step" not in plain.__dict__
    assert scheduled.__dict__["step"] is before


def test_old_torch_as_a_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole guest works so, and says what it lacks."""
    _, optimizer = training()
    monkeypatch.setattr("logwatch.attach.guest.HOOKS", "no_such_table_%s")
    with probed() as probe:
        for _ in range(2):
            optimizer.step()

    assert 2 == len(probe.values)
    assert any("older than 2.0" in note for note in probe.notes)


def test_no_loss() -> None:
    """Who wants no loss has backward left alone."""
    plain = torch.autograd.backward
    with probed(loss=False) as probe:
        assert torch.autograd.backward is plain
        _, optimizer = training()
        optimizer.step()

    assert "train/loss" not in probe.values[0]
    assert "skipped_steps" not in probe.values[0]


def test_subclass_with_torch_function() -> None:
    """A loss of a tensor's subclass counts once."""

    class Special(torch.Tensor):
        pass

    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    with probed() as probe:
        weight.sum().as_subclass(Special).backward()
        optimizer.step()

    assert 1 == probe.guest.backwards
    assert 2.0 == probe.values[0]["train/loss"]


def test_frames_of_ours_end() -> None:
    """A guest that has left is garbage: no cycle and no table holds it."""
    import gc
    import weakref

    guest = Guest([].append, 1)
    guest.hook(torch)
    _, optimizer = training()
    optimizer.step()
    guest.unhook()
    dead = weakref.ref(guest)
    del guest
    gc.collect()

    assert dead() is None
    assert "logwatch_guest" not in sys.modules
