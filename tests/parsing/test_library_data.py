"""A library survives being written as plain data."""

import json

import pytest

from logwatch.parsing.library import Library
from logwatch.parsing.library_data import data_from, library_from


def test_a_library_comes_back_through_json(library: Library) -> None:
    """Every dialect, pattern, event, example and entrance is as it was, NaN and infinities too."""
    back = library_from(json.loads(json.dumps(data_from(library))))

    assert [repr(one) for one in library.dialects] == [repr(one) for one in back.dialects]
    assert [type(one.need) for one in library.patterns] == [type(p.need) for p in back.patterns]
    assert library.entrances == back.entrances


@pytest.mark.parametrize("data", [{}, {"translations": 3}, {"translations": [], "dialects": [3]}])
def test_other_data_is_refused(data: dict[str, object]) -> None:
    """Data of another form raises what the docstring names."""
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        library_from(data)
