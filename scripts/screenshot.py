"""Draw the README's pictures from sample logs: one run that fell ill, and several side by side.

`make screenshot` writes docs/screenshot.svg and docs/overview.svg. The logs are copied and their
copies dated now, so that the pictures do not depend on when or where they are made.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from logwatch.tui import prepare_environment

prepare_environment(is_slow=False)

from logwatch.diagnosis.rule import Question  # noqa: E402
from logwatch.sources.dialects.load import load_library  # noqa: E402
from logwatch.sources.tail import Tail  # noqa: E402
from logwatch.sources.targets import Target  # noqa: E402
from logwatch.tui.app import LogwatchApp  # noqa: E402
from logwatch.tui.live.reader import Tools  # noqa: E402
from logwatch.tui.screens.base import BaseScreen  # noqa: E402

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURES = {
    "screenshot": (("divergence-lr-too-high",), ("e",)),
    "overview": (("healthy-language-model", "divergence-lr-too-high", "flat-loss-lr-zero"), ()),
}
"""Name of the picture: the sample logs in it, and the keys pressed before it is taken."""
SIZE = (120, 36)
PATIENCE_S = 30.0


class StillTail(Tail):
    """A log whose file system is not told: it is that of whoever draws the picture."""

    def describe(self) -> str:
        """Say what is true on most machines."""
        return "inotify"


def open_still(target: Target) -> StillTail:
    """Open a copy of a sample log."""
    assert target.path is not None
    return StillTail(target.path, name=target.name)


async def draw(logs: tuple[str, ...], keys: tuple[str, ...], folder: Path) -> str:
    """Open the screen on the logs, press the keys, and return the picture as SVG."""
    targets = []
    for name in logs:
        copy = folder / f"{name}.out"
        shutil.copyfile(CHECKOUT / "sample_logs" / copy.name, copy)
        targets.append(Target(copy.name, copy))
    library, _ = load_library()
    app = LogwatchApp(targets, library, Question(), tools=Tools(open=open_still))
    async with app.run_test(size=SIZE) as pilot, asyncio.timeout(PATIENCE_S):
        while not all(run.snapshot.source for run in app.watched.runs) or not is_drawn(app):
            await pilot.pause(0.05)
        await pilot.press(*keys)
        await pilot.pause(0.2)
        return app.export_screenshot(title="logwatch " + " ".join(t.name for t in targets))


def is_drawn(app: LogwatchApp) -> bool:
    """Whether the screen shows all that was read."""
    return isinstance(app.screen, BaseScreen) and app.screen.is_up_to_date


def main() -> int:
    """Write all pictures."""
    docs = CHECKOUT / "docs"
    docs.mkdir(exist_ok=True)
    for name, (logs, keys) in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            picture = asyncio.run(draw(logs, keys, Path(folder)))
        (docs / f"{name}.svg").write_text(picture, encoding="utf-8")
        print(f"docs/{name}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
