"""Long runs are judged on a grid, and a growing run as one that was there at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwatch.diagnosis.engine import Diagnosis, diagnose
from logwatch.diagnosis.pace import pace
from logwatch.diagnosis.rule import RULES, Question
from logwatch.metrics import halving
from logwatch.metrics import run as run_module
from logwatch.session import Session


def text(seed: int, count: int) -> bytes:
    """A log of some lines: losses that fall, now and then a spike, NaN or a checkpoint."""
    rng = np.random.default_rng(seed)
    loss = 3 + 5 * (1 + np.arange(count) / 20.0) ** -0.5 + rng.normal(0, 0.02, count)
    loss[rng.integers(0, count, 2)] *= 3
    lines = [f"step {i} | loss {value:.4f} | lr 3.0e-04" for i, value in enumerate(loss)]
    if seed % 3 == 0:
        lines[int(rng.integers(0, count))] = f"step {count} | loss nan | lr 3.0e-04"
    lines.insert(count // 2, "Saved checkpoint to ckpt.pt")
    return ("\n".join(lines) + "\n").encode()


@settings(max_examples=12)
@given(st.integers(0, 50), st.sampled_from([30, 200, 1500, 2600]), st.integers(1, 9))
def test_findings_do_not_depend_on_how_the_log_arrived(library, seed, count, pieces):
    """A session asked after each piece ends with the findings of one that got all at once."""
    data = text(seed, count)
    whole, grown = Session(library), Session(library)
    whole.feed(data)
    whole.finish()
    for part in np.array_split(np.frombuffer(data, np.uint8), pieces):
        grown.feed(part.tobytes())
        grown.update()
    grown.finish()

    assert whole.update().findings == grown.update().findings


@settings(max_examples=6)
@given(st.integers(0, 50), st.integers(2, 9))
def test_nor_do_those_on_a_run_too_long_to_be_kept_whole(library, seed, pieces):
    """The same where most of the log's samples are halved away before it ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "MAX_SAMPLES", 4000)
        patch.setattr(halving, "RECENT", 100)
        data = text(seed, 30_000)
        whole, grown = Session(library), Session(library)
        whole.feed(data)
        for part in np.array_split(np.frombuffer(data, np.uint8), pieces):
            grown.feed(part.tobytes())
            grown.update()

    assert len(whole.view().series["train/loss"]) < 10_000
    assert whole.update().findings == grown.update().findings


@settings(max_examples=6)
@given(st.integers(0, 50), st.integers(9_000, 30_000))
def test_line_by_line_is_as_at_once_on_a_halved_run(library, seed, last):
    """Asked after each of some lines, a halved run has the findings of one that came at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_module, "MAX_SAMPLES", 4000)
        patch.setattr(halving, "RECENT", 100)
        lines = text(seed, last).splitlines(keepends=True)
        grown, whole = Session(library), Session(library)
        grown.feed(b"".join(lines[:-40]))
        for line in lines[-40:]:
            grown.feed(line)
            grown.update()
        whole.feed(b"".join(lines))

    assert whole.update().findings == grown.update().findings


@pytest.mark.parametrize("last", [2100, 2101, 2200])
def test_line_by_line_is_as_at_once(library, last):
    """The same, asked after each line around the steps of the grid."""
    lines = text(1, last).splitlines(keepends=True)
    grown = Session(library)
    grown.feed(b"".join(lines[: last - 20]))
    for line in lines[last - 20 :]:
        grown.feed(line)
        grown.update()
    whole = Session(library)
    whole.feed(b"".join(lines))

    assert whole.update().findings == grown.update().findings


def test_paced_rules_are_asked_once_a_step_of_the_grid(run_maker, monkeypatch):
    """Of 64 updates of a run of 64 x 1024 samples, each one sample longer, few ask the curves."""
    asked = []
    rule = RULES["loss-rising"]
    counting = type(rule)(
        rule.name, rule.meaning, lambda run, question: asked.append(run) or [], paced=True
    )
    monkeypatch.setitem(RULES, "loss-rising", counting)
    loss = np.random.default_rng(0).normal(3, 0.1, 65_600)
    whole = run_maker.log("train/loss", loss).view()
    memory = Diagnosis()
    for count in range(65_536, 65_600):
        view = whole.series["train/loss"].where(slice(count))
        memory.ask(type(whole)({"train/loss": view}), Question())

    assert 1 == len(asked)


def test_short_runs_are_whole(run_maker, falling):
    """Under two samples a point of the curve nothing is left out."""
    run = run_maker.log("train/loss", falling).view()

    assert (run, None) == pace(run)


@pytest.mark.parametrize("news", ["nan", "event"])
def test_news_at_the_end_is_seen_at_once(run_maker, news):
    """A NaN or a crash after the last step of the grid makes the run whole again."""
    loss = np.random.default_rng(0).normal(3, 0.1, 5003)
    if news == "nan":
        loss[-1] = np.nan
    run_maker.log("train/loss", loss)
    if news == "event":
        run_maker.note("crash", "ValueError", at=5003)
    run = run_maker.view()

    assert pace(run)[1] is None
    assert news != "nan" or "non-finite" in {f.rule for f in diagnose(run, Question())}
