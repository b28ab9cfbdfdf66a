"""The guest: what logwatch runs inside a training that was not prepared for it.

This file is the whole of it. It is copied into a private folder, run once in the target by a thread
of its own, and needs nothing but the standard library (Python 3.8 or newer) and the torch that the
training has already imported. It imports nothing else of logwatch.

What it changes in the process, all of it undone when it leaves:
  - two module globals of torch.optim.optimizer (the tables of hooks that every optimizer's `step`
    looks into) are rebound to a `Proxy` that shows the same hooks and ours. The tables themselves
    are never touched: to add to a table that a running step iterates over kills that step;
  - torch.autograd.backward is rebound to a function that notes the loss and calls the original;
  - one daemon thread, `logwatch-probe`, that owns the socket. It touches no tensor: a daemon thread
    that waits inside torch while the interpreter ends can abort the process.
What it never does: raise, print, warn, use torch's random numbers, call a collective, keep a tensor of
the training alive, wait for a GPU, write a file, listen for anybody.

It leaves when it is told to, when the socket ends, when we do not read for 2 s, and after 16 errors.

Cadence: on a probed step it reads all gradients, a sample of all parameters before and after, and on
every fourth also all parameters. What that costs, hooks, bookkeeping and sending together, is
measured; the next probed step comes when the cost is at most 1 % (the budget) of the time between.
The first two steps are always probed, so that there is something to see and to measure: they may cost
more. The floor: however dear, one step a minute is probed; what that costs is reported (`share`).

On CUDA, untried (no GPU was at hand): the norms stay on the device, are copied to pinned memory
behind an event, and are read at a later step when the event has passed. Nothing waits, nothing is
done while a graph is captured. A step inside a replayed graph runs no Python and is not seen.
"""

# ruff: noqa: B905, UP031, UP035, UP041, PTH123 (Python 3.8 knows no other way)
from __future__ import annotations

import collections
import functools
import itertools
import json
import math
import os
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
SAMPLE = 4096  # elements of one tensor: L2 of its change within 1 % of the truth where it is normal
QUEUE = 1024  # messages not yet sent; older ones are dropped and counted
ERRORS = 16  # errors after which the guest leaves
OPTIMIZERS = 8  # probed in one process; with one for each parameter there are hundreds
LOSSES = 64  # micro-batches of one step whose loss is kept
TOPS = 32  # top modules that get names of their own
EXACT = 4  # every how many probes all parameters are read, not a sample
RECENT = 8  # probes whose mean cost decides about the next: two rounds of EXACT
SOONEST_S = 0.1  # between probes: a screen that draws four times a second shows no more
SLOWEST_S = 60.0  # between probes, however dear they are
LIGHT_S = 0.5  # between messages of learning rate, loss and step time alone
NEST_S = 60.0  # a step that has been open for longer has failed
REPORT_S = 5.0  # between reports of the cadence
MEMORY_S = 2.0  # between readings of the memory
PATIENCE_S = 2.0  # to send; a reader that takes longer is gone
POLL_S = 0.05  # between looks at the socket
STALL_S = 30.0  # least silence that is called a stall
STALL_STEPS = 10  # usual steps without one that are called a stall
UNSEEN_S = 60.0  # without any step before we say so

NONE, LIGHT, FULL = 0, 1, 2  # how much of the next step is read
HOOKS = "_global_optimizer_%s_hooks"


# --- how it gets into a step -------------------------------------------------------------------


class Proxy:
    """Shows a table of hooks and one more, ours, without touching the table."""

    is_logwatch = True

    def __init__(self, hooks: Any, hook: Any) -> None:
        self.hooks = hooks
        self.hook = hook

    def values(self) -> list[Any]:
        hooks = list(self.hooks.values())
        if self.hook is not None:
            hooks.append(self.hook)
        return hooks

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
        try:  # its handle knows us by a weak reference: live as long as the table does
            self.hooks.__dict__.setdefault("_logwatch_proxies", []).append(self)
        except AttributeError:
            pass

    def __delitem__(self, key: Any) -> None:
        del self.hooks[key]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["hooks"], name)


class GlobalHooks:
    """Our two hooks in torch's tables (torch 2.0 and newer)."""

    def __init__(self, module: Any, before: Any, after: Any) -> None:
        self.module = module
        self.proxies = []
        for name, hook in ((HOOKS % "post", after), (HOOKS % "pre", before)):
            proxy = Proxy(getattr(module, name), hook)
            self.proxies.append((name, proxy))
            setattr(module, name, proxy)

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

    def __init__(self, torch: Any, before: Any, after: Any) -> None:
        import gc

        self.wrapped = []
        kind = torch.optim.Optimizer
        for item in [item for item in gc.get_objects() if issubclass(type(item), kind)]:
            self.wrap(item, before, after)

    def wrap(self, optimizer: Any, before: Any, after: Any) -> None:
        original = optimizer.step
        known = weakref.ref(optimizer)

        @functools.wraps(original)
        def step(*args: Any, **kwargs: Any) -> Any:
            whole = (known(), *args)
            before(whole[0], whole, kwargs)
            result = original(*args, **kwargs)
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
    """torch.autograd.backward, through which `loss.backward()` goes too, with a look at the loss."""

    def __init__(self, module: Any, see: Any) -> None:
        self.module = module
        self.original = original = module.backward
        self.see = see
        wrap = self

        @functools.wraps(original)
        def backward(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            see = wrap.see
            if see is not None:
                see(tensors)
            return original(tensors, *args, **kwargs)

        self.backward = module.backward = backward

    def remove(self) -> None:
        self.see = None
        if self.module.backward is self.backward:
            self.module.backward = self.original


# --- what a step is asked ----------------------------------------------------------------------


def find_local(tensor: Any) -> Any:
    """The part of a distributed tensor that this process holds: its norm would be a collective."""
    return getattr(tensor, "_local_tensor", tensor)


def is_readable(tensor: Any) -> bool:
    """Whether its elements can be read here: strided, on CPU or CUDA, float or complex."""
    kind = tensor.device.type
    return (
        (kind == "cpu" or kind == "cuda")
        and (tensor.is_floating_point() or tensor.is_complex())
        and tensor.numel() > 0
    )


@functools.lru_cache(maxsize=4096)
def choose_stride(count: int) -> int:
    """Elements from one of the sample to the next, coprime to every dimension.

    With a stride that shares a factor with the last dimension some columns would never be read.
    """
    stride = count // SAMPLE
    while math.gcd(stride, count) != 1:
        stride += 1
    return stride


def is_dense(tensor: Any) -> bool:
    """Whether its elements fill one stretch of memory, in whatever order (transposed, channels last)."""
    if tensor.is_contiguous():
        return True
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape)):
        if size != 1 and stride != expected:
            return False
        expected *= size
    return True


