"""A character-level transformer that trains as it should: it learns, evaluates, saves and ends."""

import logging
import math
import time
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

STEPS, WARMUP, PEAK_LR = 3000, 100, 1e-3
BATCH, LENGTH = 16, 64
LOG_EVERY, EVAL_EVERY, SAVE_EVERY = 10, 200, 600

log = logging.getLogger("train")


def choose_lr(step: int) -> float:
    """Linear warmup, then half a cosine down to a tenth of the peak."""
    if step <= WARMUP:
        return PEAK_LR * step / WARMUP
    done = (step - WARMUP) / (STEPS - WARMUP)
    return PEAK_LR * (0.55 + 0.45 * math.cos(math.pi * done))


def train_step(model, optimizer, lr, x, y):
    """One optimizer update; gives the loss and the norm of the gradient before clipping at 1."""
    for group in optimizer.param_groups:
        group["lr"] = lr
    loss = next_character_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    grad_norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss.item(), grad_norm.item()


def report_step(step, losses, grad_norm, seconds):
    """Print the mean loss since the line before, and how fast these steps were."""
    log.info(
        f"step {step}/{STEPS} | loss {sum(losses) / len(losses):.4f} | lr {choose_lr(step):.2e} | "
        f"grad_norm {grad_norm:.3f} | {1000 * seconds / len(losses):.1f} ms/step | "
        f"{BATCH * LENGTH * len(losses) / seconds:.0f} tokens/s"
    )


def save(model, optimizer, step):
    """Save a checkpoint in the working folder."""
    path = Path(f"checkpoint-{step}.pt")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    log.info(f"saved {path} ({path.stat().st_size / 1e6:.1f} MB)")


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    train_text, eval_text = read_modules(TRAIN_MODULES), read_modules(EVAL_MODULES)
    model = Transformer(width=96, layers=3, length=LENGTH)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.1)
    log.info(f"{len(train_text):,} characters to train on, {len(eval_text):,} to evaluate on")
    log.info(f"{sum(p.numel() for p in model.parameters()):,} parameters, {STEPS} steps")
    batches = draw_batches(train_text, size=BATCH, length=LENGTH, seed=1)
    started = line_started = time.perf_counter()
    losses: list[float] = []
    best = math.inf
    for step in range(1, STEPS + 1):
        loss, grad_norm = train_step(model, optimizer, choose_lr(step), *next(batches))
        losses.append(loss)
        if step % LOG_EVERY == 0:
            report_step(step, losses, grad_norm, time.perf_counter() - line_started)
            losses, line_started = [], time.perf_counter()
        if step % EVAL_EVERY == 0:
            loss = evaluate(model, eval_text, batches=40, size=BATCH, length=LENGTH)
            best = min(best, loss)
            log.info(f"eval at step {step} | val_loss {loss:.4f} | perplexity {math.exp(loss):.2f}")
            line_started = time.perf_counter()
        if step % SAVE_EVERY == 0:
            save(model, optimizer, step)
    log.info(f"finished in {time.perf_counter() - started:.0f} s, best val_loss {best:.4f}")


if __name__ == "__main__":
    main()
