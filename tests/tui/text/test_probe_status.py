"""How a probe stands, in one row of any width."""

import math
from dataclasses import replace

import pytest

from logwatch.sources.probe.state import ProbeState
from logwatch.tui.text.probe_status import tell_probe, tell_probe_briefly
from logwatch.tui.text.styles import count_cells

ATTACHED = ProbeState(
    4242, "attached", "python train.py", "ptrace", 0.0007, every=6, share=0.0081, budget=0.01
)


def text_of(state: ProbeState, width: int = 120) -> str:
    """The row without its inks."""
    return "".join(text for text, _ in tell_probe(state, width))


def test_an_attached_probe_tells_what_it_costs() -> None:
    """Cadence and cost come first, then the way in and for how long it stopped a thread."""
    assert (
        " PROBE  in process 4242, every 6 steps, costs 0.81 of 1 %, by ptrace, stopped it 0.7 ms"
        == text_of(ATTACHED)
    )


def test_before_it_is_measured_the_budget_is_told() -> None:
    """A cost that is not known yet is not made up."""
    state = replace(ATTACHED, every=0, share=math.nan, pause_s=0.123)

    assert "in process 4242, may cost 1 %, by ptrace, stopped it 123 ms" in text_of(state)


def test_every_step_and_lost_messages() -> None:
    """A cadence of one, and that the reader was too slow."""
    state = replace(ATTACHED, every=1, dropped=1234)

    assert "every step, costs 0.81 of 1 %, 1234 messages lost" in text_of(state)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (ProbeState(7), " PROBE  attaching to process 7"),
        (ProbeState(7, sentence="its main thread is in a long call"),
         " PROBE  its main thread is in a long call"),
        (ProbeState(7, "refused", sentence="process 7 is stopped", remedy="kill -CONT 7."),
         " NO PROBE  process 7 is stopped. kill -CONT 7."),
        (ProbeState(7, "detached", sentence="the process has ended"),
         " PROBE ENDED  the process has ended"),
    ],
)  # fmt: skip
def test_other_states_are_sentences(state: ProbeState, told: str) -> None:
    """Attaching, refused and ended say what is the matter."""
    assert told == text_of(state)


@pytest.mark.parametrize("width", range(14, 100, 7))
def test_a_narrow_row_is_not_overrun(width: int) -> None:
    """What does not fit is left out, the last first."""
    assert count_cells(tell_probe(ATTACHED, width)) <= width


def test_a_word_for_one_run_among_several() -> None:
    """The cadence, or that there is no probe."""
    assert [("probe every 6", "dim")] == list(tell_probe_briefly(ATTACHED))
    assert [("no probe", "warning")] == list(tell_probe_briefly(ProbeState(7, "refused")))
