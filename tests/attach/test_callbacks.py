"""Probes from a training's own code: lines, the door, the callbacks."""

import importlib
import importlib.util
import io
import os
import socket
import subprocess
import sys
import types
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

import logwatch.probe  # noqa: E402
from logwatch.attach import door as doors  # noqa: E402
from logwatch.attach.door import Door, knock, open_private  # noqa: E402
from logwatch.attach.link import open_link  # noqa: E402
from logwatch.probe import attach, write_lines  # noqa: E402

pytestmark = pytest.mark.torch

HEAVY = ("textual", "regex", "watchdog", "numpy", "torch", "transformers", "lightning")


class Model(torch.nn.Module):
    """Two top modules."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = torch.nn.Linear(4, 4)
        self.head = torch.nn.Linear(4, 1)

    def forward(self, x: Any) -> Any:
        return self.head(self.decoder(x))


def build() -> tuple[Any, Any]:
    """A model and its optimizer of two groups."""
    torch.manual_seed(0)
    model = Model()
    groups = [
        {"params": model.decoder.parameters(), "lr": 1e-3},
        {"params": model.head.parameters(), "lr": 1e-4},
    ]
    return model, torch.optim.Adam(groups)


def train(model: Any, optimizer: Any, steps: int = 3) -> list[float]:
    """Some steps and their losses."""
    losses = []
    for _ in range(steps):
        loss = model(torch.ones(2, 4)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def read_pairs(line: str) -> dict[str, float]:
    """The pairs of one line."""
    return {key: float(value) for key, value in (pair.split("=") for pair in line.split()[1:])}


@pytest.fixture(autouse=True)
def _no_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)


def test_import_is_light() -> None:
    """To import the module loads neither torch nor anything that a training might not have."""
    code = f"import logwatch.probe, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_lines() -> None:
    """Each probed step gives a line of values and one of learning rates; they read back exactly."""
    model, optimizer = build()
    lines: list[str] = []
    with attach(optimizer, model, every=1, lines=lines.append, door=False):
        losses = train(model, optimizer)

    steps = [read_pairs(line) for line in lines if line.startswith("[STEP] ")]
    rates = [read_pairs(line) for line in lines if line.startswith("[LR] ")]
    assert losses == pytest.approx([step["train/loss"] for step in steps], rel=1e-8)
    assert [1, 2, 3] == [step["step"] for step in steps]
    assert [{"step": 3, "decoder": 1e-3, "head": 1e-4}] == rates[2:]
    assert {"train/grad_norm", "param_delta/median", "grad_norm/head"} <= steps[0].keys()


def test_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    """Without anything said the lines are printed."""
    model, optimizer = build()
    with attach(optimizer, model, every=1):
        train(model, optimizer, 1)

    out, err = capsys.readouterr()
    assert ["[STEP]", "[LR]"] == [line.split()[0] for line in out.splitlines()]
    assert "" == err


def test_other_ranks_are_silent(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several ranks that share one log only the first writes."""
    monkeypatch.setenv("RANK", "3")
    model, optimizer = build()
    with attach(optimizer, model, every=1):
        train(model, optimizer, 1)

    assert "" == capsys.readouterr().out


