"""A probe in a running process as a source: a thread attaches, listens, and keeps what it hears.

What it hears is kept as a recording (see recording.py), the last part of it, so that any line can
be shown again. Closing detaches; so does the end of this program, however it ends.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from logwatch.sources.pipe import Spool
from logwatch.sources.probe.recording import Message, Recorder
from logwatch.sources.probe.state import ProbeState, read_cadence
from logwatch.sources.source import SourceError, name_reason

if TYPE_CHECKING:
    from logwatch.attach.attachment import Options

SPOOL_BYTES = 256 << 20
"""Text of the recording that can be shown again: half a day of five lines of 1 kB a second."""

LISTEN_SECONDS = 0.25
"""So long does closing wait at most for the thread that listens."""

CLOSE_SECONDS = 3.0
"""Time to detach in; a process that does not answer detaches by itself when the socket closes."""

FAULT = 70
"""Exit code where attaching failed by a fault of logwatch itself.
Source: sysexits.h, EX_SOFTWARE."""


class Heard(Protocol):
    """What the thread needs of an attachment; see attach/attachment.py."""

    method: str
    pause_s: float
    process: Any

    @property
    def is_open(self) -> bool:
        """Whether more may come."""

    def receive(self, timeout_s: float) -> list[dict[str, Any]]:
        """The messages that have come, after at most so long."""

    def close(self) -> None:
        """Detach."""


Attach = Callable[[int, "Options", Callable[[str], None]], Heard]


class Probe:
    """One process that is probed; any thread may read, one closes."""

    def __init__(
        self,
        pid: int,
        options: "Options",
        *,
        attach: Attach | None = None,
        spool: Spool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = ProbeState(pid, budget=options.budget)
        self._options = options
        self._attach = attach
        self._clock = clock
        self._spool = spool or Spool(SPOOL_BYTES)
        self._recorder = Recorder(options.budget)
        self._stop = threading.Event()
        self._news = threading.Condition()
        self._heard_at: float | None = None
        self._thread = threading.Thread(target=self._work, name=f"probe {pid}", daemon=True)

    def start(self) -> None:
        """Begin to attach; returns at once."""
        self._thread.start()

    @property
    def size(self) -> int:
        """Bytes of the recording so far."""
        return self._spool.size

    def pread(self, offset: int, size: int) -> bytes:
        """Bytes of the recording; empty where they are no longer kept."""
        return self._spool.pread(offset, size)

    def read(self, offset: int, max_bytes: int) -> tuple[int, bytes]:
        """What lies at `offset` and after it, and where that begins: later if it is not kept."""
        start = max(offset, self._spool.size - self._spool.limit)
        data = self._spool.pread(start, max_bytes)
        if start > offset:
            line = data.find(b"\n") + 1
            start, data = start + line, data[line:]
        return start, data

    def wait(self, offset: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds for something beyond `offset`, or for the end."""
        with self._news:
            return self._news.wait_for(lambda: self.size > offset or self.state.is_over, timeout)

    def wait_settled(self, timeout: float) -> ProbeState:
        """The state once it is known whether attaching works, or after `timeout` seconds."""
        with self._news:
            self._news.wait_for(lambda: self.state.phase != "attaching", timeout)
        return self.state

    @property
    def silent_s(self) -> float | None:
        """Seconds since figures of the training came, None before the first and after the end."""
        if self._heard_at is None or self.state.is_over:
            return None
        return self._clock() - self._heard_at

    def leave(self) -> None:
        """Detach, and wait for it a short while; what was heard stays."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_SECONDS)

    def close(self) -> None:
        """Detach, and forget what was heard."""
        self.leave()
        self._spool.close()

    def _work(self) -> None:
        try:
            self._listen(self._open())
        except Exception as error:  # a probe that fails must not take the log down with it
            self._tell(self._explain(error))

    def _open(self) -> Heard:
        if self._attach is not None:
            return self._attach(self.state.pid, self._options, self._tell_sentence)
        from logwatch.attach.attachment import attach  # noqa: PLC0415  only who attaches pays

        return attach(self.state.pid, self._options, self._tell_sentence)

    def _listen(self, attachment: Heard) -> None:
        """Keep what comes until the process ends, goes silent for good, or we leave."""
        try:
            self._greet(attachment)
            while not self._stop.is_set():
                messages = attachment.receive(LISTEN_SECONDS)
                for message in messages:
                    self._take(message)
                if not messages and not attachment.is_open:
                    break
        finally:
            attachment.close()
        if self.state.phase != "detached":
            why = "logwatch has left" if self._stop.is_set() else "the process has ended"
            self._take({"kind": "bye", "reason": why})

    def _greet(self, attachment: Heard) -> None:
        process = attachment.process
        command = str(getattr(process, "command", ""))
        facts = {
            "pid": self.state.pid,
            "method": attachment.method,
            "pause_s": round(attachment.pause_s, 6),
            "command": command,
        }
        self._keep(self._recorder.attached(facts))
        known = replace(self.state, command=command, method=attachment.method)
        self._tell(replace(known, phase="attached", pause_s=attachment.pause_s, sentence=""))

    def _take(self, message: Message) -> None:
        self._keep(self._recorder.write(message))
        kind = message.get("kind")
        if kind == "values":
            self._heard_at = self._clock()
        elif kind == "cadence":
            self._tell(read_cadence(self.state, message))
        elif kind == "note":
            self._tell_sentence(str(message.get("text", "")))
        elif kind == "bye":
            reason = str(message.get("reason", ""))
            self._tell(replace(self.state, phase="detached", sentence=reason))

    def _keep(self, data: bytes) -> None:
        with self._news:
            self._spool.append(data)
            self._news.notify_all()
        if self._spool.failure and not self._stop.is_set():
            why = f"what process {self.state.pid} tells cannot be kept: {self._spool.failure}"
            raise SourceError(why)

    def _tell(self, state: ProbeState) -> None:
        with self._news:
            self.state = state
            self._news.notify_all()

    def _tell_sentence(self, sentence: str) -> None:
        self._tell(replace(self.state, sentence=sentence))

    def _explain(self, error: Exception) -> ProbeState:
        refusal = getattr(error, "refusal", None)
        if refusal is not None:
            told = replace(self.state, sentence=refusal.sentence, remedy=refusal.remedy)
            told = replace(told, place=self._see_place())
            return replace(told, phase="refused", exit_code=refusal.exit_code)
        if isinstance(error, SourceError):
            sentence = str(error)
        elif isinstance(error, OSError):
            sentence = f"process {self.state.pid} cannot be probed: {name_reason(error)}"
        else:
            kind = type(error).__name__
            sentence = f"probing stopped by a fault of logwatch itself: {kind}: {error}"
        return replace(self.state, phase="refused", sentence=sentence, exit_code=FAULT)

    def _see_place(self) -> str:
        """Where a process that was not entered stands, seen from outside; empty if unknown."""
        if self._attach is not None:
            return ""
        from logwatch.attach.process import read_process  # noqa: PLC0415
        from logwatch.attach.stack import describe  # noqa: PLC0415

        process = read_process(self.state.pid)
        return "" if process is None else describe(process)
