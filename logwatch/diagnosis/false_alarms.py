"""False alarms of each rule, as benchmarks/diagnosis.py --write measured them."""

CURVES, LOGS = 82, 33
"""Healthy curves, looked at at each tenth, and healthy logs."""

ON_CURVES: dict[str, int] = {}
ON_LOGS: dict[str, int] = {"overfitting": 1}
"""Warnings and errors by rule; rules that are not named have none."""
