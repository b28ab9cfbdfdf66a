"""`time-limit` and `cancelled`: ends that somebody else made."""

import numpy as np

from logwatch.diagnosis.finding import Severity
from logwatch.parsing.record import Progress


def test_a_time_limit_after_the_last_step_is_a_remark(bench, falling):
    """The job slept after it was done."""
    bench.progress = Progress(step=199, total=200)

    found = bench.log("train/loss", falling).note("time_limit", at=199).findings()["time-limit"]

    assert Severity.info == found.severity


def test_a_cancelled_job_at_its_limit_is_a_time_limit(bench):
    """Slurm writes both; one is told."""
    found = bench.note("cancelled").note("time_limit").findings()

    assert {"time-limit"} == found.keys()


def test_a_keyboard_interrupt_is_no_crash(bench, falling):
    """Stopped by hand."""
    found = bench.log("train/loss", falling).note("crash", "KeyboardInterrupt", at=199).findings()

    assert "crashed" not in found
    assert np.isfinite(found["cancelled"].values["last_step"])
