"""The environment that the program sets before it imports Textual, and the program itself."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from logwatch.tui import prepare_environment

prepare_environment(is_slow=False)

from textual.pilot import Pilot  # noqa: E402

from logwatch.diagnosis.rule import Question  # noqa: E402
from logwatch.parsing.library import Library  # noqa: E402
from logwatch.sources.targets import expand_targets  # noqa: E402
from logwatch.tui.app import LogwatchApp  # noqa: E402
from logwatch.tui.live.snapshot import Snapshot  # noqa: E402
from logwatch.tui.screens.base import BaseScreen  # noqa: E402
from tests.tui.fakes import wait_for  # noqa: E402

Opened = AbstractAsyncContextManager[Pilot[int]]
Open = Callable[..., Opened]


def is_read(snapshot: Snapshot) -> bool:
    """Whether all that is there was read, or cannot be."""
    return bool(snapshot.error or (snapshot.source and snapshot.read_share is None))


@pytest.fixture
def open_app(library: Library, tmp_path: Path) -> Open:
    """Open the program on logs in a folder of the test's own; all are read when it begins."""

    @asynccontextmanager
    async def open_logs(
        *names: str, size: tuple[int, int] = (100, 30), ascii_only: bool = False
    ) -> AsyncGenerator[Pilot[int]]:
        targets = expand_targets(names, tmp_path)
        app = LogwatchApp(targets, library, Question(), ascii_only=ascii_only)
        async with app.run_test(size=size) as pilot:
            await wait_for(pilot, lambda: all(is_read(run.snapshot) for run in app.watched.runs))
            await wait_for(pilot, lambda: isinstance(app.screen, BaseScreen))
            await wait_for(pilot, lambda: app.screen.is_up_to_date)  # type: ignore[attr-defined]
            await pilot.pause()
            yield pilot

    return open_logs
