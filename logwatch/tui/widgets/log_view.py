"""The log pane: any line of a log of any size, read where it lies; follows the end, or stays."""

from collections.abc import Mapping
from typing import ClassVar

import regex
from textual import events
from textual.binding import BindingType

from logwatch import wording
from logwatch.diagnosis.finding import Severity
from logwatch.parsing.record import PROBE_BASE
from logwatch.tui.keys import LOG, MOVE, key
from logwatch.tui.live.pages import Pages
from logwatch.tui.live.search import PatternError, compile_pattern
from logwatch.tui.live.snapshot import Snapshot
from logwatch.tui.messages import SearchEnded, SearchMoved
from logwatch.tui.plotting.plot import Span
from logwatch.tui.text.styles import show_safely, sign_of
from logwatch.tui.widgets.canvas import Canvas, Row
from logwatch.tui.widgets.searcher import Searcher

WHEEL_LINES = 3
SIDE_STEP = 20
"""Cells that a step to the side moves."""
CONTEXT_SHARE = 3
"""A line that is jumped to stands a third down the pane: what led to it is above."""


class LogView(Canvas, can_focus=True):
    """Lines by number; `current` is the byte that was jumped to, its line is marked."""

    heading = "log"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("j,down", "scroll_by(1)", "down", MOVE),
        key("k,up", "scroll_by(-1)", "up", MOVE),
        key("ctrl+d", "page(1, 2)", "half a page down", MOVE),
        key("ctrl+u", "page(-1, 2)", "half a page up", MOVE),
        key("space,pagedown", "page(1, 1)", "a page down", MOVE),
        key("b,pageup", "page(-1, 1)", "a page up", MOVE),
        key("g,home", "top", "to the first", MOVE),
        key("G,end", "follow", "to the last", MOVE),
        key("l,right", "side(1)", "right, in long lines", LOG),
        key("h,left", "side(-1)", "left", LOG),
    ]

    def __init__(self, *, id: str | None = None, ascii_only: bool = False) -> None:
        super().__init__(id=id, ascii_only=ascii_only)
        self.following = True
        self.current: int | None = None
        self.pages = Pages(Snapshot().pread)
        self._snapshot = Snapshot()
        self._top = 0
        self._left = 0
        self._stopped_at = 0
        self._proofs: Mapping[int, Severity] = {}
        self._said = ""
        self._pattern: regex.Pattern[bytes] | None = None
        self._shown_pattern: regex.Pattern[str] | None = None
        self._searcher = Searcher(self.post_message)

    def show(self, snapshot: Snapshot) -> None:
        """Show another snapshot; another log starts at its end."""
        if snapshot.log_number != self._snapshot.log_number:
            self.pages = Pages(snapshot.pread)
            self.following, self.current, self._top, self._said = True, None, 0, ""
        self._snapshot = snapshot
        self.pages.extend(snapshot.update.mark_offsets, snapshot.update.mark_lines)
        self._proofs = {
            proof.line - 1: finding.severity
            for finding in reversed(snapshot.update.findings)
            for proof in finding.evidence
            if not proof.is_probe
        }
        self.redraw()

    def note(self) -> Row:
        """Whether the end is followed, and what the search does."""
        spans: list[Span] = [(f"{self._said}  ", "warning")] if self._said else []
        if self.following:
            ended = self._snapshot.has_ended
            return [*spans, ("END" if ended else "FOLLOW", "dim" if ended else "ok")]
        new = max(self.pages.count() - self._stopped_at, 0)
        return [*spans, (f"PAUSED +{wording.count(new)} lines" if new else "PAUSED", "warning")]

    def draw_rows(self, width: int, height: int) -> list[Row]:
        """The visible lines with their numbers."""
        count = self.pages.count()
        last_top = max(count - height, 0)
        self._top = last_top if self.following else min(max(self._top, 0), last_top)
        shown = range(self._top, min(self._top + height, count))
        digits = 0 if self._snapshot.is_preview else len(str(count))
        if not shown:
            is_reading = self._snapshot.read_share is not None or not self._snapshot.source
            return [((" reading" if is_reading else " the log is empty", "dim"),)]
        current = None if self.current is None else self.pages.line_at(self.current)
        return [self._draw_line(line, digits, line == current) for line in shown]

    def _draw_line(self, line: int, digits: int, is_current: bool) -> Row:
        text = show_safely(self.pages.text_of(line, self.current if is_current else None))
        text = text[self._left :]
        proof = self._proofs.get(line)
        sign: Span = (" ", "")
        if proof is not None:
            sign = (sign_of(proof, ascii_only=self.ascii_only), proof.name)
        if is_current:
            sign = ("▸", "focus")
        number = f"{line + 1:>{digits}} " if digits else ""
        style = "bold" if is_current else ""
        return [(number, "dim"), sign, (" ", ""), *self._mark_matches(text, style)]

    def _mark_matches(self, text: str, style: str) -> list[Span]:
        if self._shown_pattern is None or not text:
            return [(text, style)]
        spans: list[Span] = []
        end = 0
        for match in self._shown_pattern.finditer(text[:2000]):
            if match.end() > match.start():
                spans += [(text[end : match.start()], style), (match.group(), "found")]
                end = match.end()
        return [*spans, (text[end:], style)]

    def go_to(self, offset: int, line: int) -> None:
        """Show the line, and of a bar the drawing, in which this byte lies.

        What a probe told lies in no line of the log: then `line`, 1-based, is shown, the newest one
        at that time.
        """
        self._said = ""
        if offset >= PROBE_BASE:
            offset = self.pages.start_of(max(line - 1, 0))
            self._said = "the newest line when the probe told this"
        self.current = offset
        self._top = self.pages.line_at(offset) - self.body_height // CONTEXT_SHARE
        self._left = 0
        self._stop_following()
        self.redraw()

    def current_text(self) -> str:
        """The marked line, else the last one that is visible."""
        if self.current is not None:
            return self.pages.text_of(self.pages.line_at(self.current), self.current)
        last = min(self._top + self.body_height, self.pages.count()) - 1
        return self.pages.text_of(last) if last >= 0 else ""

    def search(self, text: str) -> None:
        """Look for a text or a pattern from the top of the pane on."""
        try:
            self._pattern = compile_pattern(text)
            self._shown_pattern = regex.compile(
                self._pattern.pattern.decode(), self._pattern.flags & regex.IGNORECASE
            )
        except PatternError as error:
            self._say(str(error))
            return
        self._run_search(self.pages.start_of(self._top), back=False)

    def search_again(self, *, back: bool) -> None:
        """Go to the next match, or the one before."""
        if self._pattern is None:
            self._say("nothing to search for yet: press /")
            return
        start = self.pages.start_of(self._top) if self.current is None else self.current
        self._run_search(start + (0 if back or self.current is None else 1), back=back)

    def _run_search(self, start: int, *, back: bool) -> None:
        if self._pattern is not None:
            self._searcher.search(
                self._snapshot.pread, self.pages.end, self._pattern, start, back=back
            )

    def give_up_search(self) -> bool:
        """Stop a search and forget its marks; whether there was anything to forget."""
        was_busy = self._searcher.is_busy
        had_marks = self._shown_pattern is not None or self.current is not None
        self._searcher.cancel()
        self._shown_pattern, self.current, self._said = None, None, ""
        self._say("search given up" if was_busy else "")
        return was_busy or had_marks

    def on_search_moved(self, message: SearchMoved) -> None:
        """Tell how far the search is."""
        message.stop()
        if self._searcher.is_busy:
            self._say(f"searching {message.share:.0%}, Esc stops")

    def on_search_ended(self, message: SearchEnded) -> None:
        """Show what was found, or that nothing was."""
        message.stop()
        if message.hit is None:
            self._say(message.problem or "not found")
            return
        self.go_to(message.hit.start, 0)
        if message.hit.wrapped:
            self._say("search went past the end of the log")

    def _say(self, text: str) -> None:
        self._said = text
        self.redraw()

    def _stop_following(self) -> None:
        if self.following:
            self.following = False
            self._stopped_at = self.pages.count()

    def action_scroll_by(self, lines: int) -> None:
        """Scroll; upwards stops following, down to the end follows again."""
        last_top = max(self.pages.count() - self.body_height, 0)
        if lines < 0 and last_top > 0:
            self._stop_following()
        self._top = min(max(self._top + lines, 0), last_top)
        if lines > 0 and self._top >= last_top:
            self.following = True
        self.redraw()

    def action_page(self, way: int, part: int) -> None:
        """Scroll by a page or a part of it."""
        self.action_scroll_by(way * max(self.body_height // part - (part == 1), 1))

    def action_top(self) -> None:
        """Show the start of the log."""
        self.action_scroll_by(-self.pages.count())

    def action_follow(self) -> None:
        """Show the end of the log and follow it."""
        self.following, self.current, self._said = True, None, ""
        self.redraw()

    def action_side(self, way: int) -> None:
        """Move to the side, to read long lines."""
        self._left = max(self._left + way * SIDE_STEP, 0)
        self.redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.action_scroll_by(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.action_scroll_by(WHEEL_LINES)
