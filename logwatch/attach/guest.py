"""The guest: what logwatch runs inside a training that was not prepared for it.

This file is the whole of it. It is copied into a private folder, run once in the target by a thread
of its own, and needs nothing but the standard library (Python 3.8 or newer) and the torch that the
training has already imported. It imports nothing else of logwatch.

What it changes in the process, all of it undone when it leaves:
  - two module globals of torch.optim.optimizer (the tables of hooks that every optimizer's step
    looks into) are rebound to a `Proxy` that shows the same hooks and ours. The tables themselves
    are never touched: adding to a table that a running step iterates over kills that step;
  - torch.autograd.backward is rebound to a function that counts its calls, keeps the loss of a
    probed step, and calls the original;
  - one daemon thread, `logwatch-probe`, owns the socket. It touches no tensor: a daemon thread
    that waits inside torch while the interpreter ends can abort the process.
What it never does: raise, print, warn, use torch's random numbers, call a collective, keep a
tensor of the training alive, wait for a GPU, write a file, listen for anybody.

It leaves when it is told to, when the socket ends, when nobody reads for 2 s, after 16 errors.

Cadence: on a probed step it reads all gradients, a sample of all parameters before and after, and
on every fourth also all parameters. Of all other steps only the time of their end is noted. What
that costs, hooks, bookkeeping and sending together, is measured; the next probed step comes when
that is at most 1 % (the budget) of the time between.
The first two steps are always probed, so that there is something to see and to measure: they may
cost more. The floor: however dear, one step a minute is probed; its cost is reported (`share`).

On CUDA, untried (no GPU was at hand): the norms stay on the device, are copied to pinned memory
behind an event, and are read at a later step when the event has passed. Nothing waits, nothing is
done while a graph is captured. A step inside a replayed graph runs no Python and is not seen; one
that torch.compile has compiled is not either, and is compiled once more when we come.
"""

# ruff: noqa: B905, UP031, UP035, PTH123 (Python 3.8 knows no other way)
from __future__ import annotations

import collections
import contextlib
import functools
import gc
import itertools
import json
import math
import os
import select
import signal
import socket
import struct
import sys
import threading
import time
import weakref
from _thread import get_ident
from typing import Any, Iterator

VERSION = 1
SAMPLE = (
    16384  # elements read of one tensor to see it move: L2 within 2 % also where SGD moves them
)
RUN = 8  # neighbours among them; each place of memory that is visited costs
NOTED = 4096  # steps whose end is noted before they are counted
IDLE_STEP_S = 15e-6  # lost by a step that is not probed, seen from outside: benchmarks/attach.py
QUEUE = 1024  # messages not yet sent; older ones are dropped and counted
ERRORS = 16  # errors after which the guest leaves
OPTIMIZERS = 8  # probed in one process; with one for each parameter there are hundreds
LOSSES = 1024  # micro-batches of one step whose loss is kept
EXACT = 4  # every how many probes all parameters are read, not a sample
RECENT = 8  # probes whose mean cost decides about the next: two rounds of EXACT
AIM = 0.5  # of the budget is planned with: a probe costs up to 1.6 times what its own clock sees
SOONEST_S = 0.1  # between probes: a screen that draws four times a second shows no more
SLOWEST_S = 60.0  # between probes, however dear they are
LIGHT_S = 0.5  # between messages of learning rate, loss and step time alone
NEST_S = 60.0  # a step that has been open for longer has failed
REPORT_S = 5.0  # between reports of the cadence
MEMORY_S = 2.0  # between readings of the memory
PATIENCE_S = 2.0  # to send; a reader that takes longer is gone
IDLE_S = 0.25  # between looks around where nothing happens
STALL_S = 30.0  # least silence that is called a stall
STALL_STEPS = 10  # usual steps without one that are called a stall
UNSEEN_S = 60.0  # without any step before we say so

NONE, LIGHT, FULL = 0, 1, 2  # how much of the next step is read
HOOKS = "_global_optimizer_%s_hooks"


# --- how it gets into a step -------------------------------------------------------------------


class Proxy:
    """Shows a table of hooks and one more, ours, without touching the table.

    torch.compile that traces a step does not see ours: it could not be part of a compiled graph.
    """

    is_logwatch = True

    def __init__(self, hooks: Any, hook: Any, is_compiling: Any) -> None:
        self.hooks = hooks
        self.hook = hook
        self.is_compiling = is_compiling

    def values(self) -> Any:
        if self.hook is None or self.is_compiling():
            return self.hooks.values()
        return [*self.hooks.values(), self.hook]

    def __len__(self) -> int:
        return len(self.hooks) + (self.hook is not None)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.hooks)

    def __contains__(self, key: Any) -> bool:
        return key in self.hooks

    def __getitem__(self, key: Any) -> Any:
        return self.hooks[key]

    def __setitem__(self, key: Any, hook: Any) -> None:
        self.hooks[key] = hook
        kept = getattr(self.hooks, "__dict__", {}).setdefault("_logwatch", [])
        if self not in kept:  # its handle knows us weakly: live as long as the table does
            kept.append(self)

    def __delitem__(self, key: Any) -> None:
        del self.hooks[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["hooks"], name)


def find_is_compiling(torch: Any) -> Any:
    """The function that torch.compile reads as True while it traces (torch 2.1 and newer)."""
    return getattr(getattr(torch, "compiler", None), "is_compiling", None) or bool


class GlobalHooks:
    """Our two hooks in torch's tables (torch 2.0 and newer)."""

    def __init__(self, torch: Any, module: Any) -> None:
        self.module = module
        self.proxies = []
        is_compiling = find_is_compiling(torch)
        for name in (HOOKS % "post", HOOKS % "pre"):
            proxy = Proxy(getattr(module, name), None, is_compiling)
            self.proxies.append((name, proxy))
            setattr(module, name, proxy)

    def use(self, before: Any, after: Any) -> None:
        """Call these around every step; None: nothing. Between the two calls may lie a step."""
        for (_, proxy), hook in zip(self.proxies, (after, before)):
            proxy.hook = hook

    def remove(self) -> None:
        """Put the tables back where ours still stand; another logwatch may stand before us."""
        for name, proxy in self.proxies:
            proxy.hook = None
            outer = getattr(self.module, name)
            if outer is proxy:
                setattr(self.module, name, proxy.hooks)
                continue
            while getattr(outer, "is_logwatch", False):
                if outer.hooks is proxy:
                    outer.hooks = proxy.hooks
                    break
                outer = outer.hooks


