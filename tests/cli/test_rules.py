"""`logwatch rules`: what it finds."""

from logwatch.cli import exits, main


def test_every_rule_has_a_meaning(capsys):
    """The list has one line a rule, with its name and one sentence."""
    from logwatch.diagnosis.rule import RULES

    assert exits.OK == main(["rules"])

    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert sorted(RULES) == [row[0] for row in rows]
    assert [] == [row for row in rows if len(row) < 2]


def test_a_rule_is_explained(capsys):
    """`rules show` says what a rule checks."""
    assert exits.OK == main(["rules", "show", "flat-loss"])
    assert capsys.readouterr().out.startswith("flat-loss\n\n")
