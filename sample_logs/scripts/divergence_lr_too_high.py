"""A training that diverges: it learns while lr warms up, and forgets when lr is too high.

The peak lr of 0.1 would suit SGD; AdamW moves every weight by about that much in each step.
"""

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

STEPS, WARMUP, PEAK_LR = 1500, 800, 0.1
BATCH, LENGTH = 12, 64
LOG_EVERY, EVAL_EVERY = 5, 100


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(7)
    text, eval_text = read_modules(TRAIN_MODULES), read_modules(EVAL_MODULES)
    model = Transformer(width=96, layers=2, length=LENGTH)
    optimizer = torch.optim.AdamW(model.parameters())
    batches = draw_batches(text, size=BATCH, length=LENGTH, seed=1)
    for step in range(1, STEPS + 1):
        lr = optimizer.param_groups[0]["lr"] = PEAK_LR * min(1, step / WARMUP)
        x, y = next(batches)
        loss = next_character_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        optimizer.step()
        if step % LOG_EVERY == 0:
            print(f"step={step} train_loss={loss:.4f} grad_norm={norm:.3f} lr={lr:.3e}", flush=True)
        if step % EVAL_EVERY == 0:
            val_loss = evaluate(model, eval_text, batches=20, size=BATCH, length=LENGTH)
            print(f"step={step} val_loss={val_loss:.4f}", flush=True)


if __name__ == "__main__":
    main()