class StepWraps:
    """The same for torch before 2.0, which has no such tables: wraps `step` of each optimizer.

    Finds them by one scan of all objects, which stops the process for about 0.1 s, once.
    """

    def __init__(self, torch: Any) -> None:
        self.hooks: Any = (None, None)
        self.wrapped: list[Any] = []
        kind = torch.optim.Optimizer
        for item in [item for item in gc.get_objects() if issubclass(type(item), kind)]:
            self.wrap(item)

    def use(self, before: Any, after: Any) -> None:
        """Call these around every step; None: nothing."""
        self.hooks = (before, after)

    def wrap(self, optimizer: Any) -> None:
        original = optimizer.step
        known = weakref.ref(optimizer)

        @functools.wraps(original)
        def step(*args: Any, **kwargs: Any) -> Any:
            whole = (known(), *args)
            before, after = self.hooks
            if before is not None:
                before(whole[0], whole, kwargs)
            result = original(*args, **kwargs)
            if after is not None:
                after(whole[0], whole, kwargs)
            return result

        self.wrapped.append((known, step, optimizer.__dict__.get("step")))
        optimizer.step = step

    def remove(self) -> None:
        for known, step, own in self.wrapped:
            optimizer = known()
            if optimizer is None or optimizer.__dict__.get("step") is not step:
                continue
            if own is None:
                del optimizer.step
            else:
                optimizer.step = own


class BackwardWrap:
    """torch.autograd.backward (`loss.backward()` calls it too), counted, with a look at the loss.

    `see` is asked for the steps that are probed, and None in between.
    """

    def __init__(self, torch: Any) -> None:
        self.module = module = torch.autograd
        is_compiling = find_is_compiling(torch)
        self.original = module.backward
        self.see: Any = None
        self.calls = 0
        wrap = self

        @functools.wraps(self.original)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            if not is_compiling():
                wrap.calls += 1
                see = wrap.see
                if see is not None:
                    see(tensors)
            return wrap.original(tensors, *args, **kwargs)

        backward.logwatch = self  # type: ignore[attr-defined]
        self.backward = module.backward = backward

    def remove(self) -> None:
        """Put back what was there, where ours still stands or another logwatch before it."""
        self.see = None
        if self.module.backward is self.backward:
            self.module.backward = self.original
        outer = getattr(self.module.backward, "logwatch", None)
        while outer is not None:
            if outer.original is self.backward:
                outer.original = self.original
            outer = getattr(outer.original, "logwatch", None)


# --- what a step is asked ----------------------------------------------------------------------


def find_local(tensor: Any) -> Any:
    """The part of a distributed tensor that this process holds: the whole takes a collective."""
    return getattr(tensor, "_local_tensor", tensor)


def is_readable(torch: Any, tensor: Any) -> bool:
    """Whether its elements are here (not on `meta`, not sparse) and have a norm."""
    return bool(
        tensor.layout is torch.strided
        and tensor.device.type in ("cpu", "cuda")
        and (tensor.is_floating_point() or tensor.is_complex())
        and tensor.numel() > 0
    )


@functools.lru_cache(maxsize=4096)
def choose_stride(count: int) -> int:
    """Elements from one run of the sample to the next, coprime to every dimension.

    With a stride that shares a factor with the last dimension some columns would never be read.
    """
    stride = count * RUN // SAMPLE
    while math.gcd(stride, count) != 1:
        stride += 1
    return stride