def test_stdout_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stdout that cannot be written to does not stop the training."""
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    model, optimizer = build()
    with attach(optimizer, model, every=1):
        losses = train(model, optimizer, 3)

    assert losses[0] > losses[2]


def test_only_that_optimizer() -> None:
    """Another optimizer in the process is not watched."""
    model, optimizer = build()
    other_model, other = build()
    lines: list[str] = []
    with attach(optimizer, model, every=1, lines=lines.append, door=False):
        train(other_model, other, 2)
        train(model, optimizer, 1)

    assert 1 == sum(line.startswith("[STEP]") for line in lines)


def test_any_optimizer() -> None:
    """Without an optimizer every one that steps is watched, with the names that are found."""
    model, optimizer = build()
    lines: list[str] = []
    with attach(every=1, lines=lines.append, door=False):
        train(model, optimizer, 1)

    assert any("grad_norm/decoder=" in line for line in lines)


def test_wrapped_optimizer() -> None:
    """An optimizer that wraps another (Accelerate's) means the other."""
    model, optimizer = build()
    wrapper = types.SimpleNamespace(optimizer=optimizer, param_groups=optimizer.param_groups)
    lines: list[str] = []
    with attach(wrapper, model, every=1, lines=lines.append, door=False):
        train(model, optimizer, 1)

    assert 2 == len(lines)


def test_close_twice() -> None:
    """It may be closed by hand, and again, and leaves torch as it was."""
    before = torch.autograd.backward
    model, optimizer = build()
    probe = attach(optimizer, model, lines=False)
    probe.close()
    probe.close()
    assert torch.autograd.backward is before


@pytest.mark.parametrize("arguments", [{"optimizer": 3}, {"model": "gpt"}])
def test_wrong_arguments(arguments: dict[str, Any]) -> None:
    """What is no optimizer or model is refused at once, and nothing is hooked."""
    before = torch.autograd.backward
    with pytest.raises(TypeError, match="is no"):
        attach(**arguments)
    assert torch.autograd.backward is before


def test_notes_are_lines() -> None:
    """What the probe cannot see is said in a line of its own; other messages give none."""
    assert ["[PROBE] no loss"] == list(write_lines({"kind": "note", "text": "no loss"}))
    assert [] == list(write_lines({"kind": "groups", "groups": [], "orphans": None}))


def test_nonfinite_lines() -> None:
    """NaN and infinities are written so that `float` reads them."""
    values = {"train/loss": float("nan"), "lr/0": float("inf")}
    step, rates = write_lines({"kind": "values", "step": 1, "values": values})
    assert ("[STEP] step=1 train/loss=nan", "[LR] step=1 0=inf") == (step, rates)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """Doors in a folder of this test."""
    folder = Path(f"/tmp/logwatch-test-{os.getpid()}")
    monkeypatch.setattr(doors, "find_folder", lambda *_: folder)
    yield folder
    for path in folder.glob("*"):
        path.unlink()
    folder.rmdir()


def test_door(place: Path) -> None:
    """A training with a door is attached to without ptrace."""
    model, optimizer = build()
    with attach(optimizer, model, lines=False):
        link = open_link(os.getuid(), pid=os.getpid(), every=1)
        assert knock(link, os.getpid())
        hello = link.wait_hello(10)
        seen: list[str] = []
        while "values" not in seen:
            train(model, optimizer, 1)
            seen += [message["kind"] for message in link.receive(0.2)]
        link.close()

    assert hello is not None
    assert os.getpid() == hello["pid"]
    assert 0o700 == place.stat().st_mode & 0o777


def test_door_is_closed(place: Path) -> None:
    """After it is closed nobody answers, and its file is gone."""
    door = Door()
    door.close()
    link = open_link(os.getuid())
    assert not knock(link, os.getpid())
    assert [] == list(place.iterdir())
    link.close()


def test_no_door() -> None:
    """A training without a door is knocked at in vain."""
    link = open_link(os.getuid())
    assert not knock(link, 4711)
    link.close()


def test_a_link_in_place_of_a_door(place: Path, tmp_path: Path) -> None:
    """Who knocks follows no link to a socket that somebody else listens at."""
    place.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(place / "other"))
        listener.listen(1)
        listener.setblocking(False)
        (place / "4711").symlink_to("other")
        link = open_link(os.getuid())
        assert not knock(link, 4711)
        link.close()
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("line", [b"{}", b"rubbish", b'{"folder":"/a b","token":"1"}', b"[]"])
def test_door_takes_addresses_only(line: bytes, place: Path) -> None:
    """What is no address of a link starts nothing."""
    door = Door()
    with pytest.raises((ValueError, KeyError, TypeError)):
        door._let_in(line)
    door.close()


def test_folder_of_others(place: Path) -> None:
    """A folder that others may enter is not used, by neither side."""
    place.mkdir(mode=0o755)
    with pytest.raises(PermissionError, match="private"):
        open_private(place, os.getuid())
    with pytest.raises(PermissionError, match="private"):
        Door()


def test_link_in_place_of_a_folder(place: Path, tmp_path: Path) -> None:
    """A symbolic link in the folder's place is not followed."""
    place.symlink_to(tmp_path)
    with pytest.raises(OSError, match=r"[Nn]ot a directory|symbolic links"):
        open_private(place, os.getuid())
    place.unlink()
    place.mkdir()