def sample(torch: Any, tensor: Any) -> Any:
    """A view, one-dimensional, of at most about SAMPLE elements spread over the whole tensor."""
    tensor = find_local(tensor).detach()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    count = tensor.numel()
    if count <= SAMPLE:
        return tensor.reshape(-1)
    if is_dense(tensor):
        stride = choose_stride(count)
        return tensor.as_strided((-(-count // stride),), (stride,), tensor.storage_offset())
    for dimension, size in enumerate(tensor.shape):  # an odd view: thin it out in each dimension
        part = max(1, int(size * (SAMPLE / count) ** (1 / tensor.dim())))
        tensor = tensor[(slice(None),) * dimension + (slice(None, None, -(-size // part)),)]
    return tensor.reshape(-1)


def find_values(torch: Any, gradient: Any) -> Any:
    """What of a gradient has the norm of the whole, or None where to find it would wait for a GPU."""
    gradient = find_local(gradient).detach()
    if gradient.layout is torch.strided:
        return torch.view_as_real(gradient) if gradient.is_complex() else gradient
    if gradient.layout is not torch.sparse_coo:
        return None
    if not gradient.is_coalesced():
        if gradient.device.type != "cpu":
            return None
        gradient = gradient.coalesce()
    return gradient._values()


def measure_norms(torch: Any, tensors: list[Any]) -> Any:
    """L2 of each, (n,) float32, summed in float32: in float16 a norm of 70,000 is infinite."""
    try:
        norms = torch._foreach_norm(tensors, 2, dtype=torch.float32)
    except (TypeError, AttributeError):  # torch before 2.4 has no such argument
        norms = [torch.linalg.vector_norm(t, 2, dtype=torch.float32) for t in tensors]
    return torch.stack(list(norms))


class Reading:
    """What one step was asked, on its way from the devices.

    `results` has, for each tag, a dict from row to number: row is the tensor's place in the
    optimizer, or 0, 1, ... for tags that are no tensors' (losses, learning rates).
    """

    def __init__(self, torch: Any, kind: int) -> None:
        self.torch = torch
        self.kind = kind
        self.results: dict[str, dict[int, float]] = {}
        self.parts: list[tuple[str, list[int], Any]] = []
        self.flying: list[Any] = []
        self.rows: list[tuple[int, Any]] = []
        self.before: list[Any] = []
        self.scales: dict[int, float] = {}
        self.gradless: list[int] = []
        self.facts: dict[str, Any] = {}
        self.marks: list[Any] = []

    def list_rows(self, optimizer: Any) -> None:
        self.rows = [
            (index, parameter)
            for index, group in enumerate(optimizer.param_groups)
            for parameter in group["params"]
        ]

    def bucket(self, tensors: Any) -> list[Any]:
        """(rows, tensors) of one device and type each."""
        buckets: dict[Any, Any] = {}
        for row, tensor in tensors:
            rows, items = buckets.setdefault((tensor.device, tensor.dtype), ([], []))
            rows.append(row)
            items.append(tensor)
        return list(buckets.values())

    def readable(self) -> Iterator[tuple[int, Any]]:
        for row, (_, parameter) in enumerate(self.rows):
            local = find_local(parameter)
            if local.layout is self.torch.strided and is_readable(local):
                yield row, local

    def read_before(self) -> None:
        """Remember a sample of every parameter."""
        torch = self.torch
        counts = {
            row: local.numel() * (2 if local.is_complex() else 1) for row, local in self.readable()
        }
        for rows, views in self.bucket((row, sample(torch, t)) for row, t in self.readable()):
            sizes = [view.numel() for view in views]
            scales = [math.sqrt(counts[row] / size) for row, size in zip(rows, sizes)]
            self.scales.update(zip(rows, scales))
            self.before.append((rows, sizes, torch.cat(views)))

    def read_gradients(self) -> None:
        """L2 of every gradient."""
        found = []
        for row, (_, parameter) in enumerate(self.rows):
            gradient = parameter.grad if parameter.is_leaf else None
            values = None if gradient is None else find_values(self.torch, gradient)
            if values is not None and is_readable(values):
                found.append((row, values))
            elif gradient is None and parameter.requires_grad:
                self.gradless.append(row)
        for rows, values in self.bucket(found):
            self.add("gradient", rows, measure_norms(self.torch, values))

    def read_changes(self) -> None:
        """L2 of how far every sample moved, and of the sample itself."""
        torch = self.torch
        for rows, sizes, before in self.before:
            after = torch.cat([sample(torch, self.rows[row][1]) for row in rows])
            if after.shape != before.shape:
                continue
            if after.element_size() < 4:
                after, before = after.float(), before.float()
            self.add("delta", rows, measure_norms(torch, list((after - before).split(sizes))))
            self.add("sampled", rows, measure_norms(torch, list(after.split(sizes))))
        self.before = []

    def read_weights(self) -> None:
        """L2 of every parameter, all of it."""
        torch = self.torch
        whole = (
            (row, torch.view_as_real(t.detach()) if t.is_complex() else t.detach())
            for row, t in self.readable()
        )
        for rows, tensors in self.bucket(whole):
            self.add("weight", rows, measure_norms(torch, tensors))

    def read_number(self, tag: str, row: int, number: Any) -> None:
        """One number of the optimizer's, which may live on a device."""
        if isinstance(number, self.torch.Tensor):
            number = find_local(number)
            if number.numel() == 1 and number.device.type in ("cpu", "cuda"):
                self.add(tag, [row], number.detach())
        elif isinstance(number, (int, float)):
            self.results.setdefault(tag, {})[row] = float(number)

    def add(self, tag: str, rows: list[int], tensor: Any) -> None:
        self.parts.append((tag, rows, tensor.reshape(-1)))

    def ship(self) -> None:
        """Send all that was read on its way: one copy for each device, waited for by nobody."""
        torch = self.torch
        by_device: dict[Any, Any] = {}
        for part in self.parts:
            by_device.setdefault(part[2].device, []).append(part)
        self.parts = []
        self.rows, rows = [], self.rows
        self.facts["groups"] = [group for group, _ in rows]
        for device, parts in by_device.items():
            flat = torch.cat([tensor.to(torch.float64) for _, _, tensor in parts])
            keys = [(tag, row) for tag, places, _ in parts for row in places]
            if device.type == "cpu":
                self.take(keys, flat)
                continue
            with torch.cuda.device(device):
                host = torch.empty(flat.shape, dtype=flat.dtype, device="cpu", pin_memory=True)
                host.copy_(flat, non_blocking=True)
                event = torch.cuda.Event()
                event.record()
            self.flying.append((event, keys, host, flat))

    def has_landed(self) -> bool:
        """Whether all of it can be read without waiting; then it is in `results`."""
        while self.flying:
            event, keys, host, _ = self.flying[-1]
            if not event.query():
                return False
            self.take(keys, host)
            self.flying.pop()
        return True

    def take(self, keys: list[Any], flat: Any) -> None:
        for (tag, row), number in zip(keys, flat.tolist()):
            self.results.setdefault(tag, {})[row] = number

    def mark(self) -> None:
        """Note a moment on the device, to know later what our work took there."""
        cuda = self.torch.cuda
        if self.marks or any(parameter.device.type == "cuda" for _, parameter in self.rows[:1]):
            event = cuda.Event(enable_timing=True)
            event.record()
            self.marks.append(event)

    def device_seconds(self) -> float:
        pairs = zip(self.marks[::2], self.marks[1::2])
        return sum(start.elapsed_time(end) for start, end in pairs) / 1e3


# --- names -------------------------------------------------------------------------------------

WRAPPERS = ("module.", "_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")


def plain_name(name: str) -> str:
    """A parameter's name without what DDP, FSDP and torch.compile put into it."""
    for wrapper in WRAPPERS:
        if name.startswith(wrapper) or ("." + wrapper) in name:
            name = ("." + name).replace("." + wrapper, ".")[1:]
    return name


def find_modules(torch: Any, frame: Any) -> list[tuple[str, Any]]:
    """(variable's name, module) for what the functions that are running hold.

    Looks at local variables, at globals of the modules they are in, and two levels into plain
    objects (`self.model`). Asks no property and calls nothing of the training's.
    """
    found: dict[int, tuple[str, Any]] = {}
    seen: set[int] = set()

    def look(name: str, value: Any, depth: int) -> None:
        kind = type(value)
        if issubclass(kind, torch.nn.Module):
            found.setdefault(id(value), (name, value))
            return
        if depth == 0 or id(value) in seen or len(seen) > 5000:
            return
        if kind in (list, tuple):
            items = [(name, item) for item in value[:TOPS]]
        elif kind is dict:
            items = [(str(key), item) for key, item in itertools.islice(value.items(), TOPS)]
        elif kind.__module__.split(".")[0] in ("torch", "builtins", "types", "_thread"):
            return
        else:
            try:
                items = list(object.__getattribute__(value, "__dict__").items())[:500]
            except Exception:
                return
        seen.add(id(value))
        for key, item in items:
            look(str(key), item, depth - 1)

    for _ in range(100):
        if frame is None or len(found) >= 64:
            break
        spaces = [frame.f_globals]
        if frame.f_code.co_flags & 1:  # a function's
            spaces.insert(0, copy_locals(frame))
        for space in spaces:
            if id(space) not in seen:
                own = space is not frame.f_globals
                seen.add(id(space) if not own else 0)
                for name, value in list(space.items()):
                    look(
                        name,
                        value,
                        2 if own or frame.f_globals.get("__name__") == "__main__" else 0,
                    )
        frame = frame.f_back
    return list(found.values())


def copy_locals(frame: Any) -> dict[str, Any]:
    """A function's variables. Before Python 3.13 the frame keeps what we looked at: empty that again,
    or the training's last batch would live as long as the function runs."""
    shown = frame.f_locals
    values = dict(shown)
    if type(shown) is dict and shown is not frame.f_globals:
        shown.clear()
    return values


def split_tops(names: dict[int, str]) -> dict[int, str]:
    """The top module of each parameter; where all are in one, the modules within that one."""
    paths = {key: name.split(".")[:-1] or [name] for key, name in names.items()}
    for level in range(8):
        tops = {key: ".".join(path[: level + 1]) for key, path in paths.items()}
        if len(set(tops.values())) > 1:
            short = {
                key: ".".join(path[level : level + 1]) or path[-1] for key, path in paths.items()
            }
            return short if len(set(short.values())) <= TOPS else {}
    return {}


def safe_label(text: Any) -> str:
    """A word that can stand in a metric's name and in a `key=value` line."""
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in str(text))[:60] or "_"


# --- one optimizer -----------------------------------------------------------------------------


class Watch:
    """What is known of one optimizer: its steps, what its tensors are called, when to look again."""

    def __init__(self, optimizer: Any, forget: Any) -> None:
        self.known = weakref.ref(optimizer, forget)
        self.label = ""
        self.groups: list[str] = []
        self.names: dict[int, str] = {}  # by id of the parameter
        self.tops: dict[int, str] = {}
        self.keys: list[int] = []  # ids of the parameters, in order
        self.weights: dict[int, float] = {}  # L2 by row, of the last exact reading
        self.count = 0  # steps seen
        self.offset: int | None = None  # the optimizer's own count is so much higher
        self.due = FULL
        self.reading: Any = None
        self.waiting: Any = None
        self.probes = 0
        self.cost = 0.0  # seconds of the probe at hand
        self.costs: collections.deque[float] = collections.deque(maxlen=RECENT)
        self.probed_count = 0
        self.probed_at = 0.0
        self.sent_at = 0.0
        self.last = 0.0
        self.usual = 0.0  # seconds of a step, without the pauses for evaluations
        self.times = [0.0, 0, 0.0]  # sum, number, longest since the last message
        self.backwards = -1
        self.per_step = 0  # backward calls of a usual step
        self.odd = (0, 0)
        self.skipped = 0

    def tick(self, now: float) -> None:
        """Count a step that has just ended."""
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
        """Find steps that had gradients and were not taken: twice the usual calls since the last."""
        since, self.backwards = backwards - self.backwards, backwards
        if since == self.per_step or since <= 0 or self.count < 2:
            return
        if self.per_step and since % self.per_step == 0:
            self.skipped += since // self.per_step - 1
        seen = self.odd[1] + 1 if self.odd[0] == since else 1
        self.odd = (since, seen)
        if not self.per_step or seen >= 8:
            if self.per_step and since % self.per_step == 0:
                self.skipped -= seen * (since // self.per_step - 1)
            self.per_step = since

    def find_every(self, budget: float, idle: float) -> int:
        """Steps from one probe to the next that keep the cost within the budget.

        Args:
            idle: seconds that our hooks take of a step that is not probed; they count too.
        """
        if not self.costs or not self.usual:
            return 1
        cost = sum(self.costs) / len(self.costs)
        left = max(budget - idle / self.usual, budget / 4)
        every = max(cost / (left * self.usual), SOONEST_S / self.usual)
        return max(1, math.ceil(min(every, SLOWEST_S / self.usual)))

    def plan(self, now: float, every: int, is_fixed: bool) -> None:
        """Decide what of the next step is read."""
        if self.count - self.probed_count >= every or not self.probes:
            self.due = FULL if self.waiting is None else NONE
        elif not is_fixed and now - self.sent_at >= LIGHT_S and self.waiting is None:
            self.due = LIGHT
        else:
            self.due = NONE

    def take_times(self) -> dict[str, Any]:
        total, number, longest = self.times
        self.times = [0.0, 0, 0.0]
        return {"step_time": total / number, "step_time/max": longest} if number else {}

    def name(self, row: int) -> str:
        return self.names.get(self.keys[row], "?") if row < len(self.keys) else "?"


def find_l2(norms: Any) -> float:
    return math.sqrt(sum(norm * norm for norm in norms))


def find_median(numbers: Any) -> float | None:
    """The median of what is finite: `sorted` with a NaN in it gives any order."""
    ordered = sorted(number for number in numbers if math.isfinite(number))
    middle = len(ordered) // 2
    if not ordered:
        return None
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def write_number(number: float) -> Any:
    """A number as JSON has it; NaN and infinities as texts."""
    if math.isfinite(number):
        return number
    return "nan" if number != number else "inf" if number > 0 else "-inf"


class Summary:
    """The `values` and `worst` of one reading."""

    def __init__(self, watch: Watch, reading: Reading) -> None:
        self.watch = watch
        self.reading = reading
        self.values: dict[str, float] = {}
        self.worst: dict[str, str] = {}
        results = reading.results
        self.prefix = "%s_" % watch.label if watch.label else ""
        for row, rate in results.get("lr", {}).items():
            if row < len(watch.groups):
                self.values["lr/" + watch.groups[row]] = rate
        self.add_loss(list(results.get("loss", {}).values()), results.get("scale", {}).get(0, 1.0))
        if reading.kind == FULL:
            self.add_gradients(
                results.get("gradient", {}), results.get("grad_scale", {}).get(0, 1.0)
            )
            self.add_changes(results)

    def add_loss(self, losses: list[float], scale: float) -> None:
        if losses:
            self.values["train/%sloss" % self.prefix] = sum(losses) / len(losses) / scale
            self.values["nonfinite/loss"] = sum(not math.isfinite(loss) for loss in losses)

    def add_gradients(self, norms: dict[int, float], scale: float) -> None:
        norms = {row: norm / scale for row, norm in norms.items()}
        if not norms:
            return
        name = "train/%sgrad_norm" % self.prefix
        self.values[name] = find_l2(norms.values())
        bad = [row for row, norm in norms.items() if not math.isfinite(norm)]
        self.count_tensors("nonfinite/grad", bad)
        self.worst[name] = self.watch.name(bad[0] if bad else max(norms, key=norms.__getitem__))
        self.spread("grad_norm/", norms)

    def add_changes(self, results: Any) -> None:
        watch, scales = self.watch, self.reading.scales
        deltas = {row: norm * scales[row] for row, norm in results.get("delta", {}).items()}
        sampled = {row: norm * scales[row] for row, norm in results.get("sampled", {}).items()}
        exact = results.get("weight", {})
        watch.weights.update(exact)
        weights = {row: watch.weights.get(row, norm) for row, norm in sampled.items()}
        bad = [row for row, norm in {**sampled, **exact}.items() if not math.isfinite(norm)]
        if deltas:
            self.count_tensors("nonfinite/param", bad)
            self.count_tensors("unmoved_tensors", [row for row, d in deltas.items() if d == 0])
            self.count_tensors("gradless_tensors", self.reading.gradless)
            self.add_deltas(deltas, weights)
        by_group: dict[str, list[float]] = {}
        for row, norm in exact.items():
            by_group.setdefault(self.group_of(row), []).append(norm)
        for group, norms in by_group.items():
            self.values["param_norm/" + group] = find_l2(norms)

    def add_deltas(self, deltas: dict[int, float], weights: dict[int, float]) -> None:
        finite = {row: delta for row, delta in deltas.items() if math.isfinite(delta)}
        suffix = "/" + self.watch.label if self.watch.label else ""
        if finite:
            row = max(finite, key=finite.__getitem__)
            self.values["param_delta/max" + suffix] = finite[row]
            self.worst["param_delta/max" + suffix] = self.watch.name(row)
            self.values["param_delta/median" + suffix] = find_median(finite.values()) or 0.0
        ratios = (delta / weights[row] for row, delta in finite.items() if weights[row] > 0)
        ratio = find_median(ratios)
        if ratio is not None:
            self.values["update_ratio/median" + suffix] = ratio
        self.spread("param_delta/", deltas)
        by_group: dict[str, list[int]] = {}
        for row in deltas:
            by_group.setdefault(self.group_of(row), []).append(row)
        for group, rows in by_group.items():
            whole = find_l2(weights[row] for row in rows)
            if whole > 0:
                self.values["update_ratio/" + group] = find_l2(deltas[row] for row in rows) / whole

    def spread(self, start: str, norms: dict[int, float]) -> None:
        """L2 of each group, where there are several, and of each top module."""
        watch = self.watch
        parts: dict[str, list[float]] = {}
        for row, norm in norms.items():
            group = self.group_of(row)
            top = watch.tops.get(watch.keys[row]) if row < len(watch.keys) else None
            if len(watch.groups) > 1:
                parts.setdefault(group, []).append(norm)
            if top is not None and top not in watch.groups:
                parts.setdefault(top, []).append(norm)
        for part, items in parts.items():
            self.values[start + part] = find_l2(items)

    def count_tensors(self, name: str, rows: list[int]) -> None:
        self.values[name] = len(rows)
        if rows:
            names = [self.watch.name(row) for row in rows[:8]]
            self.worst[name] = ", ".join(names) + (", ..." if len(rows) > 8 else "")

    def group_of(self, row: int) -> str:
        groups = self.reading.facts["groups"]
        index = groups[row] if row < len(groups) else 0
        return self.watch.groups[index] if index < len(self.watch.groups) else str(index)


# --- the guest ---------------------------------------------------------------------------------


class Guest:
    """The hooks and what they find. `say` takes a message and must return at once."""

    def __init__(self, say: Any, every: int | None = None, budget: float = 0.01, loss: bool = True):
        self.say = say
        self.every = every
        self.budget = budget
        self.wants_loss = loss
        self.models: list[tuple[str, Any]] = []  # given by hand, in place of a search
        self.pid = os.getpid()
        self.on = False
        self.torch: Any = None
        self.hooks: list[Any] = []
        self.watches: dict[int, Watch] = {}
        self.inside: dict[int, tuple[int, float]] = {}  # thread: the optimizer that is in its step
        self.modules: list[tuple[str, Any]] = []
        self.announced: Any = None
        self.armed = True  # the loss of the step at hand is wanted
        self.losses: list[Any] = []
        self.backwards = 0
        self.errors = 0
        self.notes: set[str] = set()
        self.spent = 0.0  # seconds in our hooks
        self.probing = 0.0  # of these, in probed steps
        self.steps = 0
        self.seen_at = time.monotonic()
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
            self.hooks.append(GlobalHooks(module, self.before_step, self.after_step))
        else:
            self.hooks.append(StepWraps(torch, self.before_step, self.after_step))
            self.note(
                "torch is older than 2.0: the optimizers were found by one search and are "
                "wrapped one by one; one that is made later is not seen"
            )
        if self.wants_loss:
            self.hooks.append(BackwardWrap(torch.autograd, self.see_backward))

    def unhook(self) -> None:
        """Take everything back and keep nothing of the training's."""
        self.on = False
        while self.hooks:
            self.hooks.pop().remove()
        self.watches.clear()
        self.inside.clear()
        self.losses.clear()
        self.modules.clear()
        self.models.clear()

    def note(self, text: str) -> None:
        """Say a sentence, once."""
        if text not in self.notes and len(self.notes) < 64:
            self.notes.add(text)
            self.say({"kind": "note", "text": text})

    def fail(self, where: str) -> None:
        """Count an error of ours; pass on one that is the training's.

        A signal's handler may raise while we are running; that exception is not ours to swallow.
        """
        kind, error, trace = sys.exc_info()
        handlers = set()
        for number in range(1, signal.NSIG):
            try:
                handler: Any = signal.getsignal(number)
            except ValueError:
                continue
            handlers.add(
                getattr(handler, "__code__", None) or getattr(type(handler), "__call__", None)
            )
        while trace is not None:
            code = trace.tb_frame.f_code
            if code in handlers or any(getattr(h, "__code__", None) is code for h in handlers):
                raise
            trace = trace.tb_next
        self.errors += 1
        if self.errors in (1, 2, 4, 8, ERRORS):
            self.note("probe error %s: %s" % (where, ("%s: %s" % (kind.__name__, error))[:300]))
        if self.errors >= ERRORS:
            self.leaving = "too many errors of the probe"
            self.unhook()

    # -- in the training's thread

    def see_backward(self, tensors: Any) -> None:
        """Keep the loss of a step that is read. A copy: trainings average theirs in place."""
        self.backwards += 1
        if not self.armed or len(self.losses) >= LOSSES or os.getpid() != self.pid:
            return
        try:
            if not isinstance(tensors, self.torch.Tensor):
                tensors = tensors[0] if len(tensors) == 1 else None
            if tensors is not None and tensors.numel() == 1 and not self.is_capturing():
                self.losses.append(find_local(tensors.detach()).clone().reshape(()))
        except Exception:
            self.fail("at the loss")

    def before_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        start = time.perf_counter()
        if not self.on or os.getpid() != self.pid:
            return
        try:
            key, thread = id(optimizer), get_ident()
            outer = self.inside.get(thread)
            if outer is not None and outer[0] != key and start - outer[1] < NEST_S:
                return  # the step of a wrapped optimizer within its wrapper's
            watch = self.watches.get(key) or self.meet(optimizer)
            self.inside[thread] = (key, start)
            if watch is not None and watch.due == FULL and not self.is_capturing():
                self.begin(watch, optimizer, has_closure(args, kwargs))
                watch.cost = time.perf_counter() - start
        except Exception:
            self.fail("before a step")
        finally:
            self.spent += time.perf_counter() - start

    def after_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        start = time.perf_counter()
        if not self.on or os.getpid() != self.pid:
            return
        try:
            key, thread = id(optimizer), get_ident()
            outer = self.inside.get(thread)
            if outer is None or outer[0] != key:
                return
            del self.inside[thread]
            self.thread = thread
            self.seen_at = time.monotonic()
            self.steps += 1
            watch = self.watches.get(key)
            if watch is not None:
                watch.tick(start)
                watch.count_backwards(self.backwards)
                self.finish(watch, optimizer, has_closure(args, kwargs), start)
        except Exception:
            self.fail("after a step")
        finally:
            self.spent += time.perf_counter() - start

    def meet(self, optimizer: Any) -> Watch | None:
        """Begin to watch an optimizer that was not seen before."""
        if len(self.watches) >= OPTIMIZERS:
            self.note(
                "more than %d optimizers step in this process (one for each parameter?): "
                "only the first %d are read" % (OPTIMIZERS, OPTIMIZERS)
            )
            return None
        key = id(optimizer)
        watches = self.watches
        first = [id(p) for group in optimizer.param_groups for p in group["params"][:1]]
        for other, watch in list(watches.items()):  # made anew for the same parameters
            if watch.keys[:1] == first[:1] and first:
                del watches[other]
        watch = watches[key] = Watch(optimizer, lambda _: watches.pop(key, None))
        watch.backwards = self.backwards
        return watch

    def is_capturing(self) -> bool:
        """Whether a CUDA graph is being recorded, or torch.compile reads this code."""
        torch = self.torch
        cuda = torch.cuda
        compiler = getattr(torch, "compiler", None)
        if compiler is not None and hasattr(compiler, "is_compiling") and compiler.is_compiling():
            return True
        return bool(cuda.is_initialized() and cuda.is_current_stream_capturing())

    def begin(self, watch: Watch, optimizer: Any, is_closure: bool) -> None:
        """Read what only the moment before the step knows."""
        torch = self.torch
        with torch.no_grad():
            reading = Reading(torch, FULL)
            reading.list_rows(optimizer)
            reading.mark()
            keys = [id(parameter) for _, parameter in reading.rows]
            if keys != watch.keys:
                self.learn(watch, optimizer, reading.rows, keys)
            elif watch.probes == 2:
                self.announce()
            reading.read_before()
            if not is_closure:
                reading.read_gradients()
                self.read_scaler(reading, optimizer)
            reading.mark()
        watch.reading = reading

    def finish(self, watch: Watch, optimizer: Any, is_closure: bool, start: float) -> None:
        """Read the rest, send what has arrived, and decide about the next step."""
        reading, watch.reading = watch.reading, None
        now = start
        if watch.waiting is not None and watch.waiting.has_landed():
            self.publish(watch, watch.waiting)
            watch.waiting = None
        if watch.due != NONE and not self.is_capturing():
            if reading is None or watch.due == LIGHT:
                reading = Reading(self.torch, LIGHT)
                reading.list_rows(optimizer) if watch.keys == [] else None
            self.end(watch, optimizer, reading, is_closure)
            now = time.perf_counter()
            if reading.kind == FULL:
                self.account(watch, now - start)
        elif reading is not None:
            reading = None
        if self.losses:
            self.losses.clear()
        idle = (self.spent - self.probing) / self.steps if self.steps > 50 else 0.0
        share = self.budget / max(1, len(self.watches))
        every = self.every or watch.find_every(share, idle)
        watch.plan(now, every, self.every is not None)
        self.armed = watch.due != NONE or any(w.due != NONE for w in self.watches.values())

    def end(self, watch: Watch, optimizer: Any, reading: Reading, is_closure: bool) -> None:
        with self.torch.no_grad():
            if reading.kind == FULL:
                reading.mark()
                if is_closure:  # it made the gradients and the loss inside the step
                    reading.read_gradients()
                    self.read_scaler(reading, optimizer)
                reading.read_changes()
                if watch.probes % EXACT == 0:
                    reading.read_weights()
            losses = self.losses[:1] if is_closure else self.losses
            for row, loss in enumerate(losses):
                reading.read_number("loss", row, loss)
            for row, group in enumerate(optimizer.param_groups):
                reading.read_number("lr", row, group.get("lr"))
            reading.read_number("step", 0, find_own_count(optimizer))
            reading.facts.update(time=time.time(), count=watch.count, losses=len(losses))
            if reading.kind == FULL:
                reading.ship()
                reading.mark()
            else:
                reading.ship()
        if len(losses) > 1:
            self.note(
                "several backward calls make one step: train/loss is their mean, and is not scaled up "
                "where the training divides each by their number"
            )
        if reading.has_landed():
            self.publish(watch, reading)
        else:
            watch.waiting = reading

    def account(self, watch: Watch, seconds: float) -> None:
        """Note what a probe has cost. The first is left out: it loads code and finds names."""
        watch.cost += seconds
        self.probing += watch.cost
        watch.probes += 1
        watch.probed_count, watch.probed_at = watch.count, watch.last
        if watch.probes > 1:
            watch.costs.append(watch.cost)

    def add_cost(self, seconds: float) -> None:
        """Charge the last probe for what was done elsewhere on its behalf (sending)."""
        for watch in list(self.watches.values()):
            if watch.costs:
                watch.costs[-1] += seconds / len(self.watches)

    def read_scaler(self, reading: Reading, optimizer: Any) -> None:
        """The factor of a GradScaler, found in the frames of its own `step` that called us."""
        frame: Any = sys._getframe(1)
        for _ in range(12):
            if frame is None:
                return
            if frame.f_code.co_filename.endswith("grad_scaler.py"):
                scale = getattr(copy_locals(frame).get("self"), "_scale", None)
                reading.read_number("scale", 0, scale)
                reading.read_number("grad_scale", 0, getattr(optimizer, "grad_scale", None))
                return
            frame = frame.f_back

    def learn(self, watch: Watch, optimizer: Any, rows: Any, keys: list[int]) -> None:
        """Find out what the tensors of an optimizer are called."""
        watch.keys, watch.weights = keys, {}
        modules = self.models or self.modules
        names = name_parameters(modules, keys)[0]
        if len(names) < len(set(keys)) and not self.models:
            found = find_modules(self.torch, sys._getframe(1))
            names, chosen = name_parameters(modules + found, keys)
            known = {id(module) for _, module in self.modules}
            self.modules += [(name, m) for name, m in chosen if id(m) not in known]
        others = [w for w in self.watches.values() if w is not watch]
        if others and not watch.label:
            label = next((n for n, m in self.modules if owns(m, keys)), "")
            taken = {w.label for w in others}
            label = safe_label(label)
            watch.label = (
                label if label not in taken and label != "_" else "optimizer%d" % (len(others) + 1)
            )
        watch.names = {
            key: names.get(key)
            or "group%d.param%d (%s)" % (group, row, "x".join(map(str, p.shape)))
            for row, (key, (group, p)) in enumerate(zip(keys, rows))
        }
        prefix = watch.label + "." if watch.label else ""
        tops = split_tops({key: name for key, name in names.items() if key in set(keys)})
        watch.tops = {key: safe_label(prefix + top) for key, top in tops.items()}
        watch.groups = name_groups(optimizer.param_groups, tops, watch.label)
        self.announce()

    def announce(self) -> None:
        """Say which groups there are and which parameters nobody trains, where that is new."""
        groups, held = [], set()
        for watch in list(self.watches.values()):
            optimizer = watch.known()
            if optimizer is None or not watch.groups:
                continue
            for name, group in zip(watch.groups, optimizer.param_groups):
                sizes = [find_local(p).numel() for p in group["params"]]
                groups.append({"name": name, "tensors": len(sizes), "params": sum(sizes)})
                held.update(id(p) for p in group["params"])
        modules = self.models or self.modules
        orphans = None
        if modules:
            free = {
                id(p): (plain_name(name), find_local(p).numel())
                for _, module in modules
                for name, p in self.torch.nn.Module.named_parameters(module)
                if p.requires_grad and id(p) not in held
            }
            names = [name for name, _ in free.values()]
            size = sum(number for _, number in free.values())
            orphans = {"tensors": len(free), "params": size, "names": names[:32]}
        message = {"kind": "groups", "groups": groups, "orphans": orphans}
        if message != self.announced:
            self.announced = message
            self.say(dict(message))

    def publish(self, watch: Watch, reading: Reading) -> None:
        """Send what a reading holds."""
        if reading.marks:
            watch.cost += reading.device_seconds()
        summary = Summary(watch, reading)
        values = summary.values
        values.update(watch.take_times())
        if self.wants_loss and not watch.label:
            values["skipped_steps"] = watch.skipped
        own = reading.results.get("step", {}).get(0)
        count = reading.facts["count"]
        if own is not None and own == own:
            watch.offset = int(own) - count
        watch.sent_at = watch.last
        self.last_step = count + (watch.offset or 0)
        self.say(
            {
                "kind": "values",
                "step": self.last_step,
                "time": reading.facts["time"],
                "counted": "attach" if watch.offset is None else "optimizer",
                "values": {name: write_number(value) for name, value in values.items()},
                "worst": summary.worst,
            }
        )

    def cadence(self) -> dict[str, Any]:
        """How often is probed and what it costs."""
        watch = max(self.watches.values(), key=lambda w: w.count, default=None)
        if watch is None:
            return {}
        idle = (self.spent - self.probing) / self.steps if self.steps > 50 else 0.0
        every = self.every or watch.find_every(self.budget / len(self.watches), idle)
        cost = sum(watch.costs) / len(watch.costs) if watch.costs else 0.0
        return {"kind": "cadence", "every": every, "cost_s": cost, "step_s": watch.usual}


def has_closure(args: Any, kwargs: Any) -> bool:
    return (len(args) > 1 and callable(args[1])) or callable(kwargs.get("closure"))


def owns(module: Any, keys: list[int]) -> bool:
    wanted = set(keys)
    return any(id(parameter) in wanted for parameter in module.parameters())


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


def name_parameters(modules: Any, keys: list[int]) -> tuple[dict[int, str], list[tuple[str, Any]]]:
    """Names by id of the parameter, and the modules that they are from: the largest share first."""
    wanted = set(keys)
    owned = []
    for place, (label, module) in enumerate(modules):
        parameters = {id(p): plain_name(name) for name, p in base_names(module)}
        share = {key: name for key, name in parameters.items() if key in wanted}
        if share:
            owned.append((-len(share), -len(parameters), place, label, module, share))
    owned.sort(key=lambda item: item[:3])
    names: dict[int, str] = {}
    chosen = []
    for _, _, _, label, module, share in owned:
        new = {key: name for key, name in share.items() if key not in names}
        if new:
            prefix = label + "." if chosen else ""
            names.update({key: prefix + name for key, name in new.items()})
            chosen.append((label, module))
    return names, chosen


def base_names(module: Any) -> Any:
    """(name, parameter) of a module, by torch's own method and not by one of the training's."""
    return sys.modules["torch"].nn.Module.named_parameters(module)


def name_groups(groups: Any, tops: dict[int, str], label: str) -> list[str]:
    """Labels of the parameter groups: their own name, else their one top module, else their number."""
    labels = []
    for index, group in enumerate(groups):
        inside = {tops.get(id(p)) for p in group["params"]}
        alone = inside.pop() if len(inside) == 1 else None
        text = group.get("name") or alone or (label if label and len(groups) == 1 else str(index))
        if label and text != label:
            text = "%s.%s" % (label, text)
        labels.append(safe_label(text))
    repeated = {text for text in labels if labels.count(text) > 1}
    return ["%s.%d" % (t, i) if t in repeated else t for i, t in enumerate(labels)]


# --- the way to the host -----------------------------------------------------------------------


class Writer:
    """The thread that owns the socket: says hello, sends, listens, looks after memory and stalls."""

    def __init__(self, folder: str, token: str) -> None:
        self.folder = folder
        self.token = token
        self.queue: collections.deque[Any] = collections.deque()
        self.dropped = 0
        self.guest: Any = None
        self.socket: Any = None
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
        line = b""
        while not line.endswith(b"\n") and len(line) < 4096:
            byte = self.socket.recv(1)
            if not byte:
                break
            line += byte
        return line

    def hello(self) -> dict[str, Any]:
        torch = sys.modules.get("torch")
        rank, world = os.environ.get("RANK", ""), os.environ.get("WORLD_SIZE", "")
        device = "cpu"
        try:
            if torch is not None and torch.cuda.is_initialized():
                device = "cuda:%d" % torch.cuda.current_device()
        except Exception:
            pass
        return {
            "v": VERSION,
            "kind": "hello",
            "token": self.token,
            "pid": os.getpid(),
            "python": sys.version.split()[0],
            "torch": str(getattr(torch, "__version__", None)) if torch is not None else None,
            "rank": int(rank) if rank.isdigit() else None,
            "world": int(world) if world.isdigit() else None,
            "device": device,
        }

    def serve(self) -> None:
        """Until somebody wants us to go."""
        pending = b""
        guest = self.guest
        while not guest.leaving:
            if guest.torch is None:
                self.wait_for_torch()
            self.look_around()
            self.flush()
            self.socket.settimeout(POLL_S)
            try:
                chunk = self.socket.recv(4096)
            except socket.timeout:
                continue
            if not chunk:
                return
            *lines, pending = (pending + chunk[:4096]).split(b"\n")
            if any(self.obey(line) for line in lines):
                self.reason = "asked to"
                return
        self.reason = guest.leaving

    def obey(self, line: bytes) -> bool:
        """Do what the host asks; True when it wants us to go."""
        try:
            kind = json.loads(line).get("kind")
        except ValueError:
            return False
        if kind == "stack":
            self.tell_stall()
        return bool(kind == "detach")

    def wait_for_torch(self) -> None:
        torch = sys.modules.get("torch")
        if "torch.optim.optimizer" in sys.modules and hasattr(torch, "autograd"):
            if hasattr(torch.autograd, "backward") and hasattr(torch, "optim"):
                self.guest.hook(torch)
                return
        self.guest.note("torch is not imported yet; the probes wait for it")

    def look_around(self) -> None:
        now = time.monotonic()
        guest = self.guest
        silent = now - guest.seen_at
        usual = max((watch.usual for watch in list(guest.watches.values())), default=0.0)
        if silent < STALL_S:
            self.stalled_at = 0.0
        if guest.steps and silent > max(STALL_S, STALL_STEPS * usual, 2 * self.stalled_at):
            self.stalled_at = silent
            self.tell_stall()
        if not guest.steps and guest.torch is not None and now - self.began > UNSEEN_S:
            guest.note(
                "no optimizer step was seen for %d s: none of torch.optim, or inside a CUDA graph"
                % UNSEEN_S
            )
        if guest.steps and now - self.memory_at > MEMORY_S:
            self.memory_at = now
            self.tell_memory()
        if now - self.reported[0] > REPORT_S:
            self.tell_cadence(now)

    def tell_stall(self) -> None:
        """Where the training stands. The thread that made the last step, else the main thread."""
        frame: Any = sys._current_frames().get(self.guest.thread)
        frames = []
        while frame is not None and len(frames) < 60:
            code = frame.f_code
            frames.append("%s:%d %s" % (code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back
        silent = time.monotonic() - self.guest.seen_at
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
        if cuda.is_initialized():
            stats = cuda.memory_stats()
            for name, key in (("allocated", "current"), ("peak", "peak")):
                values["gpu_memory/" + name] = stats.get("allocated_bytes.all." + key, 0)
            values["gpu_memory/reserved"] = stats.get("reserved_bytes.all.current", 0)
        watches = list(self.guest.watches.values())
        counted = "optimizer" if watches and watches[0].offset is not None else "attach"
        step, now = self.guest.last_step, time.time()
        if values and step:
            message = {"kind": "values", "step": step, "time": now, "counted": counted}
            self.put(dict(message, values=values, worst={}))

    def tell_cadence(self, now: float) -> None:
        message = self.guest.cadence()
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
        try:  # a forked worker may hold the same socket open: end it for all of them
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


def start(folder: str, token: str) -> None:
    """Run the guest on a daemon thread that carries its name."""
    writer = Writer(folder, token)
    threading.Thread(target=writer.run, name="logwatch-probe", daemon=True).start()


if __name__ == "logwatch_guest":
    start(globals()["FOLDER"], globals()["TOKEN"])
