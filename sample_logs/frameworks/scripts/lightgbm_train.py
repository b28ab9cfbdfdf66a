"""Boosted trees with LightGBM: two sets are watched, every fifth round is printed."""

import lightgbm
import numpy as np


def make_data(rows: int, seed: int):
    """Two classes, a fifth of whose labels are wrong."""
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(rows, 6))
    return x, (x[:, 0] * x[:, 1] + x[:, 2] > 0) ^ (dice.random(rows) < 0.2)


def main() -> None:
    train = lightgbm.Dataset(*make_data(600, 1))
    val = lightgbm.Dataset(*make_data(300, 2), reference=train)
    settings = {
        "objective": "binary", "metric": ["auc", "binary_logloss"], "learning_rate": 0.05,
        "num_leaves": 15, "num_threads": 1, "seed": 1,
    }  # fmt: skip
    callbacks = [lightgbm.log_evaluation(5), lightgbm.early_stopping(40)]
    lightgbm.train(settings, train, 200, [train, val], ["train", "valid"], callbacks=callbacks)


if __name__ == "__main__":
    main()
