"""Find words that docs/style does not use, in every text that a user or a reader meets.

    python scripts/plain_english.py [FILE ...]

Texts are the docstrings and strings of the package, and all Markdown outside of code. Source of the
list: slips that native readers marked in messages, docs and docstrings of this project.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent

SLIPS = {
    r"\bheld against\b": "compared with",
    r"\bof which\b": "start a new sentence",
    r"\bso many\b": "name the number",
    r"\banew\b": "again, or re-initialised",
    r"(?<!there )(?<!There )\b(?:is|are|was|were) no "
    r"(?!longer\b|more\b|less\b|problem\b|\w+s\b)[a-z]+\b": "is not a ...",
    r"\bmay be given again\b": "can be repeated",
    r"\bthe same of the one\b": "name the thing",
    r"\bcries? wolf\b": "raises a false alarm",
    r"\b(?:sick|unwell)\b|\b(?:runs?|logs?|training|curves?) (?:that )?"
    r"(?:is|are|was|were|fell) (?:ill|well)\b": "failing, healthy",
    r"\bgoes around\b": "works around",
    r"\bto and fro\b": "oscillates",
    r"\bas Slurm writes\b": "in Slurm's format",
    r"\blooks? into\b": "inspects, or attaches to",
    r"\bnot a word\b": "nothing",
    r"\b(?:look|looks) alike\b": "look the same",
    r"\bby itself alone\b": "alone",
    r"\bhas come to\b": "has reached",
    r"\bof late\b": "recently",
    r"\b(?:line|finding|log|run|screen|message|page|table) "
    r"(?:tells|says|speaks)\b": "shows, reports",
    r"\b(?:tells|told) of\b": "reports",
    r"\b(?:a|N) (?:times|lines|samples|steps) a (?:run|second|log|line)\b": "per",
    r"\bwould refute\b": "would disprove",
    r"\bbegin(?:s)? anew\b": "re-initialised",
}
"""Pattern of a slip, and what to write instead."""

FENCE = re.compile(r"^```.*?^```$|`[^`\n]*`|<!--.*?-->", re.MULTILINE | re.DOTALL)
SKIPPED = ("CHANGELOG.md",)


def find_texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a file with the line on which each begins."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield 1, FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def find_slips(path: Path) -> Iterator[str]:
    """A line for each slip of a file: where, what, and what to write."""
    for first, text in find_texts(path):
        for pattern, better in SLIPS.items():
            for found in re.finditer(pattern, text):
                line = first + text.count("\n", 0, found.start())
                where = path.relative_to(CHECKOUT)
                yield f"{where}:{line}: {found[0]!r}: {better}"


def list_files() -> list[Path]:
    """The package and the documentation."""
    names = ["logwatch/*.py", "*.md"]
    done = subprocess.run(
        ["git", "ls-files", *names], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return [CHECKOUT / name for name in done.stdout.split() if name not in SKIPPED]


def main(words: list[str]) -> int:
    """Print all slips; 1 where there are any."""
    files = [Path(word).resolve() for word in words] or list_files()
    slips = [slip for path in files for slip in find_slips(path)]
    print("\n".join(slips) or "plain English: no slip found")
    return 1 if slips else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
