"""The learning rate as a line of a log shows it."""

import re

RATE = re.compile(
    r"(?:\blr|learning[_ ]rate)\W{1,12}(?:[^\s,;|]*?\[)?['\"]?([-+.\deE]+)", re.IGNORECASE
)
"""The lr as a line has it: `lr=0.00e+00`, `lr=[0.0, 0.0]`, `'learning_rate': '0'`."""
