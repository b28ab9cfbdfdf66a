"""Write the two tables of README.md anew: what logwatch finds, and which logs it reads."""

import sys
from pathlib import Path

import logwatch.diagnosis.rules  # noqa: F401  registers them
from logwatch.diagnosis.rule import RULES
from logwatch.sources.library import load_library

README = Path(__file__).resolve().parent.parent / "README.md"


def rule_rows() -> list[str]:
    """A row a check, with all names that it may give, sorted by the first."""
    names: dict[str, list[str]] = {}
    for name in sorted(RULES):
        names.setdefault(RULES[name].meaning, []).append(f"`{name}`")
    return [f"| {', '.join(group)} | {meaning} |" for meaning, group in names.items()]


def dialect_rows() -> list[str]:
    """A row a dialect, sorted by name."""
    dialects = sorted(load_library()[0].dialects, key=lambda dialect: dialect.name)
    return [f"| `{dialect.name}` | {dialect.title} |" for dialect in dialects]


def with_table(text: str, head: str, rows: list[str]) -> str:
    """`text` with other rows under the table whose first line is `head`."""
    before, _, after = text.partition(f"{head}\n|---|---|\n")
    lines = after.splitlines(keepends=True)
    while lines and lines[0].startswith("|"):
        lines.pop(0)
    table = "".join(f"{row}\n" for row in rows)
    return f"{before}{head}\n|---|---|\n{table}{''.join(lines)}"


def with_tables(text: str) -> str:
    """The README with the tables that the code gives."""
    text = with_table(text, "| finding | what it means |", rule_rows())
    return with_table(text, "| dialect | written by |", dialect_rows())


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text()))
    sys.stdout.write(f"{README.name} has the tables that the code gives\n")