def is_dense(tensor: Any) -> bool:
    """Whether its elements fill one stretch of memory, in any order (transposed, channels last)."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape)):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def take_sample(torch: Any, tensor: Any) -> Any:
    """About SAMPLE elements, spread over the whole tensor; a view where that can be.

    In runs of RUN neighbours (n, RUN): what costs is each place of memory that is visited.
    """
    tensor = tensor.detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    count = tensor.numel()
    if count <= SAMPLE:
        return tensor.reshape(-1)
    if tensor.is_contiguous() or is_dense(tensor):
        stride = choose_stride(count)
        runs = (count - RUN) // stride + 1
        return tensor.as_strided((runs, RUN), (stride, 1), tensor.storage_offset())
    thin = (SAMPLE / count) ** (1 / tensor.dim())  # an odd view: thin it out in each dimension
    steps = (-(-size // max(1, int(size * thin))) for size in tensor.shape)
    return tensor[tuple(slice(None, None, step) for step in steps)].reshape(-1)


def find_values(torch: Any, gradient: Any) -> Any:
    """What of a gradient has the norm of the whole, or None where finding it waits for a GPU."""
    gradient = find_local(gradient).detach()
    if gradient.layout is torch.sparse_coo:
        if not gradient.is_coalesced() and gradient.device.type != "cpu":
            return None
        gradient = gradient.coalesce()._values()
    return torch.view_as_real(gradient) if gradient.is_complex() else gradient


def measure_norms(torch: Any, tensors: list[Any]) -> Any:
    """L2 of each, (n,) float32, summed in float32: in float16 a norm of 70,000 is infinite."""
    try:
        norms = torch._foreach_norm(tensors, 2, dtype=torch.float32)
    except (TypeError, AttributeError):  # torch before 2.4 has no such argument
        norms = [torch.linalg.vector_norm(t, 2, dtype=torch.float32) for t in tensors]
    return torch.stack(list(norms))


def bucket(tensors: Any) -> list[Any]:
    """(rows, tensors) that can be taken together: of one device, type and number of dimensions."""
    buckets: dict[Any, Any] = {}
    for row, tensor in tensors:
        key = (tensor.device, tensor.dtype, tensor.dim())
        rows, items = buckets.setdefault(key, ([], []))
        rows.append(row)
        items.append(tensor)
    return list(buckets.values())


class GuestReading:
    """What one step was asked, on its way from the devices.

    `results[tag][row]` are numbers; a row is the place of a tensor in the optimizer, or 0, 1, ...
    of the losses, the learning rates.
    """

    def __init__(self, torch: Any, optimizer: Any, is_full: bool) -> None:
        self.torch = torch
        self.is_full = is_full
        self.facts: dict[str, Any] = {}
        self.results: dict[str, dict[int, float]] = {}
        self.parts: dict[Any, list[Any]] = {}  # by device, not yet on their way
        self.flying: list[Any] = []
        self.marks: list[Any] = []
        self.before: list[Any] = []
        self.scales: dict[int, float] = {}
        self.parameters: list[Any] = []
        if is_full:
            self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        found = ((row, find_local(p)) for row, p in enumerate(self.parameters))
        self.locals = {row: local for row, local in found if is_readable(torch, local)}

    def read_before(self) -> None:
        """Remember a sample of every parameter."""
        torch = self.torch
        samples = []
        for row, local in self.locals.items():
            samples.append((row, take_sample(torch, local)))
            count = local.numel() * (2 if local.is_complex() else 1)
            self.scales[row] = math.sqrt(count / samples[-1][1].numel())
        for rows, views in bucket(samples):
            sizes = [view.numel() for view in views]
            self.before.append((rows, sizes, torch.cat(views).reshape(-1)))

    def read_gradients(self) -> None:
        """L2 of every gradient."""
        found, gradless = [], []
        for row, parameter in enumerate(self.parameters):
            gradient = parameter.grad if parameter.is_leaf else None
            if gradient is None:
                gradless.append(row)
                continue
            values = find_values(self.torch, gradient)
            if values is not None and is_readable(self.torch, values):
                found.append((row, values))
        self.facts["gradless"] = gradless
        for rows, values in bucket(found):
            self.add("gradients", rows, measure_norms(self.torch, values))

    def read_changes(self) -> None:
        """L2 of how far every sample moved, and of the sample itself."""
        torch = self.torch
        for rows, sizes, before in self.before:
            views = [take_sample(torch, self.locals[row]) for row in rows]
            after = torch.cat(views).reshape(-1)
            if after.shape == before.shape:
                if after.element_size() < 4:
                    after = after.float()
                moved = after - before
                self.add("deltas", rows, measure_norms(torch, moved.split(sizes)))
                self.add("sampled", rows, measure_norms(torch, after.split(sizes)))
        self.before = []

    def read_weights(self) -> None:
        """L2 of every parameter, all of it."""
        torch = self.torch
        whole = ((row, find_values(torch, local)) for row, local in self.locals.items())
        for rows, tensors in bucket(whole):
            self.add("weights", rows, measure_norms(torch, tensors))

    def read_number(self, tag: str, row: int, number: Any) -> None:
        """One number, exactly; it may live on a device."""
        if isinstance(number, self.torch.Tensor):
            number = find_local(number.detach())
            if number.numel() == 1 and number.device.type in ("cpu", "cuda"):
                self.add(tag, [row], number)
        elif isinstance(number, (int, float)):
            self.results.setdefault(tag, {})[row] = number

    def add(self, tag: str, rows: list[int], tensor: Any) -> None:
        if tensor.device.type == "cpu":
            self.results.setdefault(tag, {}).update(zip(rows, tensor.reshape(-1).tolist()))
        else:
            self.parts.setdefault(tensor.device, []).append((tag, rows, tensor.reshape(-1)))

    def ship(self) -> None:
        """Send what is on a GPU on its way: one copy for each, waited for by nobody."""
        torch = self.torch
        for device, parts in self.parts.items():
            keys = [(tag, row) for tag, rows, _ in parts for row in rows]
            with torch.cuda.device(device):
                there = torch.cat([tensor.to(torch.float64) for _, _, tensor in parts])
                here = torch.empty(len(keys), dtype=torch.float64, device="cpu", pin_memory=True)
                here.copy_(there, non_blocking=True)
                event = torch.cuda.Event()
                event.record()
            self.flying.append((event, keys, here, there))
        self.parts, self.parameters, self.locals = {}, [], {}

    def has_landed(self) -> bool:
        """Whether all of it can be read without waiting; then it is in `results`."""
        while self.flying:
            event, keys, here, _ = self.flying[-1]
            if not event.query():
                return False
            for (tag, row), number in zip(keys, here.tolist()):
                self.results.setdefault(tag, {})[row] = number
            self.flying.pop()
        return True

    def mark(self) -> None:
        """Note a moment on the GPU, to know later what our work took there."""
        if self.parameters and self.parameters[0].device.type == "cuda":
            with self.torch.cuda.device(self.parameters[0].device):
                self.marks.append(self.torch.cuda.Event(enable_timing=True))
                self.marks[-1].record()

    def find_device_seconds(self) -> float:
        pairs = zip(self.marks[::2], self.marks[1::2])
        return sum(float(start.elapsed_time(end)) for start, end in pairs) / 1e3

    def list_row(self, tag: str) -> list[Any]:
        """The numbers of one tag in the order of their rows, None where there is none."""
        numbers = self.results.get(tag, {})
        return [numbers.get(row) for row in range(max(numbers, default=-1) + 1)]

    def write(self) -> dict[str, Any]:
        """The message that carries the numbers; what they mean for groups is the host's work."""
        message = {tag: self.list_row(tag) for tag in self.results}
        for tag in ("deltas", "sampled"):
            numbers = message.get(tag, ())
            message[tag] = [n and n * self.scales.get(row, 1.0) for row, n in enumerate(numbers)]
        return {"kind": "reading", **message, **self.facts}


# --- names -------------------------------------------------------------------------------------

WRAPPERS = ("module.", "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")


def plain_name(name: str) -> str:
    """A parameter's name without what DDP, FSDP and torch.compile put into it."""
    for wrapper in WRAPPERS:
        if name.startswith(wrapper) or ("." + wrapper) in name:
            name = ("." + name).replace("." + wrapper, ".")[1:]
    return name


def list_inside(value: Any) -> list[tuple[str, Any]]:
    """(name, value) for what a list, a dict or a plain object holds; asks no property."""
    kind = type(value)
    if kind in (list, tuple):
        return [("", item) for item in value[:32]]
    if kind is dict:
        return [(str(key), item) for key, item in itertools.islice(value.items(), 32)]
    if kind.__module__.split(".")[0] in ("torch", "builtins", "types", "_thread"):
        return []
    try:
        return list(object.__getattribute__(value, "__dict__").items())[:500]
    except Exception:
        return []


