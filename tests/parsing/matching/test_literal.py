"""Objects are found wherever they stand in a line, and nothing else is taken for one."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.parsing.matching.literal import MAX_BROKEN, MAX_DEPTH, find_objects
from logwatch.parsing.values import NUMBER_TEXT


def is_word(text: str) -> bool:
    """Whether a text in quotes is no number: `'0.5'` is one."""
    return NUMBER_TEXT.fullmatch(text) is None


KEYS = st.text(
    st.characters(categories=["Lu", "Ll", "Nd"], include_characters=" _-.@#(){}[],:="), min_size=1
).filter(lambda key: not key.isdigit())
LEAVES = st.one_of(
    st.integers(-(10**9), 10**9),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(st.characters(categories=["L", "N", "P"]), max_size=8).filter(is_word),
)


def nested(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Lists and dicts of values, or the values themselves."""
    lists = st.lists(inner, max_size=3)
    return st.one_of(inner, lists, st.dictionaries(KEYS, inner, max_size=3))


VALUES = nested(nested(LEAVES))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6)


def numbers_of(text: str) -> dict[str, float]:
    """The numbers of all objects of a text by their keys."""
    return {
        item.key: float(text[item.start : item.end])
        for items, _, _ in find_objects(text, 0, len(text))
        for item in items
    }


def flat(value: object, path: str = "") -> dict[str, float]:
    """The numbers of a nested value by the path to them."""
    if isinstance(value, bool) or value is None:
        return {}
    if isinstance(value, dict):
        inner = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list):
        inner = [(str(index), one) for index, one in enumerate(value)]
    else:
        return {path: value} if isinstance(value, int | float) else {}
    parts = [flat(one, f"{path}/{key}" if path else key) for key, one in inner]
    return {key: number for part in parts for key, number in part.items()}


def is_same(one: dict[str, float], two: dict[str, float]) -> bool:
    """Whether two sets of figures are equal, NaN included."""
    return one.keys() == two.keys() and all(
        a == two[key] or (math.isnan(a) and math.isnan(two[key])) for key, a in one.items()
    )


class TestFindObjects:
    @given(table=OBJECTS)
    def test_python_dicts(self, table: dict[str, object]) -> None:
        """What `print` makes of a dict is read back: keys, nesting, non-finite numbers."""
        assert is_same(flat(table), numbers_of(repr(table)))

    @given(table=OBJECTS)
    def test_json(self, table: dict[str, object]) -> None:
        """What `json.dumps` makes of a dict is read back."""
        assert is_same(flat(table), numbers_of(json.dumps(table, ensure_ascii=False)))

    @given(text=st.text(max_size=60))
    def test_any_text_is_survived(self, text: str) -> None:
        """No text is too strange; what is found lies within it."""
        for items, opens, closes in find_objects(text, 0, len(text)):
            assert text[opens] + text[closes - 1] == "{}"
            assert all(opens < item.start < item.end < closes for item in items)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("{'loss': 0.5}", {"loss": 0.5}),
            ("Step 3 {'loss': '0.5', 'epoch': '1e-2'} done", {"loss": 0.5, "epoch": 0.01}),
            ("{'loss': tensor(0.5, device='cuda:0')}", {"loss": 0.5}),
            ("{'loss': tensor(2.5, grad_fn=<Nll>), 'lr': 0.1}", {"loss": 2.5, "lr": 0.1}),
            ("{'loss': np.float64(0.5)}", {"loss": 0.5}),
            ("{'m': array([1., 2., ..., 9.])}", {"m/0": 1.0, "m/1": 2.0, "m/3": 9.0}),
            ("{'a': {'b': 0.5, 'c': [1, 2]}}", {"a/b": 0.5, "a/c/0": 1, "a/c/1": 2}),
            ("{'a': nan, 'b': NaN, 'c': -inf}", {"a": math.nan, "b": math.nan, "c": -math.inf}),
            ('{"name": "a {brace} in a string", "loss": 0.5}', {"loss": 0.5}),
            ('{"say": "it\\"s {", "loss": 0.5}', {"loss": 0.5}),
            ("{'a': 1}{'b': 2} {'c': 3}", {"a": 1, "b": 2, "c": 3}),
            ("{ {'b': 2}", {"b": 2}),
        ],
    )  # fmt: skip
    def test_forms(self, text: str, expected: dict[str, float]) -> None:
        """Quoted numbers, tensors, numpy values, lists and nested objects give their numbers."""
        assert is_same(expected, numbers_of(text))

    @pytest.mark.parametrize(
        "text",
        [
            "{'loss': 0.5",
            "{'loss': 0.5]",
            "for x in {a + b}: loss = 0.5",
            "f'{loss:.4f}' and ${HOME}",
            "{",
            "{'loss: 0.5}",
            "}{",
            "",
        ],
    )
    def test_what_is_no_object(self, text: str) -> None:
        """Objects that do not close, and braces of code, give nothing."""
        assert {} == numbers_of(text)

    def test_bounds(self) -> None:
        """Depth and broken braces have a limit, behind which a line is data."""
        deep = "{'a': " * MAX_DEPTH + "1" + "}" * MAX_DEPTH

        assert {"/".join("a" * MAX_DEPTH): 1.0} == numbers_of(deep)
        assert "/".join("a" * (MAX_DEPTH + 1)) not in numbers_of("{'a': " + deep + "}")
        assert {"b": 2.0} == numbers_of("{ ;" * (MAX_BROKEN - 1) + "{'b': 2}")
        assert {} == numbers_of("{ ;" * MAX_BROKEN + "{'b': 2}")

    def test_where_values_stand(self) -> None:
        """Spans point at the key and at the number, inside the quotes."""
        text = "x {'loss': '0.5'}"

        ((items, opens, closes),) = find_objects(text, 0, len(text))

        assert ("loss", "0.5") == tuple(
            text[a:b] for a, b in (items[0].key_span, (items[0].start, items[0].end))
        )
        assert (2, len(text)) == (opens, closes)
