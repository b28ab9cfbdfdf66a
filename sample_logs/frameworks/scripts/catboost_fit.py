"""Boosted trees with CatBoost: every tenth round is printed, with the best one so far."""

import catboost
import numpy as np


def make_data(rows: int, seed: int):
    """Two classes, a fifth of whose labels are wrong."""
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(rows, 6))
    return x, ((x[:, 0] * x[:, 1] + x[:, 2] > 0) ^ (dice.random(rows) < 0.2)).astype(int)


def main() -> None:
    model = catboost.CatBoostClassifier(
        iterations=300, learning_rate=0.05, depth=4, random_seed=1, thread_count=1,
        od_type="Iter", od_wait=40, verbose=10, allow_writing_files=False,
    )  # fmt: skip
    model.fit(*make_data(600, 1), eval_set=make_data(300, 2))


if __name__ == "__main__":
    main()
