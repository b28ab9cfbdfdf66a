"""Probes for those who may change their training's code.

    with logwatch.probe.attach(optimizer=optimizer, model=model):
        train()

writes lines that `logwatch` reads, beside whatever the training prints:

    [STEP] step=120 train/loss=2.31 train/grad_norm=0.53 param_delta/median=1.2e-05 ...
    [LR] step=120 decoder=0.001 head=0.0001

and lets `logwatch attach PID` in without ptrace. `TrainerCallback` (Hugging Face) and
`LightningCallback` do the same for a whole run. To import this module imports neither torch nor
anything that is not in the standard library.
"""

import os
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from logwatch.attach.door import Door
from logwatch.attach.guest import Guest
from logwatch.attach.readings import Readings

__all__ = ["LightningCallback", "TrainerCallback", "attach"]  # noqa: F822  (made when asked for)

LINES_S = 2.0
"""Least seconds between two pairs of lines where no `every` is given: 1,800 an hour, which is
about what a progress bar writes in a minute."""

LIGHTNING = ("lightning.pytorch", "pytorch_lightning")
"""The two names under which Lightning is installed; the one that the training imported counts."""

Write = Callable[[str], object]


class attach:  # noqa: N801  (used as a word: `with attach(...)`)
    """Probe a training from its own code; a context manager, or call `close` at the end.

    Args:
        optimizer: the one (or several) to watch; None watches every optimizer that steps.
        model: whose names the tensors get; None searches the functions that are running.
        every: probe each so many steps; None keeps the cost within `budget`.
        budget: fraction of the training's time that the probes may take.
        loss: note the loss that `backward` is called on.
        lines: where the lines go (called with whole lines); None prints on stdout, on rank 0 only;
            False writes none.
        door: let `logwatch attach` in without ptrace, through a private socket in /tmp.

    Raises:
        ImportError: there is no torch.
        TypeError: `optimizer` or `model` is none.
    """

    def __init__(
        self,
        optimizer: Any = None,
        model: Any = None,
        every: int | None = None,
        *,
        budget: float = 0.01,
        loss: bool = True,
        lines: Write | bool | None = None,
        door: bool = True,
    ) -> None:
        import torch  # noqa: PLC0415  (a training has it; who only imports us need not)

        self._write = choose_writer(lines)
        self._readings = Readings()
        self._guest = Guest(self._say, every, budget, loss)
        if every is None:
            self._guest.soonest = LINES_S
        self._guest.wants_light = False
        optimizers = list_optimizers(optimizer)
        self._kept = optimizers  # their ids stay theirs
        self._guest.only = {id(item) for item in optimizers}
        if model is not None:
            if not isinstance(model, torch.nn.Module):
                raise TypeError("model is no torch.nn.Module")
            self._guest.use_models([("model", model)])
            self._guest.is_given = True
        self._guest.hook(torch)
        self._door = open_door() if door else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the hooks out again; may be called twice."""
        self._guest.unhook()
        self._kept = []
        if self._door is not None:
            self._door.close()
            self._door = None

    def _say(self, message: dict[str, Any]) -> None:
        if self._write is not None:
            for line in write_lines(self._readings.digest(message)):
                self._write(line)


def choose_writer(lines: Write | bool | None) -> Write | None:
    """Who writes the lines; of several ranks only the first prints."""
    if callable(lines):
        return lines
    if lines is False or (lines is None and os.environ.get("RANK", "0") != "0"):
        return None
    return print_line


def print_line(line: str) -> None:
    """Print to what is stdout now, at once: somebody follows it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def write_lines(message: dict[str, Any]) -> Iterable[str]:
    """The lines of one message; numbers so that reading them gives the same float32 again.

    NaN and infinities as `nan`, `inf`; what is no `values` gives a line only if it is a note.
    """
    if message["kind"] == "note":
        yield f"[PROBE] {message['text']}"
    if message["kind"] != "values":
        return
    step, values = message["step"], message["values"]
    pairs = [f"{name}={value:.9g}" for name, value in values.items() if not name.startswith("lr/")]
    rates = [f"{name[3:]}={value!r}" for name, value in values.items() if name.startswith("lr/")]
    if pairs:
        yield f"[STEP] step={step} " + " ".join(pairs)
    if rates:
        yield f"[LR] step={step} " + " ".join(rates)


def list_optimizers(optimizer: Any) -> list[Any]:
    """The optimizers, and those that they wrap (Accelerate's hold theirs as `optimizer`).

    Raises: TypeError where one has no parameter groups.
    """
    if optimizer is None:
        return []
    found = list(optimizer) if isinstance(optimizer, list | tuple) else [optimizer]
    for item in found:
        if not hasattr(item, "param_groups"):
            raise TypeError(f"{type(item).__name__} is no optimizer: it has no param_groups")
        inner = item.__dict__.get("optimizer")
        if inner is not None and not any(inner is other for other in found):
            found.append(inner)
    return found


def open_door() -> Door | None:
    """A door where one can be made; a training does not stop for the lack of it."""
    try:
        return Door()
    except OSError:
        return None


def __getattr__(name: str) -> Any:
    """The callbacks are made when asked for: their bases are in libraries that may be absent."""
    if name == "TrainerCallback":
        return _make_trainer_callback()
    if name == "LightningCallback":
        return _make_lightning_callback()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Callback:
    """What both callbacks share: attach at the beginning of training, close at its end."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self._options = options
        self._attached: attach | None = None

    def _begin(self, optimizer: Any, model: Any) -> None:
        self._end()
        known = optimizer if isinstance(optimizer, list) else [optimizer]
        found = [item for item in known if hasattr(item, "param_groups")]
        self._attached = attach(found or None, model, **self._options)

    def _end(self) -> None:
        if self._attached is not None:
            self._attached.close()
            self._attached = None


def _make_trainer_callback() -> type:
    """`transformers.TrainerCallback` with probes. Source: transformers/trainer_callback.py."""
    base: Any = import_module("transformers").TrainerCallback

    class TrainerCallback(_Callback, base):  # type: ignore[misc]
        """Probes for `Trainer(callbacks=[TrainerCallback()])`; options as of `attach`."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._begin(kwargs.get("optimizer"), kwargs.get("model"))

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self._end()

    return TrainerCallback


def _make_lightning_callback() -> type:
    """Lightning's `Callback` with probes. Source: lightning/pytorch/callbacks/callback.py."""
    name = next((name for name in LIGHTNING if name in sys.modules), LIGHTNING[0])
    base: Any = import_module(name).Callback

    class LightningCallback(_Callback, base):  # type: ignore[misc]
        """Probes for `Trainer(callbacks=[LightningCallback()])`; options as of `attach`."""

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._begin(list(trainer.optimizers), pl_module)

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            self._end()

        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            self._end()

    return LightningCallback
