"""How often is probed: as often as the budget allows, and no more often than of use."""

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from logwatch.attach import guest as probes  # noqa: E402
from logwatch.attach.guest import (  # noqa: E402
    EXACT,
    FULL,
    LIGHT,
    LIGHT_S,
    NONE,
    SLOWEST_S,
    SOONEST_S,
    Guest,
    Watch,
)
from tests.attach.trainings import probed  # noqa: E402

pytestmark = pytest.mark.torch


class Thing:
    """What a watch can refer to."""


def watch(step_s: float, cost_s: float) -> Watch:
    """A watch of an optimizer whose steps and probes take that long."""
    made = Watch(0, Thing(), None)
    made.usual, made.probes = step_s, 2
    made.costs.append(cost_s)
    return made


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now

    monotonic = time = thread_time = perf_counter


def train(steps: int, clock: Clock, step_s: float, optimizer: Any) -> None:
    """Steps of that length; a probe's cost is what `begin` adds to the clock."""
    for _ in range(steps):
        clock.now += step_s
        optimizer.step()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The guest's only clock."""
    made = Clock()
    monkeypatch.setattr(probes, "time", made)
    return made


@pytest.fixture
def optimizer() -> Any:
    """One parameter with a gradient."""
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    return torch.optim.SGD([weight], lr=0.1)


def dear(monkeypatch: pytest.MonkeyPatch, clock: Clock, cost_s: float) -> None:
    """Make each probe take that long."""
    begin = Guest.begin

    def slow(self: Guest, *arguments: Any) -> None:
        begin(self, *arguments)
        clock.now += cost_s

    monkeypatch.setattr(Guest, "begin", slow)


@pytest.mark.parametrize(
    ("step_s", "cost_s", "every"),
    [(0.1, 0.01, 20), (0.169, 0.0036, 5), (0.5, 0.001, 1), (1.0, 0.1, 20)],
)
def test_every(step_s: float, cost_s: float, every: int) -> None:
    """Probes come so far apart that their cost is half of 1 % of the time."""
    assert every == watch(step_s, cost_s).find_every(0.01, 0.0, SOONEST_S)


def test_soonest() -> None:
    """Cheap probes of short steps come ten times a second, not thousands of times."""
    assert math.ceil(SOONEST_S / 0.001) == watch(0.001, 1e-6).find_every(0.01, 0.0, SOONEST_S)


def test_floor() -> None:
    """However dear, a step a minute is probed."""
    assert SLOWEST_S / 0.5 == watch(0.5, 1000.0).find_every(0.01, 0.0, SOONEST_S)


def test_idle_hooks_count() -> None:
    """What the hooks take of every step is part of the budget."""
    free = watch(0.001, 0.001).find_every(0.01, 0.0, 0.0)
    loaded = watch(0.001, 0.001).find_every(0.01, 5e-6, 0.0)
    assert (200, 400) == (free, loaded)


