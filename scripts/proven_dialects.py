"""Check all dialects and write what was found to parsers/proven.json, so that starts are fast.

    python scripts/proven_dialects.py

A start with a `proven.json` that is not of these dialects checks them all again, which takes
seconds; nothing else changes. `tests/sources/test_proven.py` says when the file is old.
"""

import sys

from logwatch.sources.dialects.load import check_library, dialect_folder
from logwatch.sources.dialects.proven import PROVEN_NAME, tell_proven


def main() -> int:
    """Write the file; 1 where a dialect has a fault."""
    texts = [(path, path.read_bytes()) for path in sorted(dialect_folder().glob("*.toml"))]
    library, faults = check_library(texts)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        (dialect_folder() / PROVEN_NAME).write_text(tell_proven(texts, library.dialects), "utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
