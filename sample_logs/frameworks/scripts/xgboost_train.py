"""Boosted trees with xgboost: two sets are watched, and it stops when the second gets no better."""

import numpy as np
import xgboost


def make_data(rows: int, seed: int) -> xgboost.DMatrix:
    """Two classes, a fifth of whose labels are wrong."""
    dice = np.random.default_rng(seed)
    x = dice.normal(size=(rows, 6))
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0) ^ (dice.random(rows) < 0.2)
    return xgboost.DMatrix(x, y)


def main() -> None:
    train, val = make_data(600, 1), make_data(300, 2)
    settings = {
        "objective": "binary:logistic", "eval_metric": ["error", "logloss"], "eta": 0.1,
        "max_depth": 4, "nthread": 1, "seed": 1,
    }  # fmt: skip
    booster = xgboost.train(
        settings, train, 200, evals=[(train, "train"), (val, "eval")], early_stopping_rounds=20
    )
    print(f"best iteration: {booster.best_iteration}, best score: {booster.best_score}")


if __name__ == "__main__":
    main()
