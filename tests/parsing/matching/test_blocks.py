"""Rows of blocks are read once, however the log comes."""

import pytest

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