def find_modules(torch: Any, frame: Any) -> list[tuple[str, Any]]:
    """(variable's name, module) for what the functions that are running hold.

    Looks at local variables, at globals of the files they are in, and two levels into plain objects
    (`self.model`). Calls nothing of the training's.
    """
    found: dict[int, tuple[str, Any]] = {}
    seen: set[int] = set()
    while frame is not None and len(found) < 64:
        depth = 2 if frame.f_globals.get("__name__") == "__main__" else 0
        todo = collections.deque(
            (name, item, depth) for name, item in list(frame.f_globals.items())
        )
        if frame.f_code.co_flags & 1:  # a function's
            todo.extendleft((name, item, 2) for name, item in copy_locals(frame).items())
        while todo and len(seen) < 20000:
            name, value, depth = todo.popleft()
            if issubclass(type(value), torch.nn.Module):
                found.setdefault(id(value), (name, value))
            elif depth and id(value) not in seen:
                seen.add(id(value))
                todo.extend((key or name, item, depth - 1) for key, item in list_inside(value))
        frame = frame.f_back
    return list(found.values())


def copy_locals(frame: Any) -> dict[str, Any]:
    """A function's variables; none of one that asks for them itself.

    Before Python 3.13 a frame has one dict for everybody who looks, and keeps it: a function that
    calls `locals()` would see it change, and without emptying it again the training's last batch
    would live as long as its function runs.
    """
    if sys.version_info >= (3, 13):
        return dict(frame.f_locals)
    if "locals" in frame.f_code.co_names:
        return {}
    shown = frame.f_locals
    values = dict(shown)
    if sys.getrefcount(shown) <= 3:  # the frame, this function, the call: nobody else
        shown.clear()
    return values


def name_parameters(torch: Any, modules: Any, keys: list[int]) -> tuple[dict[int, str], list[Any]]:
    """Names by id of the parameter, and the modules that gave them: the largest share first."""
    wanted, owned = set(keys), []
    for place, (variable, module) in enumerate(modules):
        every = {id(p): plain_name(n) for n, p in torch.nn.Module.named_parameters(module)}
        share = {key: name for key, name in every.items() if key in wanted}
        owned.append((-len(share), -len(every), place, variable, module, share))
    names: dict[int, str] = {}
    chosen: list[Any] = []
    for _, _, _, variable, module, share in sorted(owned, key=lambda item: item[:3]):
        new = {key: name for key, name in share.items() if key not in names}
        if new:
            prefix = variable + "." if chosen else ""
            names.update({key: prefix + name for key, name in new.items()})
            chosen.append((variable, module))
    return names, chosen


# --- one optimizer -----------------------------------------------------------------------------


class Watch:
    """What is known of one optimizer: how many steps, how long they take, when to look again."""

    def __init__(self, number: int, optimizer: Any, forget: Any) -> None:
        self.number = number
        self.known = weakref.ref(optimizer, forget)
        self.keys: list[int] = []  # ids of the parameters, in order
        self.count = 0  # steps seen
        self.offset: int | None = None  # the optimizer's own count is so much higher
        self.due = FULL
        self.reading: Any = None
        self.waiting: Any = None  # a reading that is on its way from a GPU
        self.probes = 0
        self.cost = 0.0  # seconds of the probe at hand
        self.costs: collections.deque[float] = collections.deque(maxlen=RECENT)
        self.probed_count = 0
        self.every = 1
        self.sent_at = 0.0
        self.last = 0.0
        self.usual = 0.0  # seconds of a step, without the pauses for evaluations
        self.times = [0.0, 0, 0.0]  # sum, number, longest since the last message
        self.stamps: list[Any] = []  # (end, backward calls so far) of steps not yet counted
        self.limit = 1  # so many of them, or the moment `wake`, and it is looked what is due
        self.wake = 0.0
        self.backwards = 0
        self.per_step = 0  # backward calls of a usual step
        self.odd = (0, 0)  # another number of calls, and how often it came in a row
        self.skipped = 0

    def is_awaited(self, now: float) -> bool:
        """Whether its next step is to be looked at as a whole, and is likely to come soon."""
        is_wanted = self.due != NONE or self.waiting is not None
        return is_wanted and now - self.last < max(1.0, 4 * self.usual)

    def catch_up(self) -> None:
        """Count the steps that have only been noted: many at once, that is cheaper."""
        stamps, self.stamps = self.stamps, []
        for now, backwards in stamps:
            self.tick(now)
            self.count_backwards(backwards)

    def tick(self, now: float) -> None:
        """Count a step that ended then."""
        self.count += 1
        last, self.last = self.last, now
        if not last:
            return
        taken = now - last
        times = self.times
        times[0] += taken
        times[1] += 1
        times[2] = max(times[2], taken)
        if not self.usual or taken < 4 * self.usual:
            self.usual += (taken - self.usual) * (0.05 if self.usual else 1)
        else:
            self.usual *= 1.05

    def count_backwards(self, backwards: int) -> None:
        """Find steps that had gradients and were not taken: twice the usual calls since the last.

        What is usual is learned: what came first, or another number that came 8 times in a row.
        """
        since, self.backwards = backwards - self.backwards, backwards
        if since == self.per_step or since <= 0 or self.count < 2:
            return
        times = self.odd[1] + 1 if self.odd[0] == since else 1
        self.odd = (since, times)
        extra = since // self.per_step - 1 if self.per_step and since % self.per_step == 0 else 0
        self.skipped += extra
        if not self.per_step or times >= 8:
            self.skipped -= times * extra
            self.per_step = since

    def find_every(self, budget: float, idle: float, soonest: float) -> int:
        """Steps from one probe to the next that keep the cost within the budget.

        Args:
            soonest: least seconds from one to the next.
            idle: seconds that our hooks take of a step that is not probed; they count too.
        """
        if not self.costs or not self.usual:
            return 1
        cost = sum(self.costs) / len(self.costs)
        left = max(AIM * budget - idle / self.usual, budget / 4)
        every = max(cost / (left * self.usual), soonest / self.usual)
        return max(1, math.ceil(min(every, SLOWEST_S / self.usual)))

    def plan(self, now: float, wants_light: bool) -> None:
        """Decide what of the next step is read; nothing while a GPU still owes us a reading.

        And when it is to be decided again, if nothing is read.
        """
        left = self.every - (self.count + 1 - self.probed_count)
        self.limit = min(max(1, left), NOTED)
        self.wake = self.sent_at + LIGHT_S if wants_light else math.inf
        if self.waiting is not None:
            self.due = NONE
        elif left <= 0 or not self.probes:
            self.due = FULL
        else:
            self.due = LIGHT if wants_light and now >= self.wake else NONE


