"""A job's time limit: from its log, its environment, or the scheduler."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import ClassVar

import pytest

from logwatch.sources import slurm
from logwatch.sources.slurm import find_limit, read_limit

DAY = 86_400.0
START_S = 30.0
"""So long may a Slurm of our own take to start; it takes three to five seconds."""


@pytest.fixture(autouse=True)
def forgetful():
    """No answer of the scheduler outlives a test."""
    slurm.ask_scheduler.cache_clear()


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Put a program named scontrol before all others; its text is a shell script."""

    def install(script: str) -> Path:
        program = tmp_path / "bin" / "scontrol"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho x >> {tmp_path / 'calls'}\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        return tmp_path / "calls"

    return install


def show(log: Path) -> str:
    """What a scheduler says of a job of a day that writes this log."""
    return f"cat <<'END'\nJobId=13505008 TimeLimit=1-00:00:00\n   StdOut={log}\nEND"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("#!/bin/bash\n#SBATCH --time=24:00:00\n", DAY),
        ("#SBATCH --gres=gpu:1\n#SBATCH -t 2-12\n", 2.5 * DAY),
        ("#SBATCH --time 90\n", 5400.0),
        ("##SBATCH --time=24:00:00\n", 0.0),
        ("RunTime=00:00:03 TimeLimit=1-00:00:00 TimeMin=N/A", DAY),
        ("TimeLimit=UNLIMITED", 0.0),
        ("SLURM_JOB_END_TIME=1700086400\nSLURM_JOB_START_TIME=1700000000", DAY),
        ("SLURM_JOB_END_TIME=1700086400", 0.0),
        ("step 1 | time=24:00:00", 0.0),
    ],
)
def test_log_tells_its_limit(text, seconds):
    """A batch script, `scontrol show job` or an environment that was printed into the log."""
    assert seconds == read_limit(text)


class TestScheduler:
    """`scontrol show job`, where there is one."""

    def test_it_is_asked_for_the_job_of_the_name(self, tmp_path, cluster):
        """The limit of the job whose number the log's name has, asked for once."""
        log = tmp_path / "slurm-13505008.out"
        log.write_text("step 1 | loss 2\n")
        calls = cluster(show(log))

        assert [DAY, DAY] == [find_limit(log, {}), find_limit(log, {})]
        assert "x\n" == calls.read_text()

    def test_it_is_asked_for_the_job_that_the_log_names(self, tmp_path, cluster):
        """A log without a number in its name may hold its job's."""
        log = tmp_path / "train.log"
        log.write_text("SLURM_JOB_ID=13505008\nstep 1 | loss 2\n")
        cluster(f'[ "$3" = 13505008 ] || exit 1\n{show(log)}')

        assert find_limit(log, {}) == DAY

    def test_job_of_another_log_is_not_believed(self, tmp_path, cluster):
        """A date in a name may be the number of somebody's job."""
        log = tmp_path / "run-20260430.out"
        log.write_text("step 1 | loss 2\n")
        cluster(show(tmp_path / "slurm-20260430.out"))

        assert find_limit(log, {}) == 0

    def test_log_comes_before_it(self, tmp_path, cluster):
        """What the log says needs no call."""
        log = tmp_path / "slurm-13505008.out"
        log.write_text("#SBATCH --time=12:00:00\n")
        calls = cluster(show(log))

        assert find_limit(log, {}) == DAY / 2
        assert not calls.exists()

    def test_old_log_is_not_asked_for(self, tmp_path, cluster):
        """The scheduler has long forgotten the job."""
        log = tmp_path / "slurm-13505008.out"
        log.write_text("step 1 | loss 2\n")
        os.utime(log, (0, 0))
        calls = cluster(show(log))

        assert find_limit(log, {}) == 0
        assert not calls.exists()

    def test_one_that_hangs_is_left(self, tmp_path, cluster, monkeypatch):
        """After the time that is allowed there is no limit, and no error."""
        monkeypatch.setattr(slurm, "TIMEOUT_S", 0.05)
        log = tmp_path / "slurm-13505008.out"
        log.write_text("step 1 | loss 2\n")
        cluster("exec sleep 60")

        assert find_limit(log, {}) == 0

    def test_one_that_fails_says_nothing(self, tmp_path, cluster):
        """A job that is gone gives an error, and no limit."""
        log = tmp_path / "slurm-13505008.out"
        log.write_text("step 1 | loss 2\n")
        cluster("echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1")

        assert find_limit(log, {}) == 0

    def test_nothing_happens_without_one(self, tmp_path, monkeypatch):
        """Elsewhere than on a cluster no program is run."""
        monkeypatch.setenv("PATH", str(tmp_path))
        log = tmp_path / "slurm-13505008.out"
        log.write_text("step 1 | loss 2\n")

        assert find_limit(log, {}) == 0
        assert find_limit(tmp_path / "none.out", {}) == 0


