"""Arguments that several subcommands share."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.cli import main
from logwatch.cli.arguments import values_of
from logwatch.cli.exits import UsageError


@given(
    st.dictionaries(
        st.text("abc/_=", min_size=1).filter(str.strip),
        st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_values_are_read_exactly(values):
    """Each METRIC=VALUE gives its metric and the number as it stands, names may hold `=`."""
    assert values == values_of([f"{metric}={value!r}" for metric, value in values.items()])


@pytest.mark.parametrize(
    "word", ["", "=", "=1", "loss", "loss=", "loss=low", "loss=inf", "loss=nan"]
)
def test_other_forms_are_refused(word):
    """What is no metric and a finite number is refused with an example of what is."""
    with pytest.raises(UsageError, match=r"as in train/loss=0\.8"):
        values_of([word])


def test_the_last_value_of_a_metric_counts():
    """A metric that is given twice has its last value."""
    assert math.isclose(0.5, values_of(["loss=0.8", "loss=0.5"])["loss"])


class TestRank:
    def test_one_rank_all_ranks(self, tmp_path, capsys):
        """By default the first rank's copy counts; `--rank` takes another, or all of them."""
        log = tmp_path / "ranks.log"
        log.write_text(
            "".join(f"[rank{r}]: step {s} loss {s}.{r}\n" for s in (1, 2) for r in (0, 1))
        )
        firsts = []
        for words in ([], ["--rank", "1"], ["--rank", "all"]):
            assert 0 == main(["export", str(log), "--metric", "train/loss", *words])
            firsts.append([line.split(",")[5] for line in capsys.readouterr().out.splitlines()[1:]])

        assert [["1.0", "2.0"], ["1.1", "2.1"], ["1.0", "1.1", "2.0", "2.1"]] == firsts

    def test_a_word_that_is_no_rank(self, capsys):
        """A word that is neither a number nor `all` is wrong usage, in one sentence."""
        assert 2 == main(["check", "x.log", "--rank", "first"])
        assert "'first' is no rank" in capsys.readouterr().err