def fake(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> type:
    """A library that has nothing but the base class of its callbacks."""
    base = type(name, (), {"__init__": lambda self: None})
    made = types.ModuleType(module)
    setattr(made, name, base)
    monkeypatch.setitem(sys.modules, module, made)
    return base


def test_trainer_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hugging Face's callback probes from the beginning of a training to its end."""
    base = fake(monkeypatch, "transformers", "TrainerCallback")
    lines: list[str] = []
    callback = logwatch.probe.TrainerCallback(every=1, lines=lines.append, door=False)
    assert isinstance(callback, base)
    model, optimizer = build()
    callback.on_train_begin(None, None, None, model=model, optimizer=optimizer, lr_scheduler=None)
    train(model, optimizer, 1)
    callback.on_train_end(None, None, None, model=model)
    train(model, optimizer, 1)

    assert 2 == len(lines)


def test_trainer_callback_without_an_optimizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the trainer does not say its optimizer (DeepSpeed) every one is watched."""
    fake(monkeypatch, "transformers", "TrainerCallback")
    lines: list[str] = []
    callback = logwatch.probe.TrainerCallback(every=1, lines=lines.append, door=False)
    model, optimizer = build()
    callback.on_train_begin(None, None, None, model=model, optimizer=None)
    train(model, optimizer, 1)
    callback.on_train_end(None, None, None)
    assert 2 == len(lines)


@pytest.mark.parametrize("end", ["on_train_end", "on_exception"])
def test_lightning_callback(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning's callback does the same, also when the training fails."""
    base = fake(monkeypatch, "pytorch_lightning", "Callback")
    monkeypatch.delitem(sys.modules, "lightning.pytorch", raising=False)
    lines: list[str] = []
    callback = logwatch.probe.LightningCallback(every=1, lines=lines.append, door=False)
    assert isinstance(callback, base)
    model, optimizer = build()
    callback.on_train_start(types.SimpleNamespace(optimizers=[optimizer]), model)
    train(model, optimizer, 1)
    getattr(callback, end)(None, model, *([ValueError()] if end == "on_exception" else []))
    train(model, optimizer, 1)

    assert 2 == len(lines)


def test_absent_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the library the callback is an ImportError that names it."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match="transformers"):
        _ = logwatch.probe.TrainerCallback
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = logwatch.probe.Nothing


def run_bare(tmp_path: Path, callback: Any) -> None:
    """A training of no library's, that calls the callback as Hugging Face does."""
    model, optimizer = build()
    callback.on_train_begin(None, None, None, model=model, optimizer=optimizer)
    train(model, optimizer, 3)
    callback.on_train_end(None, None, None)


def run_trainer(tmp_path: Path, callback: Any) -> None:
    """A real training of Hugging Face's."""
    transformers = importlib.import_module("transformers")

    class Toy(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Model()

        def forward(self, x: Any, labels: Any) -> dict[str, Any]:
            return {"loss": (self.inner(x).squeeze(-1) - labels).square().mean()}

    data = [{"x": torch.randn(4), "labels": torch.randn(())} for _ in range(16)]
    arguments = transformers.TrainingArguments(
        str(tmp_path), max_steps=3, report_to=[], use_cpu=True, save_strategy="no"
    )
    transformers.Trainer(Toy(), arguments, train_dataset=data, callbacks=[callback]).train()


def run_lightning(tmp_path: Path, callback: Any) -> None:
    """A real training of Lightning's, whose steps are all closures."""
    lightning = importlib.import_module("lightning")

    class Toy(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.inner = Model()

        def training_step(self, batch: Any, index: int) -> Any:
            return self.inner(batch).square().mean()

        def configure_optimizers(self) -> Any:
            return torch.optim.AdamW(self.parameters())

    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = lightning.Trainer(max_steps=3, accelerator="cpu", callbacks=[callback], **quiet)
    trainer.fit(Toy(), torch.utils.data.DataLoader(torch.randn(16, 4), batch_size=4))


RUNS = [
    (library, name, run)
    for library, name, run in (
        ("transformers", "TrainerCallback", run_trainer),
        ("lightning", "LightningCallback", run_lightning),
    )
    if importlib.util.find_spec(library)
]
"""The libraries that are installed here; none of them is needed."""


@pytest.mark.parametrize(("library", "name", "run"), [("", "TrainerCallback", run_bare), *RUNS])
def test_library(
    library: str,
    name: str,
    run: Callable[[Path, Any], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In each library that is installed all steps are read, with the names of the modules."""
    if not library:
        fake(monkeypatch, "transformers", "TrainerCallback")
    lines: list[str] = []
    run(tmp_path, getattr(logwatch.probe, name)(every=1, lines=lines.append, door=False))

    steps = [read_pairs(line) for line in lines if line.startswith("[STEP]")]
    assert [1, 2, 3] == [step["step"] for step in steps]
    assert all({"train/loss", "grad_norm/head", "param_delta/max"} <= step.keys() for step in steps)