def has_closure(args: Any, kwargs: Any) -> bool:
    """Whether the step makes loss and gradients itself (LBFGS; every step of Lightning's)."""
    return (len(args) > 1 and callable(args[1])) or callable(kwargs.get("closure"))


def find_own_count(optimizer: Any) -> Any:
    """The optimizer's own count of steps, where its state or its group has one (Adam's has)."""
    for group in optimizer.param_groups:
        if "step" in group:
            return group["step"]
        for parameter in group["params"]:
            state = optimizer.state.get(parameter)
            if state and "step" in state:
                return state["step"]
    return None


# --- the guest ---------------------------------------------------------------------------------


class Guest:
    """The hooks and what they find. `say` takes a message and must return at once."""

    def __init__(
        self, say: Any, every: int | None = None, budget: float = 0.01, loss: bool = True
    ) -> None:
        self.say = say
        self.every = every
        self.budget = budget
        self.wants_loss = loss
        self.wants_light = every is None  # between probes: learning rate, loss and time alone
        self.soonest = SOONEST_S  # seconds from one probe to the next
        self.models: list[tuple[str, Any]] = []  # (name, weak reference to a module)
        self.is_given = False  # by hand: no search
        self.only: set[int] = set()  # ids of the optimizers to watch; none: all
        self.pid = os.getpid()
        self.on = False
        self.torch: Any = None
        self.hooks: list[Any] = []
        self.watches: dict[int, Watch] = {}
        self.inside: dict[int, tuple[int, float]] = {}  # thread: the optimizer that is in its step
        self.passed: dict[int, Any] = {}  # optimizers that are not watched, by id, known weakly
        self.told: dict[int, Any] = {}
        self.steps_hook: Any = None
        self.backward_wrap: Any = None
        self.losses: list[Any] = []
        self.errors = 0
        self.notes: set[str] = set()
        self.spent = 0.0  # seconds in our hooks
        self.steps = 0
        self.seen_at = time.perf_counter()
        self.thread = threading.main_thread().ident
        self.last_step = 0
        self.leaving = ""

    # -- in and out

    def hook(self, torch: Any) -> None:
        """Hook into the torch that the training has imported."""
        self.torch = torch
        module = sys.modules["torch.optim.optimizer"]
        self.on = True
        if hasattr(module, HOOKS % "pre") and hasattr(module, HOOKS % "post"):
            self.steps_hook = GlobalHooks(torch, module)
        else:
            self.steps_hook = StepWraps(torch)
            self.note(
                "torch is older than 2.0: the optimizers were found by one search and are "
                "wrapped one by one; one that is made later is not seen"
            )
        self.hooks.append(self.steps_hook)
        if self.wants_loss:
            self.backward_wrap = BackwardWrap(torch)
            self.hooks.append(self.backward_wrap)
        self.rouse()

    def rouse(self) -> None:
        """Look at the next step as a whole."""
        if self.on:
            self.steps_hook.use(self.before_step, self.after_step)
            if self.backward_wrap is not None:
                self.backward_wrap.see = self.see_backward

    def rest(self) -> None:
        """Only note when steps end, until one is due: what runs seldom runs slowly, out of cold
        caches, so that what is done in every step must be next to nothing."""
        self.steps_hook.use(None, self.note_step)
        if self.backward_wrap is not None:
            self.backward_wrap.see = None

    @property
    def backwards(self) -> int:
        """Backward calls so far."""
        return self.backward_wrap.calls if self.backward_wrap is not None else 0

    def find_last(self) -> float:
        """When the last step ended that was seen."""
        last = self.seen_at
        for watch in list(self.watches.values()):
            for now, _ in watch.stamps[-1:]:
                last = max(last, now)
        return last

    def unhook(self) -> None:
        """Take everything back and keep nothing of the training's."""
        self.on = False
        while self.hooks:
            self.hooks.pop().remove()
        for store in (self.watches, self.inside, self.losses, self.models, self.passed):
            store.clear()

    def note(self, text: str) -> None:
        """Say a sentence, once."""
        if text not in self.notes and len(self.notes) < 64:
            self.notes.add(text)
            self.say({"kind": "note", "text": text})

    def fail(self, where: str) -> None:
        """Count an error of ours; raise again one that is the training's.

        A handler of a signal may raise while we run (a time limit by SIGALRM): that is not ours.
        """
        kind, error, trace = sys.exc_info()
        handlers = [h for h in map(signal.getsignal, signal.valid_signals()) if callable(h)]
        codes = [getattr(h, "__code__", getattr(type(h).__call__, "__code__", 0)) for h in handlers]
        while trace is not None:
            if trace.tb_frame.f_code in codes and error is not None:
                raise error
            trace = trace.tb_next
        self.errors += 1
        with contextlib.suppress(Exception):  # to say it may be what fails
            self.note(("probe error %s: %s: %s" % (where, kind and kind.__name__, error))[:300])
        if self.errors >= ERRORS:
            self.leaving = "too many errors of the probe"
            self.unhook()

    # -- in the training's thread

    def see_backward(self, tensors: Any) -> None:
        """Keep the loss of a step that is read. A copy: trainings average theirs in place."""
        if len(self.losses) >= LOSSES or os.getpid() != self.pid:
            return
        try:
            if not isinstance(tensors, self.torch.Tensor):
                tensors = tensors[0] if len(tensors) == 1 else None
            if tensors is not None and tensors.numel() == 1 and not self.is_capturing():
                self.losses.append(find_local(tensors.detach()).clone())
        except Exception:
            self.fail("at the loss")

    def note_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """Note the end of a step that nothing is read of."""
        try:
            watch = self.watches.get(id(optimizer))
            if watch is None:
                if id(optimizer) not in self.passed:
                    self.rouse()  # a new one, perhaps
                return
            now = time.perf_counter()
            watch.stamps.append((now, self.backwards))
            if now >= watch.wake or len(watch.stamps) >= watch.limit:
                self.look_again(watch, now)
        except Exception:
            self.fail("after a step")

    def look_again(self, watch: Watch, now: float) -> None:
        """Count what was noted, and see whether the next step is to be read."""
        if os.getpid() != self.pid:
            watch.stamps.clear()
            return
        self.seen_at, self.thread = now, get_ident()
        self.count_noted(watch)
        watch.plan(now, self.wants_light)
        if watch.due != NONE:
            self.rouse()
        self.spent += time.perf_counter() - now

    def count_noted(self, watch: Watch) -> None:
        self.steps += len(watch.stamps)
        self.spent += IDLE_STEP_S * len(watch.stamps)
        watch.catch_up()

    def pass_over(self, optimizer: Any) -> None:
        """Let an optimizer rouse us no more; another that is made in its place may."""
        key, passed = id(optimizer), self.passed
        passed[key] = weakref.ref(optimizer, lambda _: passed.pop(key, None))

    def before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        start = time.perf_counter()
        if not self.on or os.getpid() != self.pid:
            return
        try:
            key, thread = id(optimizer), get_ident()
            outer = self.inside.get(thread)
            if outer is not None and outer[0] != key and start - outer[1] < NEST_S:
                self.pass_over(optimizer)  # the step of a wrapped one, within its wrapper's
                return
            watch = self.watches.get(key) or self.meet(optimizer)
            if watch is None:
                self.pass_over(optimizer)
            else:
                self.inside[thread] = (key, start)
                if watch.due == FULL and not self.is_capturing():
                    self.begin(watch, optimizer, has_closure(args, kwargs))
                    watch.cost = time.perf_counter() - start
        except Exception:
            self.fail("before a step")
        finally:
            self.spent += time.perf_counter() - start

    def after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        start = time.perf_counter()
        if not self.on:
            return
        try:
            key, thread = id(optimizer), get_ident()
            outer = self.inside.get(thread)
            watch = self.watches.get(key)
            if outer is None or outer[0] != key or watch is None:
                return  # not begun by us, or not in this process
            del self.inside[thread]
            self.thread = thread
            self.seen_at = start
            watch.stamps.append((start, self.backwards))
            self.count_noted(watch)
            if watch.due != NONE or watch.waiting is not None:
                self.finish(watch, optimizer, has_closure(args, kwargs), start)
            elif self.losses:
                self.losses.clear()
            watch.plan(start, self.wants_light)
            is_awaited = any(w.is_awaited(start) for w in list(self.watches.values()))
            if not is_awaited and not self.inside:  # no other thread is within a step
                self.rest()
        except Exception:
            self.fail("after a step")
        finally:
            self.spent += time.perf_counter() - start

    def meet(self, optimizer: Any) -> Watch | None:
        """Begin to watch an optimizer that was not seen before."""
        key, watches = id(optimizer), self.watches
        if self.only and key not in self.only:
            return None
        first = [id(p) for group in optimizer.param_groups for p in group["params"][:1]][:1]
        for other, watch in list(watches.items()):
            if first and watch.keys[:1] == first:  # made anew for the same parameters
                del watches[other]
        if len(watches) >= OPTIMIZERS:
            self.note(
                "more than %d optimizers step in this process (one for each parameter?): only "
                "the first %d are read" % (OPTIMIZERS, OPTIMIZERS)
            )
            return None
        number = min(set(range(OPTIMIZERS)) - {watch.number for watch in watches.values()})
        watch = watches[key] = Watch(number, optimizer, lambda _: watches.pop(key, None))
        watch.backwards = self.backwards
        return watch

    def is_capturing(self) -> bool:
        """Whether a CUDA graph is being recorded: what is launched now would become part of it."""
        cuda = self.torch.cuda
        return bool(cuda.is_initialized() and cuda.is_current_stream_capturing())

    def begin(self, watch: Watch, optimizer: Any, is_closure: bool) -> None:
        """Read what only the moment before the step knows."""
        reading = GuestReading(self.torch, optimizer, True)
        with self.torch.no_grad():
            reading.mark()
            keys = [id(parameter) for parameter in reading.parameters]
            if keys != watch.keys or watch.probes == 2:
                watch.keys = keys
                self.learn(watch, optimizer, reading.parameters)
            reading.read_before()
            if not is_closure:
                reading.read_gradients()
                self.read_scaler(reading, optimizer)
            reading.mark()
        watch.reading = reading

    def finish(self, watch: Watch, optimizer: Any, is_closure: bool, start: float) -> None:
        """Read the rest, send what has arrived, and learn what it cost."""
        reading, watch.reading = watch.reading, None
        if self.is_capturing():  # even to ask for an event would break the capture
            self.losses.clear()
            return
        if watch.waiting is not None and watch.waiting.has_landed():
            waiting, watch.waiting = watch.waiting, None
            self.publish(watch, waiting)
            if watch.costs:
                watch.costs[-1] += waiting.find_device_seconds()
        if watch.due == LIGHT:
            reading = GuestReading(self.torch, optimizer, False)
        if reading is not None:
            self.end(watch, optimizer, reading, is_closure)
            if reading.is_full:
                self.account(watch, time.perf_counter() - start)
            watch.every = self.find_every(watch)
        self.losses.clear()

    def end(self, watch: Watch, optimizer: Any, reading: GuestReading, is_closure: bool) -> None:
        """Read what the moment after the step knows."""
        with self.torch.no_grad():
            if reading.is_full:
                reading.mark()
                if is_closure:
                    reading.read_gradients()
                    self.read_scaler(reading, optimizer)
                reading.read_changes()
                if watch.probes % EXACT == 0:
                    reading.read_weights()
            for row, loss in enumerate(self.choose_losses(watch, is_closure)):
                reading.read_number("losses", row, loss)
            for row, group in enumerate(optimizer.param_groups):
                reading.read_number("rates", row, group.get("lr"))
            reading.read_number("own", 0, find_own_count(optimizer))
            reading.mark()
            reading.ship()
            if reading.is_full and len(self.losses) > 1 and not is_closure:
                self.note("several backward calls make one step: train/loss is their sum")
        reading.facts.update(
            optimizer=watch.number, time=time.time(), count=watch.count, times=watch.times
        )
        reading.facts["skipped"] = watch.skipped if self.wants_loss else None
        watch.times = [0.0, 0, 0.0]
        watch.sent_at = watch.last
        if reading.has_landed():
            watch.cost += reading.find_device_seconds()
            self.publish(watch, reading)
        else:
            watch.waiting = reading

    def choose_losses(self, watch: Watch, is_closure: bool) -> list[Any]:
        """The losses that belong to this step: not those of one that was skipped before it."""
        if is_closure:
            return self.losses[:1]
        if len(self.losses) >= LOSSES:
            self.note("more than %d backward calls make one step: no loss" % LOSSES)
            return []
        return self.losses[-watch.per_step :]

    def publish(self, watch: Watch, reading: GuestReading) -> None:
        """Send what a reading holds, under the optimizer's own count of steps if it has one."""
        message = reading.write()
        own, count = reading.results.get("own", {}).get(0), message.pop("count")
        message.pop("own", None)
        if own is not None and own == int(own):
            watch.offset = int(own) - count
        self.last_step = message["step"] = count + (watch.offset or 0)
        message["counted"] = "attach" if watch.offset is None else "optimizer"
        self.say(message)

    def account(self, watch: Watch, seconds: float) -> None:
        """Note what a probe has cost. The first is left out: it loads code and finds names."""
        watch.cost += seconds
        watch.probes += 1
        watch.probed_count = watch.count
        if watch.probes > 1:
            watch.costs.append(watch.cost)

    def add_cost(self, seconds: float) -> None:
        """Charge the last probe for what was done on its behalf elsewhere (sending)."""
        for watch in list(self.watches.values()):
            if watch.costs:
                watch.costs[-1] += seconds / len(self.watches)

    def find_every(self, watch: Watch) -> int:
        share = self.budget / max(1, len(self.watches))
        return self.every or watch.find_every(share, IDLE_STEP_S, self.soonest)

    def read_scaler(self, reading: GuestReading, optimizer: Any) -> None:
        """The factor of a GradScaler, found in the frames of its own `step` that called us."""
        frame: Any = sys._getframe(1)
        for _ in range(12):
            if frame is None or frame.f_code.co_filename.endswith("grad_scaler.py"):
                break
            frame = frame.f_back
        if frame is not None and frame.f_code.co_filename.endswith("grad_scaler.py"):
            scaler = copy_locals(frame).get("self")
            reading.read_number("scale", 0, getattr(scaler, "_scale", None))
            reading.read_number("grad_scale", 0, getattr(optimizer, "grad_scale", None))

    def learn(self, watch: Watch, optimizer: Any, parameters: list[Any]) -> None:
        """Say what the tensors of an optimizer are called, and which parameters nobody trains."""
        known = [(name, module()) for name, module in self.models if module() is not None]
        names, chosen = name_parameters(self.torch, known, watch.keys)
        if len(names) < len(set(watch.keys)) and not self.is_given:
            known += find_modules(self.torch, sys._getframe(1))
            names, chosen = name_parameters(self.torch, known, watch.keys)
            self.use_models(chosen)
        places = [place for place, g in enumerate(optimizer.param_groups) for _ in g["params"]]
        tensors = [
            [place, names.get(id(p)), "x".join(map(str, p.shape)), find_local(p).numel()]
            for place, p in zip(places, parameters)
        ]
        message = {
            "kind": "tensors",
            "optimizer": watch.number,
            "variable": chosen[0][0] if chosen else None,
            "groups": [group.get("name") for group in optimizer.param_groups],
            "tensors": tensors,
            "orphans": self.find_orphans(),
        }
        if message != self.told.get(watch.number):
            self.told[watch.number] = message
            self.say(message)

    def use_models(self, models: list[tuple[str, Any]]) -> None:
        """Take names of parameters from these modules too, as long as the training has them."""
        known = [module() for _, module in self.models]
        for name, module in models:
            if not any(module is other for other in known):
                self.models.append((name, weakref.ref(module)))

    def find_orphans(self) -> dict[str, Any] | None:
        """Parameters that want a gradient and that no optimizer seen so far holds."""
        held = {key for watch in self.watches.values() for key in watch.keys}
        free = {}
        for module in [module() for _, module in self.models]:
            if module is None:
                continue
            for name, p in self.torch.nn.Module.named_parameters(module):
                if p.requires_grad and id(p) not in held:
                    free[id(p)] = (plain_name(name), find_local(p).numel())
        names = [name for name, _ in free.values()]
        params = sum(count for _, count in free.values())
        tell = {"tensors": len(free), "params": params, "names": names[:32]}
        return tell if self.models else None

    def tell_cadence(self) -> dict[str, Any]:
        """How often is probed and what it costs, of the optimizer that steps most."""
        watch = max(self.watches.values(), key=lambda w: w.count, default=None)
        if watch is None:
            return {}
        cost = sum(watch.costs) / max(1, len(watch.costs))
        every = self.find_every(watch)
        return {"kind": "cadence", "every": every, "cost_s": cost, "step_s": watch.usual}


