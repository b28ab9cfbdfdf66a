"""One opened source on its way through sessions into snapshots. Lives in its run's thread."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from logwatch.diagnosis.analysis.states import judge_state
from logwatch.diagnosis.rule import Question
from logwatch.metrics.pace import current_step
from logwatch.metrics.run import RunView
from logwatch.metrics.series import SeriesView
from logwatch.metrics.windows import beyond
from logwatch.parsing.library import Library
from logwatch.session import Session, Update
from logwatch.sources.probe.client import Probe
from logwatch.sources.probe.listening import Listening, silence
from logwatch.sources.source import Chunk, Source
from logwatch.sources.targets import Target, open_source
from logwatch.tui.live.arrivals import Arrivals
from logwatch.tui.live.pages import Pread, line_reader
from logwatch.tui.live.preview import count_windows, read_end, sample_middle, shift
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.live.thinning import Thin, Thinnings

FIRST_BYTES = 64 << 10
"""The first read only tells how big the log is."""
CHUNK_BYTES = 4 << 20
"""Bytes a read while there is much to read: 20 ms of parsing, so stopping is not felt."""
CHUNK_SECONDS = 0.25
PREVIEW_FROM = 8 << 20
"""Smaller logs are read whole at once: at 100 MB/s in less than a tenth of a second."""
PATIENCE_SECONDS = 0.3
"""A log that is read within this time is never shown half read: its findings would flicker."""
POST_SECONDS = 0.25
"""At most four snapshots a second: nobody reads faster, and each costs a diagnosis and a kilobyte
of screen. Measured with four logs that grow ten times a second: 10 % of a core, 20 % at 0.1 s."""
SLOW_POST_SECONDS = 0.5
"""The same over ssh."""
POST_SHARE = 4.0
"""After a snapshot that took t seconds none for 4 t: diagnosing takes a fifth of the time."""
WAIT_SECONDS = 0.25
"""So long does a key press that asks for news, or quitting, wait at most."""
SETTLED_SECONDS = 10.0
"""A line without end in a log silent for so long is whole: bars redraw at least that often."""
NEW_LOG = {
    "truncated": "the log was emptied: this is a new one",
    "replaced": "the log was replaced: this is a new one",
}


@dataclass(frozen=True)
class Tools:
    """What a run's thread works with; tests give others. `probes` are those of the processes."""

    open: Callable[[Target], Source] = open_source
    session: Callable[[Library, Question], Session] = Session
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    post_seconds: float = POST_SECONDS
    probes: Mapping[Target, Probe] = field(default_factory=dict)


