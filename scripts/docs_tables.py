"""Write the tables of docs/ that the code gives: findings, dialects, and keys of the screen."""

import sys
from collections.abc import Mapping
from pathlib import Path

import logwatch.diagnosis.rules  # noqa: F401  registers them
from logwatch.diagnosis.rule import RULES
from logwatch.sources.dialects.load import load_library
from logwatch.tui.app import LogwatchApp
from logwatch.tui.keys import collect_help
from logwatch.tui.screens.compare import CompareScreen
from logwatch.tui.screens.run import RunScreen
from logwatch.tui.screens.run_list import RunListScreen
from logwatch.tui.widgets.chart import Chart
from logwatch.tui.widgets.finding_list import FindingList
from logwatch.tui.widgets.log_view import LogView
from logwatch.tui.widgets.metric_table import MetricTable
from logwatch.tui.widgets.run_list import RunList

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = ("dialects.md", "findings.md", "screen.md")
SEPARATOR = "|---|---|\n"


def rule_rows(family: str) -> list[str]:
    """A row for each check of a family, with all names that it may give, sorted by the first."""
    names: dict[str, list[str]] = {}
    for name in sorted(RULES):
        if RULES[name].check.__module__.split(".")[-2] == family:
            names.setdefault(RULES[name].meaning, []).append(f"`{name}`")
    return [f"| {', '.join(group)} | {meaning} |" for meaning, group in names.items()]


def dialect_rows() -> list[str]:
    """A row for each dialect, sorted by name."""
    dialects = sorted(load_library()[0].dialects, key=lambda dialect: dialect.name)
    return [f"| `{dialect.name}` | {dialect.title} |" for dialect in dialects]


def key_rows() -> list[str]:
    """The keys of the screens and panes under their headings, as the help shows them."""
    nodes = (
        LogwatchApp, RunScreen, CompareScreen, RunListScreen, RunList, Chart, MetricTable,
        FindingList, LogView,
    )  # fmt: skip
    rows = []
    for heading, keys in collect_help(nodes).items():
        rows += [f"### {heading}", "", "| key | what it does |", "|---|---|"]
        rows += [f"| {' '.join(f'`{k}`' for k in row.keys)} | {row.says} |" for row in keys]
        rows.append("")
    return rows[:-1]


def fill_table(text: str, head: str, rows: list[str]) -> str:
    """`text` with other rows under the table whose first lines are `head`."""
    before, _, after = text.partition(f"{head}{SEPARATOR}")
    lines = after.splitlines(keepends=True)
    while lines and lines[0].startswith(("|", "<!--")):
        lines.pop(0)
    table = "".join(f"{row}\n" for row in rows)
    return f"{before}{head}{SEPARATOR}{table}{''.join(lines)}"


def write_pages(pages: Mapping[str, str]) -> dict[str, str]:
    """The pages with the tables that the code gives, by name."""
    findings = pages["findings.md"]
    for part in findings.split("\n## ")[1:]:
        title = part.partition("\n")[0]
        head = f"## {title}\n\n| finding | what it means |\n"
        findings = fill_table(findings, head, rule_rows(FAMILIES[title]))
    dialects = fill_table(pages["dialects.md"], "| dialect | written by |\n", dialect_rows())
    screen = pages["screen.md"].partition("<!-- keys -->")[0]
    keys = "\n".join(key_rows())
    return {
        "dialects.md": dialects,
        "findings.md": findings,
        "screen.md": f"{screen}<!-- keys -->\n{keys}\n",
    }


FAMILIES = {
    "The loss": "loss",
    "The optimizer": "optimizer",
    "Evaluations": "evaluation",
    "The job": "job",
    "Progress": "progress",
}
"""Headings of docs/findings.md and the folders of rules that they stand for."""


def main() -> int:
    """Write the pages."""
    pages = {name: (DOCS / name).read_text() for name in PAGES}
    for name, text in write_pages(pages).items():
        (DOCS / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
