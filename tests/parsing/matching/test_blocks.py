"""Rows of blocks are read once, however the log comes."""

import pytest

from logwatch.parsing.authoring.examples import read_example
from logwatch.parsing.dialects.dialect import Example
from logwatch.parsing.dialects.table import dialect_from_table
from logwatch.parsing.library import Library
from tests.parsing.arrivals import lines_of, read_pieces

RULE = "-" * 33
BOX = f"""{RULE}
| time/              |          |
|    total_timesteps | 2048     |
| train/             |          |
|    loss            | 5.61     |
{RULE}
"""
RESULT = """Result for PPO_a:
  info:
    learner:
      total_loss: 9.125
  timesteps_total: 4000
  training_iteration: 1
"""
NESTED = {
    "name": "nested",
    "title": "A block whose gaps look like the head of another",
    "source": "this test",
    "pattern": [
        {
            "name": "outer",
            "kind": "block",
            "match": "^outer$",
            "row": r"^o (?P<key>\w+): (?P<value>\S+)$",
            "gap": "^inner$|^i .*$",
            "hold": True,
        },
        {
            "name": "inner",
            "kind": "block",
            "match": "^inner$",
            "row": r"^i (?P<key>\w+): (?P<value>\S+)$",
            "gap": "^o .*$",
            "hold": True,
        },
    ],
}


def test_a_head_names_the_phase_and_the_data_set_of_its_rows() -> None:
    """One pattern reads an evaluation block for each data set, in the manner of lm-eval."""
    pattern = {
        "name": "results",
        "kind": "block",
        "match": r"^(?P<phase>\w+) on (?P<dataset>\w+):$",
        "row": r"^ +(?P<key>\w+) = (?P<value>\S+)$",
    }
    table = {"name": "own", "title": "-", "source": "-", "pattern": [pattern]}
    log = "Test on squad:\n  f1 = 0.5\nvalid on boolq:\n  f1 = 0.7\nTest on squad:\n  f1 = 0.6\n"

    found = read_example(Library([dialect_from_table(table)]), Example(log)).samples

    expected = [("eval/boolq/f1", [0.7]), ("test/squad/f1", [0.5, 0.6])]
    assert expected == sorted((one.metric, one.value.tolist()) for one in found)


@pytest.mark.parametrize(
    ("block", "steps"),
    [(BOX, [2048.0]), (RESULT, [4000.0]), (BOX + RULE + "-\n" + BOX, [2048.0, 2048.0])],
    ids=["equal rules", "yaml", "a rule of another width between"],
)
@pytest.mark.parametrize("times", [1, 3])
def test_rows_of_a_block_are_read_once(
    library: Library, block: str, steps: list[float], times: int
) -> None:
    """A block that waits for its end gives each row once, with the step of its own block."""
    log = (block * times).encode()
    count = times * len(steps)

    whole = read_pieces(library, [log])

    assert [float(step).hex() for step in steps * times] == whole["series"]["train/loss"][2]
    assert count == len(whole["series"]["train/loss"][1])
    assert whole == read_pieces(library, lines_of(log))
    assert whole == read_pieces(library, [bytes([byte]) for byte in log])


def test_blocks_within_each_other() -> None:
    """The outer block is read whole where the inner one may go on, and where it does not."""
    library = Library([dialect_from_table(NESTED)])
    log = b"outer\no step: 1\ninner\ni loss: 0.5\no acc: 0.25\ni kl: 0.75\no lr: 0.125\nend\n" * 3

    whole = read_pieces(library, [log])

    assert whole["series"]
    assert whole["series"] == read_pieces(library, lines_of(log))["series"]
