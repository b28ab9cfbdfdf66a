"""Which runs of a list are shown: words, `status:failed`, `rule:nan`, `loss<2`. Pure."""

import math
import re
from collections.abc import Callable, Iterator
from operator import ge, gt, le, lt

from logwatch.metrics.run import RunView
from logwatch.tui.text.facts import order_metrics
from logwatch.tui.text.run_facts import RunFacts

Test = Callable[[RunFacts], bool]

COMPARISON = re.compile(r"(?P<metric>[^<>=:]+)(?P<sign><=|>=|<|>)(?P<value>[-+.\deE]+)")
SIGNS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
FIELDS = ("status", "state", "verdict", "rule", "name")
"""What may stand before a colon."""


def read_filter(text: str) -> Test:
    """A test for all words of the text, which must hold together; `!` before a word turns it.

    Nothing is refused: what is no comparison and no field is looked for in name and finding.
    """
    tests = [_read_word(word) for word in text.lower().split()]
    return lambda facts: all(test(facts) for test in tests)


def _read_word(word: str) -> Test:
    if word.startswith("!") and len(word) > 1:
        inner = _read_word(word[1:])
        return lambda facts: not inner(facts)
    field, colon, wanted = word.partition(":")
    if colon and field in FIELDS:
        return lambda facts: any(wanted in one for one in _field(facts, field))
    found = COMPARISON.fullmatch(word)
    if found and (value := _number(found["value"])) is not None:
        holds, metric = SIGNS[found["sign"]], found["metric"]
        return lambda facts: holds(newest_value(facts.run, metric), value)
    return lambda facts: word in facts.words


def _field(facts: RunFacts, field: str) -> Iterator[str]:
    if field == "rule":
        yield from facts.rules
    elif field == "name":
        yield facts.name.lower()
    elif field == "verdict":
        yield facts.judgement
    else:
        yield facts.state


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def newest_value(run: RunView, word: str) -> float:
    """The newest value of the metric of this name, or whose name ends in it; NaN without one."""
    names = order_metrics(run)
    exact = [name for name in names if name.lower() == word]
    last = [name for name in names if name.lower().rpartition("/")[2] == word]
    chosen = next(iter([*exact, *last]), "")
    view = run.get(chosen)
    return math.nan if view is None else view.last
