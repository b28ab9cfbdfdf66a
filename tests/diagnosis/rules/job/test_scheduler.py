"""`time-limit` and `cancelled`: ends that somebody else made."""

import numpy as np

from logwatch.diagnosis.finding import Severity
from logwatch.parsing.record import Progress


def test_a_time_limit_after_the_last_step_is_a_remark(run_maker, falling):
    """The job slept after it was done."""
    run_maker.progress = Progress(step=199, total=200)

    found = run_maker.log("train/loss", falling).note("time_limit", at=199).findings()["time-limit"]

    assert Severity.info == found.severity


def test_a_cancelled_job_at_its_limit_is_a_time_limit(run_maker):
    """Slurm writes both; one is told."""
    found = run_maker.note("cancelled").note("time_limit").findings()

    assert {"time-limit"} == found.keys()


def test_a_keyboard_interrupt_is_no_crash(run_maker, falling):
    """Stopped by hand."""
    found = (
        run_maker.log("train/loss", falling).note("crash", "KeyboardInterrupt", at=199).findings()
    )

    assert "crashed" not in found
    assert np.isfinite(found["cancelled"].values["last_step"])