class Reader:
    """Reads one source until told to stop; after "truncated" and "replaced" in a new session."""

    def __init__(
        self,
        source: Source,
        begin_session: Callable[[Question], Session],
        ask: Callable[[], Question],
        post: Callable[[Snapshot], None],
        tools: Tools,
        *,
        path: Path | None = None,
        probe: Probe | None = None,
    ) -> None:
        self._source = source
        self._probe = probe
        self._listening = Listening(probe if path is not None else None)  # else it is the source
        self._begin_session = begin_session
        self._ask = ask
        self._post = post
        self._tools = tools
        self._silent_at_start = silence(path, tools.now)
        self._grew_at: float | None = None
        self._due = 0.0
        self._note = ""
        self._log_number = 0
        self._has_ended = False
        self._is_asked = self._is_live = False
        self._preview: Snapshot | None = None
        self._sampled: Mapping[str, SeriesView] = {}
        self._last: Snapshot | None = None
        self._compared: RunView | None = None
        self._begin(0)

    def follow(self, stop: threading.Event, wake: threading.Event) -> None:
        """Read until `stop` is set; `wake` asks for a snapshot now, news or not."""
        chunk = self._source.read(FIRST_BYTES, CHUNK_SECONDS)
        if chunk.offset:
            self._begin(chunk.offset)
        if chunk.size > PREVIEW_FROM and chunk.data:
            self._show_preview(chunk.size)
        self._take(chunk)
        while not stop.is_set():
            if heard := self._listening.feed(self._session.feed_probe):
                self._dirty = True
            if not heard and (not chunk.data or chunk.size <= self._at):
                self._is_live = True
                self._pause(wake)
                if stop.is_set():
                    return
            chunk = self._source.read(CHUNK_BYTES, CHUNK_SECONDS)
            self._take(chunk)

    @property
    def _at(self) -> int:
        """Where in the source reading stands."""
        return self._origin + self._session.consumed

    def _begin(self, origin: int) -> None:
        """Start a session for the log whose first byte lies at `origin`."""
        self._origin = origin
        self._log_number += 1
        self._listening.begin()
        self._pread = self._listening.join(shift(self._source.pread, origin))
        self._session = self._begin_session(self._question(self._pread))
        self._thinnings = Thinnings()
        self._arrivals = Arrivals()
        self._patience = self._tools.clock() + PATIENCE_SECONDS
        self._dirty, self._is_finished = True, False

    def _question(self, pread: Pread) -> Question:
        question = self._ask()
        self._compared = question.baseline
        return replace(question, read_line=line_reader(pread))

    def _take(self, chunk: Chunk) -> None:
        """Take in one chunk, and post what it changed."""
        if chunk.event in NEW_LOG:
            self._note, self._preview, self._sampled = NEW_LOG[chunk.event], None, {}
            self._begin(chunk.offset)
        if chunk.data:
            self._session.feed(chunk.data)
            if self._is_live or self._silent_at_start is None:  # what was there is no growth
                self._grew_at = self._tools.clock()
            self._dirty, self._is_finished = True, False
        elif (chunk.event == "ended" and not self._is_finished) or self._is_to_finish():
            self._session.finish()
            self._dirty = self._is_finished = True
        self._has_ended = self._has_ended or chunk.event == "ended"
        self._publish(max(chunk.size - self._at, 0), chunk.size)

    def _is_to_finish(self) -> bool:
        """Whether the last line has stood without an end for so long that it is whole."""
        silent = self._log_silent_s()
        return not self._is_finished and silent is not None and silent > SETTLED_SECONDS

    def _silent_s(self) -> float | None:
        """Seconds since the log grew or the probe told of a step, None where that is not known."""
        return self._listening.shorten(self._log_silent_s())

    def _log_silent_s(self) -> float | None:
        if self._has_ended:
            return None
        if self._grew_at is not None:
            return self._tools.clock() - self._grew_at
        return self._silent_at_start

    def _show_preview(self, size: int) -> None:
        """Show what the end of a big log says, then its course, before all of it is read."""
        pread, size_here = shift(self._source.pread, self._origin), size - self._origin
        started = self._tools.clock()
        session, own = read_end(
            pread, size_here, lambda pread: self._begin_session(self._question(pread))
        )
        seconds = self._tools.clock() - started
        preview = self._describe(session.update(self._silent_at_start), size, own, {})
        self._preview = replace(preview, is_preview=True, read_share=0.0)
        self._log_number += 1
        self._post(self._preview)
        middle = size_here - session.consumed
        count = count_windows(middle, seconds)
        self._sampled = sample_middle(pread, middle, session.sampled(), count, self._tools.clock)
        if self._sampled:
            self._post(replace(self._preview, sampled=self._sampled))

    def _publish(self, left: int, size: int) -> None:
        """Post a snapshot if there is something new to say and it is time to."""
        started = self._tools.clock()
        if not self._is_asked:
            if started < self._due or not self._has_news():
                return
            if left and started < self._patience:
                return
        share = self._session.consumed / max(size - self._origin, 1) if left else None
        if left and self._preview is not None:
            head = self._session.view()
            preview = replace(self._preview, read_share=share, size=size)
            thin, sampled = self._thinnings.extend(head), beyond(self._sampled, head)
            snapshot = replace(preview, head=head, thin=thin, sampled=sampled)
        else:
            self._preview, self._sampled = None, {}
            self._session.ask(self._question(self._pread))
            update = self._session.update(self._silent_s())
            if self._is_live:
                self._arrivals.note(started, current_step(update.run))
            thin = self._thinnings.extend(update.run)
            snapshot = replace(self._describe(update, size, self._pread, thin), read_share=share)
        self._dirty, self._is_asked, self._last = left > 0, False, snapshot
        self._post(snapshot)
        ended = self._tools.clock()
        self._due = ended + max(self._tools.post_seconds, POST_SHARE * (ended - started))

    def _has_news(self) -> bool:
        last = self._last
        if self._dirty or last is None or last.has_ended != self._has_ended:
            return True
        if self._probe is not None and last.probe != self._probe.state:
            return True
        state = judge_state(last.update.run, self._silent_s())
        if state.name != last.update.state.name or self._source.describe() != last.source:
            return True
        return self._ask().baseline is not self._compared

    def _describe(self, update: Update, size: int, pread: Pread, thin: dict[str, Thin]) -> Snapshot:
        return Snapshot(
            update=update,
            size=size,
            thin=thin,
            pread=pread,
            log_number=self._log_number,
            grew_at=self._grew_at,
            silent_s=self._silent_at_start,
            arrival=self._arrivals.per_s,
            has_ended=self._has_ended,
            source=self._source.describe(),
            note=self._note,
            probe=None if self._probe is None else self._probe.state,
        )

    def _pause(self, wake: threading.Event) -> None:
        """Wait until the next snapshot is due, then until the log may have grown."""
        early = self._due - self._tools.clock()
        if not (early > 0 and wake.wait(early)):
            while not wake.is_set() and not self._source.wait(WAIT_SECONDS):
                if self._listening.has_news or self._has_news() or self._is_to_finish():
                    break
        self._is_asked = wake.is_set()
        wake.clear()
