"""The screen of a run with a probe: its row in the head, and evidence that is the probe's."""

from pathlib import Path

import pytest

from logwatch.diagnosis.rule import Question
from logwatch.parsing.library import Library
from logwatch.sources.probe.client import Probe
from logwatch.sources.targets import Target
from logwatch.tui.app import LogwatchApp
from logwatch.tui.live.reader import Tools
from logwatch.tui.screens.run import RunScreen
from tests.heard import FakeAttachment, probe_of, refused, values
from tests.tui.fakes import show_screen, wait_for, wait_for_text


def frozen() -> FakeAttachment:
    """A guest that sees no movement in twenty steps."""
    steps = (values(step, lr__0=1e-3, param_delta__max=0.0) for step in range(180, 200))
    return FakeAttachment(*steps, {"kind": "cadence", "every": 1, "share": 0.004})


def open_screen(probe: Probe, library: Library, tmp_path: Path) -> LogwatchApp:
    """The program on a log and a probe that was started."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"step {n}: loss {2 + 3 / n:.4f}\n" for n in range(1, 200)))
    target = Target(str(path), path)
    probe.start()
    return LogwatchApp([target], library, Question(), tools=Tools(probes={target: probe}))


def rule_of(screen: RunScreen) -> str:
    """The rule of the first finding."""
    return screen.findings.findings[0].rule if screen.findings.findings else ""


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_head_tells_of_the_probe(
    library: Library, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Its row stands under the verdict; nothing of the screen is lost."""
    probe = probe_of(frozen())
    async with open_screen(probe, library, tmp_path).run_test(size=size) as pilot:
        await wait_for_text(pilot, "every step, costs 0.4 of 1 %", "no parameter has moved")

        rows = show_screen(pilot.app).splitlines()
        assert rows[2].startswith(" PROBE  in process 4242")
        assert "metrics" in rows[3]
        assert [size[0]] * size[1] == [len(row) for row in rows]
    probe.close()


async def test_evidence_of_the_probe_leads_to_the_line_beside_it(
    library: Library, tmp_path: Path
) -> None:
    """It is quoted as the figure that it is; the log shows what was newest at that time."""
    probe = probe_of(frozen())
    async with open_screen(probe, library, tmp_path).run_test(size=(120, 40)) as pilot:
        await wait_for_text(pilot, "no parameter has moved")
        screen = pilot.app.screen
        assert isinstance(screen, RunScreen)
        await wait_for(pilot, lambda: rule_of(screen) == "frozen-parameters")
        screen.findings.choose(0, jump=True)
        await wait_for_text(
            pilot, "probe: step 180: param_delta/max = 0.0", "the newest line when the probe"
        )

        assert "step 199: loss 2.0151" == screen.log_view.current_text()
    probe.close()


async def test_a_refusal_stands_in_the_head(library: Library, tmp_path: Path) -> None:
    """The log is shown as ever, and why there is no probe."""
    probe = refused()
    async with open_screen(probe, library, tmp_path).run_test(size=(120, 40)) as pilot:
        await wait_for_text(pilot, "NO PROBE  process 4242 is stopped. Let it go on", "train/loss")
        await wait_for(pilot, lambda: "step 199" in show_screen(pilot.app))
    probe.close()
