"""Keras 3 on torch fits a small classifier; the argument is `verbose`: 1 for bars, 2 for lines."""

import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np


def make_data(rows: int, seed: int):
    """Points around three centres."""
    dice = np.random.default_rng(seed)
    label = dice.integers(3, size=rows)
    centres = np.array([[0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0]])
    return centres[label] + dice.normal(0, 0.6, (rows, 4)), label


def main(verbose: int) -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(3, "softmax")]
    )
    model.compile(
        keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.summary()
    plateau = keras.callbacks.ReduceLROnPlateau(patience=2, verbose=1)
    model.fit(
        *make_data(640, 1), batch_size=16, epochs=6, verbose=verbose,
        validation_data=make_data(160, 2), callbacks=[plateau],
    )  # fmt: skip
    model.evaluate(*make_data(160, 3), verbose=verbose)


if __name__ == "__main__":
    main(int(sys.argv[1]))
