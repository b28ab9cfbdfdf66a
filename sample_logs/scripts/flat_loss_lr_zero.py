"""A training at lr zero: warmup is counted in steps, but its scheduler is called once per epoch."""

import torch
from characters import (
    TRAIN_MODULES,
    Transformer,
    draw_batches,
    next_character_loss,
    read_modules,
)
from tqdm import tqdm

EPOCHS, STEPS_PER_EPOCH, WARMUP_STEPS, PEAK_LR = 1, 1200, 200, 1e-3
BATCH, LENGTH = 8, 48


def train_epoch(model, optimizer, warmup, batches, title: str) -> None:
    """One epoch under a progress bar that shows the loss and the lr of each step."""
    with tqdm(range(STEPS_PER_EPOCH), desc=title) as bar:
        for _ in bar:
            x, y = next(batches)
            loss = next_character_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            lr = optimizer.param_groups[0]["lr"]
            bar.set_postfix(loss=f"{loss.item():.4f}", lr=f"{lr:.2e}")
    warmup.step()  # the bug: one level too far out, so the whole first epoch runs at lr 0


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(6)
    model = Transformer(width=48, layers=2, length=LENGTH)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_LR)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: min(1.0, s / WARMUP_STEPS))
    batches = draw_batches(read_modules(TRAIN_MODULES), size=BATCH, length=LENGTH, seed=1)
    for epoch in range(1, EPOCHS + 1):
        train_epoch(model, optimizer, warmup, batches, f"Epoch {epoch}/{EPOCHS}")


if __name__ == "__main__":
    main()