class TestEnvironment:
    """logwatch inside a job."""

    INSIDE: ClassVar = {
        "SLURM_JOB_ID": "13505008",
        "SLURM_JOB_START_TIME": "1700000000",
        "SLURM_JOB_END_TIME": "1700086400",
    }

    def test_pipe_is_of_its_own_job(self):
        """What is piped into logwatch has the limit of the job that both run in."""
        assert find_limit(None, self.INSIDE) == DAY

    def test_log_of_its_own_job(self, tmp_path, monkeypatch):
        """So has the job's own log, and no other."""
        monkeypatch.setenv("PATH", str(tmp_path))
        for name, seconds in (("slurm-13505008.out", DAY), ("slurm-13503904.out", 0.0)):
            log = tmp_path / name
            log.write_text("step 1 | loss 2\n")
            assert seconds == find_limit(log, self.INSIDE)


@pytest.fixture
def real_slurm(tmp_path):
    """A Slurm of one machine, of our own: its controller, its node, its key."""
    needed = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")
    missing = [name for name in needed if shutil.which(name) is None]
    if missing or os.geteuid():
        pytest.skip(f"no Slurm to start here: needs root and {', '.join(missing or needed)}")
    host = socket.gethostname().partition(".")[0]
    base = tmp_path / "slurm"
    for folder in ("state", "spool"):
        (base / folder).mkdir(parents=True)
    (base / "munge.key").write_bytes(os.urandom(1024))
    (base / "munge.key").chmod(0o400)
    (base / "slurm.conf").write_text(CONF.format(host=host, base=base, ports=port_pair()))
    (base / "cgroup.conf").write_text("")
    started = []

    def start(*words: str) -> None:
        log = (base / f"{words[0]}.log").open("wb")
        started.append(subprocess.Popen(words, stdout=log, stderr=log, env=environment))

    environment = {**os.environ, "SLURM_CONF": str(base / "slurm.conf")}
    start("munged", "-F", "--force", f"--key-file={base}/munge.key", f"--socket={base}/munge.sock",
          f"--pid-file={base}/munge.pid", f"--log-file={base}/munge.log",
          f"--seed-file={base}/munge.seed")  # fmt: skip
    wait_for((base / "munge.sock").exists)
    start("slurmctld", "-D")
    start("slurmd", "-D", "-N", host)
    try:
        yield environment
    finally:
        subprocess.run(["scancel", "--user=root"], env=environment, timeout=START_S, check=False)
        wait_for(lambda: not queue(environment))
        for process in reversed(started):
            process.kill()
            process.wait()


CONF = """
ClusterName=test
FirstJobId=13505008
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={base}/munge.sock
CryptoType=crypto/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SlurmUser=root
SlurmdUser=root
JobAcctGatherType=jobacct_gather/none
StateSaveLocation={base}/state
SlurmdSpoolDir={base}/spool
SlurmctldPidFile={base}/slurmctld.pid
SlurmdPidFile={base}/slurmd.pid
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs=1
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def port_pair() -> tuple[int, int]:
    """Two free ports."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def queue(environment: dict[str, str]) -> str:
    """The jobs that the scheduler still holds or ends."""
    words = ["squeue", "--noheader"]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    return told.stdout.strip()


def wait_for(is_there) -> None:
    """Wait until something is there.

    Raises:
        TimeoutError: it does not come.
    """
    end = time.monotonic() + START_S
    while not is_there():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def test_real_slurm_tells_the_limit(real_slurm, tmp_path, monkeypatch):
    """A job of 1 h 30 min, submitted to a Slurm that runs here, has a limit of 5400 s."""
    monkeypatch.setenv("SLURM_CONF", real_slurm["SLURM_CONF"])
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh\necho 'step 1 | loss 2'\nexec sleep 60\n")
    words = ["sbatch", "--parsable", "--time=01:30:00", "--output=slurm-%j.out", str(script)]
    told = []

    def submit() -> bool:
        made = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        told.append(made)
        return made.returncode == 0

    wait_for(submit)
    job = told[-1].stdout.strip()
    log = tmp_path / f"slurm-{job}.out"
    wait_for(lambda: log.exists() and log.stat().st_size)

    assert find_limit(log, {}) == 5400
