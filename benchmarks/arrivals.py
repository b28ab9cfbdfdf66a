"""arrivals.py: whether a log says the same whole, by lines, and in random pieces.

Logs are made of what the dialects show (repeated, mixed, with labels, garbled) and of parts of the
real logs beside the checkout. Prints how many cases differ, and in what. 20,000 cases take some
minutes; `--cases` and `--first` choose others.
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from logwatch.parsing.library import Library  # noqa: E402
from logwatch.sources.dialects.load import load_library  # noqa: E402
from tests.parsing.arrivals import (  # noqa: E402
    differing_parts,
    garbled_log,
    lines_of,
    mixed_log,
    part_of,
    random_pieces,
    read_pieces,
)

LOGS = HERE.parent.parent / "shared" / "logs"
CASES = 20_000


def make_log(seed: int, examples: list[bytes], logs: list[Path]) -> bytes:
    """One log of a case, the same for the same seed."""
    random_ = random.Random(seed)
    if seed % 4 == 0:
        return garbled_log(random_, examples)
    if seed % 4 == 1 and logs:
        return part_of(random_.choice(logs).read_bytes(), random_)
    return mixed_log(random_, examples)


def compare(library: Library, log: bytes, random_: random.Random) -> list[str]:
    """The parts of a log that differ by how it comes."""
    whole = read_pieces(library, [log])
    ways = lines_of(log), random_pieces(log, random_), random_pieces(log, random_)
    return sorted({p for way in ways for p in differing_parts(whole, read_pieces(library, way))})


def main() -> None:
    """Compare all cases and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--first", type=int, default=0, help="the first case's number")
    args = parser.parse_args()
    library, _ = load_library()
    examples = [e.text.lstrip("\n").encode() for d in library.dialects for e in d.examples]
    logs = sorted(path for path in LOGS.rglob("*") if path.is_file()) if LOGS.is_dir() else []
    found: Counter[str] = Counter()
    began = time.monotonic()
    for seed in range(args.first, args.first + args.cases):
        parts = compare(library, make_log(seed, examples, logs), random.Random(seed))
        if parts:
            found[", ".join(parts)] += 1
            print(f"case {seed} differs in {', '.join(parts)}", flush=True)
    seconds = time.monotonic() - began
    print(f"{found.total()} of {args.cases} cases differ ({seconds:.0f} s, {len(logs)} real logs)")
    for parts, count in found.most_common():
        print(f"{count:6}  {parts}")


if __name__ == "__main__":
    main()
