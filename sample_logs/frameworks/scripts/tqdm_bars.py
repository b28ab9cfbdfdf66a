"""Three kinds of tqdm bars around one small regression: `postfix`, `nested`, `unknown-total`."""

import random
import sys
import time

from tqdm import tqdm, trange

EPOCHS, BATCHES, BATCH, LR = 3, 60, 8, 0.05


def draw_batch(dice):
    """Points of a noisy line."""
    xs = [dice.uniform(-1, 1) for _ in range(BATCH)]
    return [(x, 3 * x - 1 + dice.gauss(0, 0.2)) for x in xs]


def take_step(weights, batch):
    """One step of gradient descent; gives the mean square error before it."""
    errors = [(weights[0] * x + weights[1] - y, x) for x, y in batch]
    weights[0] -= LR * sum(2 * error * x for error, x in errors) / BATCH
    weights[1] -= LR * sum(2 * error for error, _ in errors) / BATCH
    time.sleep(0.02)  # a batch takes as long as a small network's
    return sum(error * error for error, _ in errors) / BATCH


def train_with_postfix(weights, dice):
    for epoch in range(EPOCHS):
        bar = tqdm(range(BATCHES), desc=f"Epoch {epoch + 1}/{EPOCHS}")
        for _ in bar:
            bar.set_postfix(loss=take_step(weights, draw_batch(dice)), lr=LR)


def train_nested(weights, dice):
    epochs = trange(EPOCHS, desc="Epochs")
    for epoch in epochs:
        losses = []
        for _ in (batches := trange(BATCHES, desc="Batches", leave=False)):
            losses.append(take_step(weights, draw_batch(dice)))
            batches.set_postfix(loss=f"{losses[-1]:.4f}")
        held_out = draw_batch(random.Random(99))
        val_loss = sum((weights[0] * x + weights[1] - y) ** 2 for x, y in held_out) / BATCH
        epochs.set_postfix(train_loss=f"{sum(losses) / BATCHES:.4f}", val_loss=f"{val_loss:.4f}")
        tqdm.write(f"epoch {epoch + 1}: val_loss {val_loss:.4f}")


def train_without_total(weights, dice):
    batches = (draw_batch(dice) for _ in range(EPOCHS * BATCHES))
    for batch in (bar := tqdm(batches, desc="Training")):
        bar.set_postfix(loss=f"{take_step(weights, batch):.4f}")


if __name__ == "__main__":
    kinds = {
        "postfix": train_with_postfix,
        "nested": train_nested,
        "unknown-total": train_without_total,
    }
    kinds[sys.argv[1]]([0.0, 0.0], random.Random(1))
