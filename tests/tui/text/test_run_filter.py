"""Which runs a filter keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.text.run_facts import RunFacts, gather_facts
from logwatch.tui.text.run_filter import read_filter
from tests.tui.fakes import make_finding, make_run, make_samples, make_snapshot

RUN = make_run(make_samples("train/loss", [4.0, 2.0]), make_samples("lr", [1e-3]))


def facts() -> RunFacts:
    """A failing run by the name of sweep/lr-0.1.log."""
    return gather_facts(0, "sweep/lr-0.1.log", make_snapshot(RUN, make_finding()), "lr", 0.0, 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sweep",
        "LR-0.1 nan",
        "verdict:failing",
        "status:running",
        "rule:non-finite",
        "name:sweep",
        "loss<3",
        "train/loss<=2",
        "lr>1e-4",
        "!status:failed",
        "loss>1 !rule:spike",
    ],
)
def test_a_run_is_kept(text: str) -> None:
    """All words hold together; capitals do not matter."""
    assert read_filter(text)(facts())


@pytest.mark.parametrize(
    "text",
    ["other", "status:failed", "rule:spike", "loss>3", "loss<nan", "accuracy>0", "!sweep", "a:b"],
)
def test_a_run_is_left_out(text: str) -> None:
    """One word that does not hold is enough; a metric that a run lacks is not below a number."""
    assert not read_filter(text)(facts())


@given(st.text(max_size=40))
def test_any_text_is_a_filter(text: str) -> None:
    """What is typed so far never fails."""
    assert read_filter(text)(facts()) in (True, False)
