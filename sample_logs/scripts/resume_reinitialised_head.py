"""A resumed training whose head starts anew: the checkpoint has none under the expected name.

The first training saves its weights before the head was renamed (`out` became `head`), and prints
nothing here. The second loads what fits, tells what did not, and its loss starts high.
"""

import statistics
from pathlib import Path

import torch
from characters import (
    EVAL_MODULES,
    TRAIN_MODULES,
    Transformer,
    draw_batches,
    evaluate,
    next_character_loss,
    read_modules,
)

FIRST_STEPS, STEPS, LR = 900, 1200, 1e-3
BATCH, LENGTH = 12, 64
CHECKPOINT = Path("first.pt")


def build() -> Transformer:
    return Transformer(width=96, layers=2, length=LENGTH)


def train(model, text, *, steps: int, seed: int, report) -> list[float]:
    """Train at a constant lr; calls `report(step, loss)` after each step and gives the losses."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR)
    batches = draw_batches(text, size=BATCH, length=LENGTH, seed=seed)
    losses = []
    for step in range(1, steps + 1):
        x, y = next(batches)
        loss = next_character_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        report(step, loss.item())
    return losses


def print_step(step: int, loss: float) -> None:
    print(f"Step {step}: train_loss = {loss:.4f}", flush=True)


def save_first_training(text, eval_text) -> None:
    """Train from nothing and save, as an older version of this script did, the head as `out`."""
    model = build()
    losses = train(model, text, steps=FIRST_STEPS, seed=1, report=lambda step, loss: None)
    weights = {k.replace("head.", "out."): v for k, v in model.state_dict().items()}
    facts = {
        "step": FIRST_STEPS,
        "train_loss": statistics.mean(losses[-20:]),
        "val_loss": evaluate(model, eval_text, batches=40, size=BATCH, length=LENGTH),
    }
    torch.save({"model": weights, **facts}, CHECKPOINT)


def load_checkpoint(model) -> None:
    """Load what the checkpoint has of this model, and print what it has not."""
    saved = torch.load(CHECKPOINT)
    facts = f"train_loss = {saved['train_loss']:.4f}, val_loss = {saved['val_loss']:.4f}"
    print(f"Loading checkpoint: step {saved['step']}, {facts}")
    missing = model.load_state_dict(saved["model"], strict=False).missing_keys
    names = ", ".join(f'"{name}"' for name in missing)
    print(f"Missing key(s) in state_dict: {names}. ")
    random = sum(model.state_dict()[name].numel() for name in missing)
    total = sum(p.numel() for p in model.parameters())
    print(f"Randomly initialized: {random:,} of {total:,} parameters", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(5)
    text, eval_text = read_modules(TRAIN_MODULES), read_modules(EVAL_MODULES)
    save_first_training(text, eval_text)
    torch.manual_seed(6)
    model = build()
    load_checkpoint(model)
    train(model, text, steps=STEPS, seed=2, report=print_step)
    loss = evaluate(model, eval_text, batches=40, size=BATCH, length=LENGTH)
    print(f"Done: step {STEPS}, val_loss = {loss:.4f}")


if __name__ == "__main__":
    main()
