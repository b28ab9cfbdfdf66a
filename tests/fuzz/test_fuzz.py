"""No input of any entry raises what the entry does not promise."""

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .mutation import mutate
from .seeds import seeds
from .targets import TARGETS

INPUTS = {
    "lines": 60, "shapes": 60, "sanitize": 2000, "literals": 2000, "prefix": 2000, "dialect": 40,
    "config": 600, "recording": 150, "messages": 1500, "words": 60, "cache": 60,
}  # fmt: skip
"""Changed inputs of each entry in the suite, about a second of work each; `make fuzz` has no end
of them."""

SEED = 20261201


@pytest.mark.parametrize("name", TARGETS)
def test_an_entry_stands_changed_input(name: str) -> None:
    """The first inputs of the seeded row raise nothing."""
    row = mutate(seeds()[name][:40], SEED)
    for data in itertools.islice(row, INPUTS[name] + 40):
        try:
            TARGETS[name](data)
        except Exception as problem:
            problem.add_note(f"input: {data!r}")
            raise


def test_every_target_has_seeds() -> None:
    """A target without sound input would be fed noise alone."""
    assert seeds().keys() == TARGETS.keys() == INPUTS.keys()


@pytest.mark.skipif(not importlib.util.find_spec("atheris"), reason="needs atheris")
@pytest.mark.parametrize("name", TARGETS)
def test_coverage_guides_the_fuzzing(name: str, checkout: Path, tmp_path: Path) -> None:
    """Atheris runs each target for some inputs and finds nothing."""
    words = [sys.executable, "-m", "tests.fuzz", name, "--runs", "100"]
    done = subprocess.run(
        words, cwd=checkout, capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "FUZZ_FOUND": str(tmp_path)},
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-4000:]
    assert [] == list(tmp_path.iterdir())
