"""Run the small trainings one after another and write their logs again, as `make sample-logs` does.

`make.py NAME...` writes only those. Each runs in a folder of its own, with stdout and stderr in one
file, as a batch job's are. A log is replaced only if its training ended as it should.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
EXIT_CODES = {
    "healthy-language-model": 0,
    "warmup-from-zero-frozen": 0,
    "distillation-nan": 1,  # it stops at the first NaN, as it says in its log
    "four-tasks-one-flat": 0,
    "resume-reinitialised-head": 0,
    "flat-loss-lr-zero": 0,
    "divergence-lr-too-high": 0,
}


def run_training(name: str, folder: Path) -> tuple[int, Path]:
    """Run one script in `folder`; gives its exit code and the file that it wrote."""
    script, written = SCRIPTS / f"{name.replace('-', '_')}.py", folder / f"{name}.out"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    with written.open("wb") as out:
        done = subprocess.run(
            [sys.executable, script],
            cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    return done.returncode, written


def write_log(name: str) -> bool:
    """Run one training and put its log beside the scripts' folder; False if it ended otherwise."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        code, written = run_training(name, Path(folder))
        text = written.read_bytes()
    if code != EXIT_CODES[name]:
        print(f"{name}: exit code {code}; the old log stays. Its last lines:", file=sys.stderr)
        print(text[-1000:].decode("utf-8", "replace"), file=sys.stderr)
        return False
    (SCRIPTS.parent / f"{name}.out").write_bytes(text)
    print(f"{name}.out: {len(text):,} bytes in {time.monotonic() - started:.0f} s", flush=True)
    return True


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in EXIT_CODES]
    if unknown:
        print(f"No such training: {', '.join(unknown)}. There are: {', '.join(EXIT_CODES)}.")
        return 2
    written = [write_log(name) for name in names or EXIT_CODES]
    return 0 if all(written) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
