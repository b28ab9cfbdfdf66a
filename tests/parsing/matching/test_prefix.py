"""What launchers and loggers put before a line is told from what the program says."""

import pytest

from logwatch.parsing.matching.prefix import peel_prefix
from logwatch.parsing.sanitize import read_text
from logwatch.parsing.values import read_number

BODY = "Epoch 3, loss 0.5"
PEELED = (
    "",
    "2026-11-20 09:12:33,123 - __main__ - INFO - ",
    "2026-11-20 09:12:33,123\tINFO trainer.py:1752 -- ",
    "2026-11-20T09:12:33.123Z ",
    "2026-11-20 09:12:33.123 | INFO     | train:main:45 - ",
    "20-Nov-26 09:12:33 - INFO - ",
    "11/20/2026 09:12:33 - INFO - __main__ - ",
    "20.11.2026 09:12:33 INFO: ",
    "11-20 09:12 root         INFO     ",
    "11/20 09:12:33 - mmengine - INFO - ",
    "09:12:33 SUCCESS ",
    "INFO:__main__:",
    "INFO 11-20 09:12:33 ppo_trainer.py:300] ",
    "I1120 09:12:33.123456 140123 train.py:345] ",
    "[node01:0/4] 2026-11-20 09:12:33,123 (trainer:762) INFO: ",
    "(TaskRunner pid=12345) ",
    "\x1b[36m(main_task pid=28294, ip=10.0.0.1)\x1b[0m ",
    "[1,0]<stdout>:",
    "[default0]:[rank0]: ",
)
RANKED = {
    "2026-11-20 09:12:33,123 INFO [train.py:1202] (2/8) ": 2.0,
    "[2026-11-20 09:12:33,123] [INFO] [axolotl.train:12] [PID:99] [RANK:1] ": 1.0,
    "[2026-11-20 09:12:33,123] [INFO] [logging.py:107:log_dist] [Rank 0] ": 0.0,
    "[rank3]: ": 3.0,
}
KEPT = (
    "(3/10) loss 0.5",
    "[3/10] loss 0.5",
    "train: loss 0.5",
    "step - loss 0.5",
    "Epoch | 3 | loss 0.5",
    "valid | epoch 001 | loss 0.5",
    "E 10 loss 0.5",
    "I 3 loss 0.5",
    "INFO",
    "Info | loss 0.5",
    "10: loss 0.5",
    "loss - 0.5",
    "[train] loss 0.5",
    "[EVAL] step 3",
    "2026-11-20 epoch 3 loss 0.5",
    "12:34 loss 0.5",
)


class TestPeelPrefix:
    @pytest.mark.parametrize("prefix", [*PEELED, *RANKED])
    def test_peels_all_of_it(self, prefix: str) -> None:
        """Time, level, logger's name, file, host and rank go; the program's own words stay."""
        text = read_text((prefix + BODY).encode())

        found = peel_prefix(text, labelled=False)

        assert BODY == text.text[found.end :].lstrip(" ")

    @pytest.mark.parametrize(("prefix", "rank"), RANKED.items())
    def test_finds_the_rank(self, prefix: str, rank: float) -> None:
        """A rank is known wherever the logger puts it."""
        line = (prefix + BODY).encode()

        found = peel_prefix(read_text(line), labelled=False)

        assert found.rank is not None
        assert rank == read_number(found.rank, line)

    @pytest.mark.parametrize(
        ("line", "body"),
        [
            ("2026-11-20 09:12:33 | INFO | valid | loss 0.5", "valid | loss 0.5"),
            ("2026-11-20 09:12:33 - val - loss 0.5", "val - loss 0.5"),
            ("09:12:33 - INFO - Test - loss: 0.5", "Test - loss: 0.5"),
            ("09:12:33 - train - INFO - loss 0.5", "loss 0.5"),
            ("09:12:33 | trainer | loss 0.5", "loss 0.5"),
            ("09:12:33 - train.loop - loss 0.5", "loss 0.5"),
        ],
    )
    def test_keeps_the_phase(self, line: str, body: str) -> None:
        """What follows a time may be the phase of the line, and no logger's name."""
        found = peel_prefix(read_text(line.encode()), labelled=False)

        assert body == line[found.end :]

    def test_labels_of_srun(self) -> None:
        """A number with a colon is a rank where the log has labels, and a counter elsewhere."""
        text = read_text(b" 3: [rank3]: loss 0.5")

        assert "loss 0.5" == text.text[peel_prefix(text, labelled=True).end :]
        assert 0 == peel_prefix(text, labelled=False).end

    @pytest.mark.parametrize("line", KEPT)
    def test_keeps_what_the_program_says(self, line: str) -> None:
        """Counters and words of the program itself are no prefix."""
        assert 0 == peel_prefix(read_text(line.encode()), labelled=False).end
