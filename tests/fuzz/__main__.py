"""Fuzz one entry: `python -m tests.fuzz lines --runs 100000`; guided by coverage with atheris."""

import argparse
import contextlib
import importlib
import itertools
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:  # no wheel for this Python
    atheris = None

FOUND = Path(os.environ.get("FUZZ_FOUND", "build/fuzz"))
"""Where an input that raised is kept."""

LONGEST_S = 30
"""Seconds on one input that are a fault of their own."""


def main() -> None:
    """Read the words and run; the exit code is 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("--runs", type=int, default=10_000, help="inputs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the inputs (default: %(default)s)")
    asked = parser.parse_args()
    FOUND.mkdir(parents=True, exist_ok=True)
    guided = atheris.instrument_imports(include=["logwatch"]) if atheris else None
    with guided or contextlib.nullcontext():
        targets = importlib.import_module("tests.fuzz.targets")
    if asked.target not in targets.TARGETS:
        parser.error(f"the targets are {', '.join(targets.TARGETS)}")
    target = targets.TARGETS[asked.target]
    known = importlib.import_module("tests.fuzz.seeds").seeds()[asked.target]
    (run_guided if atheris else run_plainly)(asked, target, known)


def run_guided(asked: argparse.Namespace, target: Any, known: tuple[bytes, ...]) -> None:
    """Let libFuzzer choose the inputs; it ends the process."""
    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(known):
            Path(corpus, str(number)).write_bytes(data)
        atheris.Setup(
            [
                sys.argv[0], f"-atheris_runs={asked.runs}", f"-seed={asked.seed}", "-max_len=4096",
                f"-timeout={LONGEST_S}", "-rss_limit_mb=4096", "-print_final_stats=1",
                f"-artifact_prefix={FOUND}/{asked.target}-", corpus,
            ],
            target,
        )  # fmt: skip
        atheris.Fuzz()


def run_plainly(asked: argparse.Namespace, target: Any, known: tuple[bytes, ...]) -> None:
    """Change the seeds blindly."""
    from .mutation import mutate

    for data in itertools.islice(mutate(known, asked.seed), asked.runs):
        try:
            target(data)
        except Exception:
            (FOUND / f"{asked.target}-plain").write_bytes(data)
            raise


if __name__ == "__main__":
    main()
