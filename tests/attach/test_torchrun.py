"""A real job of torchrun: each of its ranks is found and looked into; none waits for another."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from logwatch.cli import main
from logwatch.session import Session
from logwatch.sources.dialects.load import load_library
from logwatch.sources.probe.ranks import find_ranks
from tests.attach.started import PATIENCE_S

SCRIPT = Path(__file__).resolve().parent / "targets" / "ranks.py"
RUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


class Job:
    """A launcher and what its two ranks say: lines of rank, process id and loss."""

    def __init__(self, over: Path) -> None:
        self.lines: list[list[str]] = []
        self._over = over
        self._news = threading.Condition()
        self._launcher = subprocess.Popen(
            [*RUN, str(SCRIPT), str(over)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.pid = self._launcher.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_ranks(self) -> None:
        """Wait until both have made a step."""
        with self._news:
            assert self._news.wait_for(lambda: len({x[0] for x in self.lines}) == 2, PATIENCE_S)

    def finish(self) -> int:
        """Let it end; its exit code."""
        self._over.touch()
        self._reader.join(PATIENCE_S)
        return self._launcher.wait(PATIENCE_S)

    def kill(self) -> None:
        """End what still runs of it."""
        if self._launcher.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._launcher.wait()

    def _read(self) -> None:
        assert self._launcher.stdout
        for line in self._launcher.stdout:
            with self._news:
                self.lines.append(line.split())
                self._news.notify_all()


@pytest.fixture
def job(may_trace, tmp_path):
    """A job whose ranks train."""
    pytest.importorskip("torch", reason="needs torch")
    job = Job(tmp_path / "over")
    job.wait_ranks()
    yield job
    job.kill()


def read_values(path, name):
    """The values of one metric in a recording, by step."""
    session = Session(load_library()[0])
    session.feed(path.read_bytes())
    view = session.view().series[name]
    return dict(zip(view.step.tolist(), view.value.tolist(), strict=True))


@pytest.mark.torch
@pytest.mark.ptrace
def test_all_ranks_of_a_job(job, tmp_path):
    """Both ranks tell: losses of their own, the gradient that they share; then the job ends."""
    ranks = find_ranks(job.pid)
    assert [0, 1] == list(ranks)

    out = tmp_path / "p.jsonl"
    main(["attach", str(ranks[1]), "--ranks", "--every", "1", "--out", str(out), "--for", "3"])
    assert 0 == job.finish()

    files = [tmp_path / f"p.rank{rank}.jsonl" for rank in ranks]
    norms, losses = (
        [read_values(file, name) for file in files] for name in ("train/grad_norm", "train/loss")
    )
    both = sorted(norms[0].keys() & norms[1].keys())
    assert len(both) > 10
    assert [norms[0][step] for step in both] == pytest.approx([norms[1][step] for step in both])
    told = {(int(rank), float.fromhex(loss)) for rank, _, loss in job.lines}
    for rank, values in enumerate(losses):
        assert {(rank, value) for value in values.values()} <= told
    assert losses[0] != losses[1]
