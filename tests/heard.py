"""A probe that hears what a test says, without a process."""

import threading
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from logwatch.sources.probe.client import Probe

PATIENCE_S = 20.0

Message = dict[str, Any]


class FakeAttachment:
    """An attachment whose messages a test gives; it ends when the test says so."""

    def __init__(self, *messages: Message, ends: bool = False) -> None:
        self.method = "ptrace"
        self.pause_s = 0.0007
        self.process = SimpleNamespace(command="python train.py")
        self.is_closed = False
        self._messages = list(messages)
        self._ends = ends
        self._news = threading.Condition()

    @property
    def is_open(self) -> bool:
        """Whether more may come."""
        with self._news:
            return not self.is_closed and not (self._ends and not self._messages)

    def receive(self, timeout_s: float) -> list[Message]:
        """What the test has given, after at most so long."""
        with self._news:
            self._news.wait_for(lambda: self._messages or self._ends, min(timeout_s, 0.01))
            messages, self._messages = self._messages, []
            return messages

    def close(self) -> None:
        """Note it."""
        self.is_closed = True

    def say(self, *messages: Message) -> None:
        """Give more."""
        with self._news:
            self._messages += messages
            self._news.notify_all()

    def end(self) -> None:
        """The process has ended."""
        with self._news:
            self._ends = True
            self._news.notify_all()


def values(
    step: int, counted: str = "optimizer", worst: Mapping[str, str] | None = None, **named: float
) -> Message:
    """A `values` message; `lr__head=0.1` is `lr/head`."""
    figures = {name.replace("__", "/"): value for name, value in named.items()}
    return {
        "kind": "values",
        "step": step,
        "time": 1.76e9 + step,
        "counted": counted,
        "values": figures,
        "worst": dict(worst or {}),
    }


def probe_of(attachment: FakeAttachment, pid: int = 4242) -> Probe:
    """A probe, not started yet, that finds this attachment."""
    return Probe(pid, options(), attach=lambda *_: attachment)


def refused(sentence: str = "process 4242 is stopped", exit_code: int = 23) -> Probe:
    """A probe, not started yet, that is refused."""

    def attach(*_: object) -> FakeAttachment:
        error = RuntimeError(sentence)
        remedy = "Let it go on first: kill -CONT 4242."
        error.refusal = SimpleNamespace(  # type: ignore[attr-defined]
            sentence=sentence, remedy=remedy, exit_code=exit_code
        )
        raise error

    return Probe(4242, options(), attach=attach)


def options() -> Any:
    """Those that matter here."""
    return SimpleNamespace(budget=0.01)


def wait_until(condition: Callable[[], bool], probe: Probe) -> None:
    """Wait until something is true of a probe that runs."""
    with probe._news:
        assert probe._news.wait_for(condition, PATIENCE_S)
