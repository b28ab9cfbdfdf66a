"""Distillation that ends in NaN: half precision, a random projector of no sensible size, a high lr.

The student's hidden states go through a projector with entries of size 1 (not 1/sqrt(width)) and
then through the teacher's frozen head, so KL is high from the start. It would recover, but lr warms
up towards 0.2: at some step the activations grow until logits or losses exceed 65504, the largest
float16. Nobody looks for infinity, so it becomes NaN in the next gradient.
"""

import math
import sys

import torch
from characters import (
    EVAL_MODULES,
    TRAIN_MODULES,
    Transformer,
    draw_batches,
    next_character_loss,
    read_modules,
)
from torch import nn
from torch.nn.functional import kl_div, log_softmax

STEPS, TEACHER_STEPS, EVAL_EVERY, LOG_EVERY = 3000, 400, 100, 5
BATCH, LENGTH, WIDTH, TEACHER_WIDTH = 8, 48, 48, 96
TEMPERATURE, KD_WEIGHT = 2.0, 0.7
PEAK_LR, WARMUP = 0.2, 1000


class Student(nn.Module):
    """A narrow transformer that speaks through the teacher's head, behind a random projector."""

    def __init__(self, head: nn.Linear) -> None:
        super().__init__()
        self.body = Transformer(width=WIDTH, layers=2, length=LENGTH)
        self.body.norm = nn.Identity()  # the residual stream comes out as it is
        self.projector = nn.Parameter(torch.randn(WIDTH, TEACHER_WIDTH))
        self.head = head.requires_grad_(False)

    def forward(self, x):
        return self.head(self.body.hidden(x) @ self.projector).half()


def train_teacher(text):
    """A transformer trained for a few hundred steps."""
    teacher = Transformer(width=TEACHER_WIDTH, layers=2, length=LENGTH)
    optimizer = torch.optim.AdamW(teacher.parameters(), lr=2e-3)
    draws = draw_batches(text, size=16, length=LENGTH, seed=1)
    for _ in range(TEACHER_STEPS):
        x, y = next(draws)
        loss = next_character_loss(teacher(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"Teacher ready after {TEACHER_STEPS} steps", flush=True)
    return teacher.eval().requires_grad_(False)


def compute_losses(student, teacher, x, y):
    """The language model's loss and the divergence from the teacher, times temperature squared."""
    logits = student(x)
    softened = log_softmax(logits / TEMPERATURE, -1).flatten(0, 1)
    wanted = log_softmax(teacher(x) / TEMPERATURE, -1).flatten(0, 1)
    kl = kl_div(softened.float(), wanted, reduction="batchmean", log_target=True)
    return next_character_loss(logits, y).float(), kl * TEMPERATURE**2


@torch.no_grad()
def report_eval(student, teacher, text, step):
    """Print the mean loss of the language model on the same places each time."""
    draws = draw_batches(text, size=BATCH, length=LENGTH, seed=0)
    losses = [compute_losses(student, teacher, *next(draws))[0] for _ in range(20)]
    loss = torch.stack(losses).mean().item()
    perplexity = math.exp(loss) if loss < 700 else math.inf
    print(f"[EVAL] step {step} | eval_loss {loss:.4f} | perplexity {perplexity:.4g}", flush=True)


def train_student(student, teacher, draws, eval_text) -> None:
    """Train while lr warms up towards a peak that is too high; stop at the first NaN."""
    parameters = [p for p in student.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters)
    for step in range(STEPS):
        lr = optimizer.param_groups[0]["lr"] = PEAK_LR * min(1, (step + 1) / WARMUP)
        lm_loss, kl = compute_losses(student, teacher, *next(draws))
        loss = lm_loss + KD_WEIGHT * kl
        line = f"step {step} | loss {loss:.4f} | kl {kl:.4f} | kd_weight {KD_WEIGHT:.3f}"
        if torch.isnan(lm_loss):
            print(f"WARNING: NaN detected in lm_loss at step {step}")
            print(f"{line} | lr {lr:.2e}", flush=True)
            sys.exit("loss is NaN, stopping")
        if step % LOG_EVERY == 0:
            print(f"{line} | lr {lr:.2e}", flush=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step and step % EVAL_EVERY == 0:
            report_eval(student, teacher, eval_text, step)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    text, eval_text = read_modules(TRAIN_MODULES), read_modules(EVAL_MODULES)
    teacher = train_teacher(text)
    print(f"Temperature: {TEMPERATURE}")
    draws = draw_batches(text, size=BATCH, length=LENGTH, seed=2)
    train_student(Student(teacher.head), teacher, draws, eval_text)


if __name__ == "__main__":
    main()
