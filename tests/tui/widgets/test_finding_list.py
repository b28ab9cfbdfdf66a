"""The diagnosis as rows of text."""

from logwatch.diagnosis.finding import Evidence, Severity
from logwatch.tui.widgets.finding_list import MAX_EVIDENCE, lay_out
from tests.tui.fakes import make_finding


def text_of(*findings, width: int = 60, opened: set[int] | None = None) -> list[str]:
    """The rows without inks."""
    rows = lay_out(tuple(findings), width, opened or set())
    return ["".join(text for text, _ in row.spans) for row in rows]


def test_a_closed_finding_is_its_title() -> None:
    """A sign, the sentence, and the rule's name where it fits."""
    assert ["✗ lm_loss is NaN since step 748  non-finite"] == text_of(make_finding())


def test_an_opened_finding_says_all() -> None:
    """What proves it, what to do, and the lines that it rests on."""
    assert [
        "✗ lm_loss is NaN since step 748  non-finite",
        "  KL rose.",
        "  → Stop.",
        "  line 3: step 3 loss nan",
    ] == text_of(make_finding(), opened={0})


def test_sentences_are_wrapped_at_words() -> None:
    """No row is wider than the pane, and the sign stands at the first row only."""
    rows = text_of(make_finding(title="one two three four five six"), width=14)

    assert ["✗ one two", "  three four", "  five six"] == rows


def test_what_is_over_says_so() -> None:
    """An illness that ended is not shown as one that goes on."""
    assert ["! lm_loss is NaN since step 748  non-finite, over by now"] == text_of(
        make_finding(severity=Severity.warning, active=False)
    )


def test_many_lines_of_evidence_are_counted() -> None:
    """A finding with hundreds of lines does not fill the pane."""
    proofs = tuple(Evidence(n, n * 10, f"line {n}") for n in range(1, 20))
    rows = text_of(make_finding(evidence=proofs), opened={0})

    assert MAX_EVIDENCE == sum(row.startswith("  line") for row in rows)
    assert f"  and {19 - MAX_EVIDENCE} more lines" == rows[-1]


def test_untrusted_titles_are_only_text() -> None:
    """Escape codes and markup from a log come out as visible signs."""
    rows = text_of(make_finding(title="\x1b[31mred [bold]x[/] \x07"), width=60)

    assert "✗ ·[31mred [bold]x[/] ·  non-finite" == rows[0]