def test_share_over_time(clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a thousand steps the probes take half of 1 % of the time, but for the first two."""
    dear(monkeypatch, clock, 0.02)
    with probed(None) as probe:
        start = clock.now
        train(1000, clock, 0.05, optimizer)
        full = [values for values in probe.values if "param_delta/max" in values]

    share = 0.02 * (len(full) - 2) / (clock.now - start)
    assert 0.004 <= share <= 0.005


def test_first_two_steps(clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two steps are probed at once, whatever that costs."""
    dear(monkeypatch, clock, 5.0)
    with probed(None) as probe:
        train(2, clock, 0.05, optimizer)

    assert [1, 2] == [message["step"] for message in probe.of_kind("values")]
    assert all("param_delta/max" in values for values in probe.values)


def test_light_between(clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between dear probes learning rate and step time still come twice a second."""
    dear(monkeypatch, clock, 0.5)
    with probed(None) as probe:
        train(2, clock, 0.05, optimizer)
        start = len(probe.values)
        train(200, clock, 0.05, optimizer)
        light = probe.values[start:]

    assert all("param_delta/max" not in values for values in light)
    assert all({"lr/0", "step_time"} <= values.keys() for values in light)
    assert 200 * 0.05 / LIGHT_S * 0.8 <= len(light) <= 200 * 0.05 / LIGHT_S


def test_every_overrides(clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fixed `every` is kept, whatever it costs, with nothing in between."""
    dear(monkeypatch, clock, 5.0)
    with probed(3) as probe:
        train(10, clock, 0.05, optimizer)

    assert [1, 4, 7, 10] == [message["step"] for message in probe.of_kind("values")]


def test_cost_of_sending_counts() -> None:
    """What the writer spends on a probe is charged to it."""
    guest = Guest([].append)
    guest.watches[0] = watch(0.1, 0.01)
    guest.add_cost(0.02)
    assert 0.03 == pytest.approx(guest.watches[0].costs[-1])
    assert 62 == guest.find_every(guest.watches[0])


def test_two_optimizers_share_the_budget() -> None:
    """With two optimizers each gets half."""
    guest = Guest([].append)
    guest.watches = {0: watch(0.1, 0.01), 1: watch(0.1, 0.01)}
    assert 43 == guest.find_every(guest.watches[0])


def test_pauses_do_not_count_as_steps() -> None:
    """An evaluation of minutes between two steps does not make the usual step long."""
    made = watch(0.1, 0.01)
    made.last = 1.0
    made.tick(601.0)
    assert made.usual < 0.11
    assert 600.0 == made.times[2]


def test_slower_steps_are_learned() -> None:
    """Steps that have become ten times as long are the usual ones after a while."""
    made = watch(0.1, 0.01)
    made.last = 1.0
    for turn in range(100):
        made.tick(2.0 + turn)
    assert 0.9 < made.usual <= 1.0


def test_nothing_while_a_device_owes_a_reading() -> None:
    """No new probe is begun while one is on its way."""
    made = watch(0.1, 0.0)
    made.waiting = object()
    made.plan(0.0, True)
    assert NONE == made.due
    made.waiting = None
    made.plan(0.0, True)
    assert FULL == made.due
    made.probed_count = 100
    made.plan(10.0, True)
    assert LIGHT == made.due


def test_weights_on_every_fourth(clock: Clock, optimizer: Any) -> None:
    """All parameters are read on the first probe and every fourth after it."""
    with probed() as probe:
        train(2 * EXACT + 1, clock, 0.05, optimizer)

    read = [number for number, values in enumerate(probe.values) if "param_norm/0" in values]
    assert [0, EXACT, 2 * EXACT] == read


def test_cadence_is_told(clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """How often, at what cost, in steps of what length."""
    dear(monkeypatch, clock, 0.01)
    with probed(None) as probe:
        assert {} == probe.guest.tell_cadence()
        train(40, clock, 0.1, optimizer)
        told = probe.guest.tell_cadence()

    assert 21 == told["every"]
    assert 0.01 == pytest.approx(told["cost_s"])
    assert 0.1 == pytest.approx(told["step_s"], rel=0.05)


def count_calls(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """The names of these methods of a guest, as they are called."""
    called: list[str] = []
    for name in names:
        plain = getattr(Guest, name)

        def counted(self: Guest, *args: Any, _plain: Any = plain, _name: str = name) -> Any:
            called.append(_name)
            return _plain(self, *args)

        monkeypatch.setattr(Guest, name, counted)
    return called


def test_a_step_that_is_not_read_is_only_noted(
    clock: Clock, optimizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between probes one small function runs a step, and nothing before the step or at the loss."""
    called = count_calls(monkeypatch, "before_step", "after_step", "see_backward", "note_step")
    weight = torch.nn.Parameter(torch.ones(3))
    with probed(100) as probe:
        for _ in range(200):
            weight.sum().backward()
            train(1, clock, 0.001, optimizer)
        (watch,) = probe.guest.watches.values()
        watch.catch_up()

    assert 198 == called.count("note_step")
    assert [2, 2, 2] == [called.count(n) for n in ("before_step", "after_step", "see_backward")]
    assert (200, 0) == (watch.count, watch.skipped)
    assert [1, 101] == [message["step"] for message in probe.of_kind("values")]


def test_step_times_of_steps_that_were_only_noted(clock: Clock, optimizer: Any) -> None:
    """Mean and longest time of all steps since the last probe are told, the noted ones too."""
    with probed(10) as probe:
        train(1, clock, 1.0, optimizer)
        train(9, clock, 1.0, optimizer)
        train(1, clock, 3.0, optimizer)

    times = probe.values[-1]
    assert (1.2, 3.0) == (times["step_time"], times["step_time/max"])


def test_a_new_optimizer_is_met_between_two_probes(clock: Clock, optimizer: Any) -> None:
    """One that begins to step while the other rests is read from its second step on."""
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    other = torch.optim.SGD([weight], lr=0.1)
    with probed(1000) as probe:
        train(5, clock, 0.1, optimizer)
        train(2, clock, 0.1, other)

    assert 2 == len(probe.of_kind("groups"))


def test_an_optimizer_that_steps_no_more_keeps_nobody_awake(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, optimizer: Any
) -> None:
    """A probe that waits for an optimizer of a past phase does not slow the steps of another."""
    weight = torch.nn.Parameter(torch.ones(3))
    weight.grad = torch.ones(3)
    past = torch.optim.SGD([weight], lr=0.1)
    with probed(20):
        train(20, clock, 0.01, past)
        train(300, clock, 0.01, optimizer)
        called = count_calls(monkeypatch, "before_step")
        train(19, clock, 0.01, optimizer)

    assert len(called) <= 1


@pytest.mark.parametrize(
    ("calls", "skipped"),
    [
        ([1, 2, 3, 4], 0),
        ([1, 2, 4, 5], 1),
        ([4, 8, 12, 20, 24], 1),
        ([4, 8, 12, 15, 19], 0),
        ([1, 2] + [4 + 2 * n for n in range(20)], 0),
    ],
)
def test_skipped_steps(calls: list[int], skipped: int) -> None:
    """Twice the usual backward calls before a step is a step that was not taken."""
    made = watch(0.1, 0.01)
    for total in calls:
        made.count += 1
        made.count_backwards(total)
    assert skipped == made.skipped
