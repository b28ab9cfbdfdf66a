"""One thread per run, and the only place of the screen where two threads meet.

The thread never touches a widget: it posts whole snapshots. The screen calls `start`, `stop`,
`nudge` and `compare_with` and, through a snapshot, `pread`.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from logwatch.diagnosis.rule import Question
from logwatch.metrics.run import RunView
from logwatch.parsing.escapes import escape_controls
from logwatch.parsing.library import Library
from logwatch.session import Session
from logwatch.sources.config_files import NAME, inform_beside
from logwatch.sources.dialects.beside import library_beside
from logwatch.sources.source import SourceError
from logwatch.sources.targets import Target, expand_targets, find_baseline
from logwatch.tui.live.baseline_log import BaselineLog
from logwatch.tui.live.reader import Reader, Tools
from logwatch.tui.live.snapshot import Snapshot


class Bridge:
    """Follows one target in a thread of its own, and posts what it sees."""

    def __init__(
        self,
        target: Target,
        library: Library,
        question: Question,
        post: Callable[[Snapshot], None],
        tools: Tools | None = None,
    ) -> None:
        self._target = target
        self._library = library
        self._question = question
        self._is_asked = question.baseline is not None  # by `--baseline` or `--config`
        self._send = post
        self._tools = tools or Tools()
        self._baseline: Callable[[], RunView | None] | None = None
        self._named: BaselineLog | None = None
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._state = Snapshot()
        # A daemon: a read that hangs in a dead network filesystem must not hold up quitting.
        self._thread = threading.Thread(target=self._work, name=f"read {target.name}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, timeout: float = 0.0) -> None:
        """Ask the thread to end, and wait for it for at most `timeout` seconds."""
        self._stop.set()
        self._wake.set()
        if timeout and self._thread.is_alive():
            self._thread.join(timeout)

    def nudge(self) -> None:
        """Look at the log now and diagnose it anew; try again where it could not be read."""
        self._wake.set()

    def compare_with(self, baseline: Callable[[], RunView | None] | None) -> None:
        """Diagnose against another run, asked for anew each time; None: the one that was named."""
        self._baseline = baseline
        self._wake.set()

    @property
    def question(self) -> Question:
        """What was asked last: with the goals and the baseline that a logwatch.toml names."""
        return self._question

    def _ask(self) -> Question:
        if self._baseline is not None:
            return replace(self._question, baseline=self._baseline())
        if self._named is not None:
            baseline = self._named.view() or self._question.baseline
            self._question = replace(self._question, baseline=baseline)
        return self._question

    def _open_session(self, question: Question) -> Session:
        library = library_beside(self._library, self._target.path)
        return self._tools.session(library, question)

    def _post(self, snapshot: Snapshot) -> None:
        self._state = snapshot
        if not self._stop.is_set():
            self._send(snapshot)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except SourceError as error:
                self._fail(str(error))
            except Exception as error:  # one run's fault must not end the others
                fault = escape_controls(f"{type(error).__name__}: {error}")
                self._fail(f"reading stopped by a fault of logwatch itself: {fault}")

    def _follow(self) -> None:
        self._question = inform_beside(self._question, self._target.path)
        source = self._tools.open(self._target)
        self._named = self._open_baseline()
        try:
            path, probe = self._target.path, self._tools.probes.get(self._target)
            begin, ask, post = self._open_session, self._ask, self._post
            reader = Reader(source, begin, ask, post, self._tools, path=path, probe=probe)
            self._wake.clear()
            reader.follow(self._stop, self._wake)
        finally:
            source.close()
            if self._named is not None:
                self._named.close()

    def _open_baseline(self) -> BaselineLog | None:
        """The log that `--baseline` or the logwatch.toml names, which may still grow.

        Raises:
            SourceError: it cannot be read.
        """
        word, path = self._question.config.baseline, self._target.path
        if not word:
            return None
        if self._is_asked or path is None:
            (named, *_) = expand_targets([word], Path.cwd())
        else:
            named = find_baseline(word, path.parent / NAME)
        return BaselineLog(self._tools.open(named), self._open_session)

    def _fail(self, sentence: str) -> None:
        """Say why there is nothing to read, and wait until told to try again or to stop."""
        self._wake.clear()
        self._post(replace(self._state, error=sentence, read_share=None))
        if not self._stop.is_set():
            self._wake.wait()