# --- the way to the host -----------------------------------------------------------------------


class Writer:
    """The thread that owns the socket: says hello, sends, listens, looks for stalls."""

    def __init__(self, folder: str, token: str) -> None:
        self.folder = folder
        self.token = token
        self.queue: collections.deque[Any] = collections.deque()
        self.dropped = 0
        self.guest: Any = None
        self.socket: Any = None
        self.pending = b""  # of a line from the host
        self.bell = socket.socketpair()  # wakes the thread
        self.reason = "the connection ended"
        self.stalled_at = 0.0
        self.reported = (time.monotonic(), 0.0)
        self.memory_at = 0.0
        self.own = 0.0  # seconds of processor time of this thread
        self.wants_stack = False
        self.began = time.monotonic()

    def put(self, message: dict[str, Any]) -> None:
        """Queue a message; the oldest goes where the queue is full. Called by the training."""
        if len(self.queue) >= QUEUE:
            try:
                self.queue.popleft()
                self.dropped += 1
            except IndexError:
                pass
        self.queue.append(message)
        with contextlib.suppress(OSError):  # full: the thread has been woken already
            self.bell[1].send(b"!", socket.MSG_DONTWAIT)

    def run(self) -> None:
        try:
            if self.connect():
                self.serve()
        except Exception:
            self.reason = "the host did not read or the socket failed"
        finally:
            self.leave()

    def connect(self) -> bool:
        """Say hello to the host that sent us, and to nobody else."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket = connection
        connection.settimeout(PATIENCE_S)
        connection.connect(self.folder + "/socket")
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        uid = struct.unpack("3i", peer)[1]
        if uid not in (0, os.getuid()):
            return False
        self.send([self.hello()])
        welcome = json.loads(self.receive_line())
        if welcome.get("kind") != "welcome" or welcome.get("token") != self.token:
            return False
        self.guest = Guest(
            self.put, welcome.get("every"), welcome.get("budget", 0.01), welcome.get("loss", True)
        )
        return True

    def receive_line(self) -> bytes:
        """The first line; what came with it is kept for `serve`.

        In few calls: after each the thread waits for the GIL, behind all others that want it.
        """
        received = b""
        while b"\n" not in received and len(received) < 4096:
            chunk = self.socket.recv(4096)
            if not chunk:
                break
            received += chunk
        line, _, self.pending = received.partition(b"\n")
        return line

    def hello(self) -> dict[str, Any]:
        torch = sys.modules.get("torch")
        rank, world = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
        return {
            "v": VERSION,
            "kind": "hello",
            "token": self.token,
            "pid": os.getpid(),
            "python": sys.version.split()[0],
            "torch": str(getattr(torch, "__version__", None)) if torch is not None else None,
            "rank": int(rank) if rank.isdigit() else None,
            "world": int(world) if world.isdigit() else None,
        }

    def serve(self) -> None:
        """Until somebody wants us to go."""
        guest = self.guest
        while not guest.leaving:
            if guest.torch is None:
                self.wait_for_torch()
            self.look_around()
            self.flush()
            chunk = self.wait()
            if chunk is None:
                continue
            if not chunk:
                return
            *lines, self.pending = (self.pending + chunk).split(b"\n")
            if any(self.obey(line) for line in lines):
                self.reason = "asked to"
                return
        self.reason = guest.leaving

    def wait(self) -> Any:
        """What the host says, empty when it has gone; None when there is something else to do."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        poll.register(self.bell[0], select.POLLIN)
        ready = [number for number, _ in poll.poll(IDLE_S * 1e3)]
        if self.bell[0].fileno() in ready:
            self.bell[0].recv(4096)
        return self.socket.recv(4096) if self.socket.fileno() in ready else None

    def obey(self, line: bytes) -> bool:
        """Do what the host asks; True when it wants us to go."""
        try:
            kind = json.loads(line).get("kind")
        except (ValueError, AttributeError):
            return False
        if kind == "stack":
            self.tell_stall()
        return bool(kind == "detach")

    def wait_for_torch(self) -> None:
        torch: Any = sys.modules.get("torch")
        if "torch.optim.optimizer" in sys.modules and hasattr(torch, "_foreach_norm"):
            self.guest.hook(torch)
        else:
            self.guest.note("torch is not imported yet; the probes wait for it")

    def look_around(self) -> None:
        now = time.monotonic()
        guest = self.guest
        silent = time.perf_counter() - guest.find_last()
        usual = max((watch.usual for watch in list(guest.watches.values())), default=0.0)
        if silent < STALL_S:
            self.stalled_at = 0.0
        if guest.steps and silent > max(STALL_S, STALL_STEPS * usual, 2 * self.stalled_at):
            self.stalled_at = silent
            self.tell_stall()
        if not guest.steps and guest.torch is not None and now - self.began > UNSEEN_S:
            guest.note(
                "no optimizer step was seen for %d s: none of torch.optim, or inside a CUDA graph "
                "or torch.compile" % UNSEEN_S
            )
        if guest.steps and now - self.memory_at > MEMORY_S:
            self.memory_at = now
            self.tell_memory()
        if now - self.reported[0] > REPORT_S:
            self.tell_cadence(now)

    def tell_stall(self) -> None:
        """Where the training stands. The thread that made the last step, else the main thread."""
        frame: Any = sys._current_frames().get(self.guest.thread)
        frames: list[str] = []
        while frame is not None and len(frames) < 60:
            code = frame.f_code
            frames.append("%s:%d %s" % (code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back
        silent = time.perf_counter() - self.guest.find_last()
        self.put({"kind": "stall", "silent_s": silent, "frames": frames})

    def tell_memory(self) -> None:
        values = {}
        try:
            with open("/proc/self/statm", "rb") as file:
                pages = int(file.read().split()[1])
            values["cpu_memory/rss"] = pages * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            pass
        cuda = self.guest.torch.cuda
        if cuda.is_initialized():  # all devices: which one is current is each thread's own matter
            every = [cuda.memory_stats(device) for device in range(cuda.device_count())]
            for name, key in (
                ("allocated", "allocated_bytes.all.current"),
                ("peak", "allocated_bytes.all.peak"),
                ("reserved", "reserved_bytes.all.current"),
            ):
                values["gpu_memory/" + name] = sum(stats.get(key, 0) for stats in every)
        watches = list(self.guest.watches.values())
        counted = "optimizer" if watches and watches[0].offset is not None else "attach"
        step, now = self.guest.last_step, time.time()
        if values and step:
            message = {"kind": "values", "step": step, "time": now, "counted": counted}
            self.put(dict(message, values=values, worst={}))

    def tell_cadence(self, now: float) -> None:
        message = self.guest.tell_cadence()
        spent = self.guest.spent + self.own
        before, self.reported = self.reported, (now, spent)
        if message:
            message["share"] = (spent - before[1]) / (now - before[0])
            message["dropped"] = self.dropped
            message["errors"] = self.guest.errors
            self.put(message)

    def flush(self) -> None:
        start = time.thread_time()
        messages = []
        while self.queue:
            messages.append(self.queue.popleft())
        if messages:
            self.send(messages)
            self.guest.add_cost(time.thread_time() - start)
        self.own = time.thread_time()

    def send(self, messages: list[Any]) -> None:
        lines = [json.dumps(message, separators=(",", ":")) + "\n" for message in messages]
        self.socket.settimeout(PATIENCE_S)
        self.socket.sendall("".join(lines).encode())

    def leave(self) -> None:
        try:
            if self.guest is not None:
                self.guest.unhook()
                self.put({"kind": "bye", "reason": self.reason})
                self.flush()
        except Exception:
            pass
        with contextlib.suppress(OSError):  # forked workers hold the socket too: end it for all
            self.socket.shutdown(socket.SHUT_RDWR)
        for end in (self.socket, *self.bell):
            end.close()


def start(folder: str, token: str) -> None:
    """Run the guest on a daemon thread that carries its name."""
    writer = Writer(folder, token)
    threading.Thread(target=writer.run, name="logwatch-probe", daemon=True).start()


if __name__ == "logwatch_guest":
    start(globals()["FOLDER"], globals()["TOKEN"])
