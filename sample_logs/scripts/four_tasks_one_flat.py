"""Four tasks on one trunk, of which one hardly learns: its gradient is a tenth of the others'.

`countdown` gives 105 numbers, one for each moment of a window: how long until the next event. The
bug is that `l1_loss` takes the mean over them (not their sum), as the others' losses have one.
"""

import torch
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
)

EPOCHS, WINDOWS, MOMENTS, CHANNELS = 24, 1200, 105, 4
OUTPUTS = {"type": 4, "ptr": 1, "binary": 1, "countdown": MOMENTS}


def make_windows(dice):
    """Noisy signals with a wave of one of four kinds and a pulse: x and the four tasks' targets."""
    time = torch.arange(MOMENTS) / MOMENTS
    kind = torch.randint(4, (WINDOWS,), generator=dice)
    event = torch.randint(20, MOMENTS, (WINDOWS,), generator=dice)
    sign = torch.randint(2, (WINDOWS,), generator=dice).float()
    wave = torch.sin(2 * torch.pi * (kind[:, None] + 1) * time)
    pulse = torch.exp(-0.5 * ((torch.arange(MOMENTS) - event[:, None]) / 4) ** 2)
    ramp = (2 * sign[:, None] - 1) * time
    x = torch.stack([wave, pulse, ramp, torch.zeros_like(wave)], 1)
    x = x + 0.5 * torch.randn(x.shape, generator=dice)
    left = (event[:, None] - torch.arange(MOMENTS)).clamp(min=0).float()
    targets = {"type": kind, "ptr": event[:, None] / MOMENTS, "binary": sign[:, None]}
    return x, {**targets, "countdown": left}


def compute_losses(outputs, targets):
    """The four losses as they are printed: nats, squared fractions of a window, nats, moments."""
    return {
        "type": cross_entropy(outputs["type"], targets["type"]),
        "ptr": mse_loss(outputs["ptr"], targets["ptr"]),
        "binary": binary_cross_entropy_with_logits(outputs["binary"], targets["binary"]),
        "countdown": l1_loss(outputs["countdown"], targets["countdown"]),
    }


def train_epoch(trunk, heads, optimizer, x, targets, *, dice):
    """One pass in batches of 40; gives the mean of each task's loss."""
    sums = dict.fromkeys(OUTPUTS, 0.0)
    batches = torch.randperm(len(x), generator=dice).split(40)
    for rows in batches:
        features = trunk(x[rows])
        outputs = {task: head(features) for task, head in heads.items()}
        losses = compute_losses(outputs, {task: values[rows] for task, values in targets.items()})
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        for task, loss in losses.items():
            sums[task] += loss.item()
    return {task: total / len(batches) for task, total in sums.items()}


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(4)
    dice = torch.Generator().manual_seed(4)
    x, targets = make_windows(dice)
    trunk = nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS * MOMENTS, 64), nn.ReLU())
    heads = {task: nn.Linear(64, size) for task, size in OUTPUTS.items()}
    parts = [*trunk.parameters(), *(p for head in heads.values() for p in head.parameters())]
    optimizer = torch.optim.SGD(parts, lr=0.005)
    print(f"Training on {WINDOWS} windows, {EPOCHS} epochs")
    for epoch in range(1, EPOCHS + 1):
        print(f"Epoch {epoch}:")
        for task, loss in train_epoch(trunk, heads, optimizer, x, targets, dice=dice).items():
            print(f"  {task + ':':<10} {loss:.4f}")
        print(flush=True)


if __name__ == "__main__":
    main()
