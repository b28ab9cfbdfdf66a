"""Run every framework's training again and write its log, as `make sample-logs-frameworks` does.

`make.py NAME...` writes only those. Each framework is installed from PyPI into an environment of
its own, which is removed afterwards. A script runs in an empty folder, with stdout and stderr in
one file, as a batch job's are. The two folders' own paths are written as `/env` and `/job`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
TORCH = "torch==2.13.0"  # installed first, so that nothing else chooses another build
ENVIRONMENTS = {
    "tqdm": ("tqdm==4.70.1",),
    "transformers-4": (TORCH, "transformers==4.57.1", "accelerate==1.15.0"),
    "transformers-5": (TORCH, "transformers==5.23.0", "accelerate==1.15.0"),
    "trl": (TORCH, "trl==1.16.0", "transformers==5.23.0", "accelerate==1.15.0"),
    "lightning": (TORCH, "lightning==2.6.6", "rich==15.0.0"),
    "keras": (TORCH, "keras==3.15.1"),
    "boosting": ("xgboost-cpu==3.2.0", "lightgbm==4.7.0", "catboost==1.2.10"),
    "stable-baselines3": (TORCH, "stable-baselines3==2.9.2"),
    "spacy": ("spacy==3.8.18", "click==8.5.1"),
    "fastai": (TORCH, "fastai==2.8.12"),
    "ultralytics": (TORCH, "torchvision==0.28.0", "ultralytics==8.4.190"),
}
# A log's name: its environment, its script, and the words after it.
TRAININGS = {
    "tqdm-postfix": ("tqdm", "tqdm_bars.py", "postfix"),
    "tqdm-nested": ("tqdm", "tqdm_bars.py", "nested"),
    "tqdm-unknown-total": ("tqdm", "tqdm_bars.py", "unknown-total"),
    "transformers-4": ("transformers-4", "transformers_trainer.py"),
    "transformers-5": ("transformers-5", "transformers_trainer.py"),
    "transformers-5-no-bar": ("transformers-5", "transformers_trainer.py", "no-bar"),
    "accelerate": ("transformers-5", "accelerate_loop.py"),
    "trl-sft": ("trl", "trl_sft.py"),
    "lightning-tqdm": ("lightning", "lightning_fit.py", "tqdm"),
    "lightning-rich": ("lightning", "lightning_fit.py", "rich"),
    "keras-bar": ("keras", "keras_fit.py", "1"),
    "keras-lines": ("keras", "keras_fit.py", "2"),
    "xgboost": ("boosting", "xgboost_train.py"),
    "lightgbm": ("boosting", "lightgbm_train.py"),
    "catboost": ("boosting", "catboost_fit.py"),
    "stable-baselines3": ("stable-baselines3", "stable_baselines3_ppo.py"),
    "spacy": ("spacy", "spacy_train.py"),
    "fastai": ("fastai", "fastai_fit.py"),
    "ultralytics": ("ultralytics", "ultralytics_detect.py"),
}


def install(requirements: tuple[str, ...], env: Path) -> None:
    """Make a new environment at `env` with torch first and the rest after it."""
    venv.create(env, with_pip=True)
    pip = [env / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if TORCH in requirements:
        subprocess.run([*pip, TORCH], check=True)
    subprocess.run([*pip, *requirements], check=True)


def write_log(name: str, env: Path) -> bool:
    """Run one training and put its log beside the scripts' folder; False if it failed."""
    _, script, *words = TRAININGS[name]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as job:
        shutil.copy(SCRIPTS / script, job)
        home = {"HOME": job, "PATH": f"{env / 'bin'}:{os.environ['PATH']}"}
        flags = {"OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8", "HF_HUB_OFFLINE": "1"}
        with (Path(job) / "written.out").open("w+b") as out:
            done = subprocess.run(
                [env / "bin/python", script, *words],
                cwd=job, env={**home, **flags}, stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        text = (Path(job) / "written.out").read_bytes()
    text = text.replace(str(env).encode(), b"/env").replace(str(job).encode(), b"/job")
    if done.returncode:
        print(f"{name}: exit code {done.returncode}; the old log stays. Its end:", file=sys.stderr)
        print(text[-2000:].decode("utf-8", "replace"), file=sys.stderr)
        return False
    (SCRIPTS.parent / f"{name}.out").write_bytes(text)
    print(f"{name}.out: {len(text):,} bytes in {time.monotonic() - started:.0f} s", flush=True)
    return True


def main(names: list[str]) -> int:
    """Write the named logs, or all of them, one environment after another."""
    unknown = [name for name in names if name not in TRAININGS]
    if unknown:
        print(f"No such training: {', '.join(unknown)}. There are: {', '.join(TRAININGS)}.")
        return 2
    written = []
    for environment, requirements in ENVIRONMENTS.items():
        chosen = [name for name in names or TRAININGS if TRAININGS[name][0] == environment]
        if chosen:
            with tempfile.TemporaryDirectory() as folder:
                env = Path(folder) / "env"
                install(requirements, env)
                written += [write_log(name, env) for name in chosen]
    return 0 if all(written) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
