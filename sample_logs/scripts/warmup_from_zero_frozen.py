"""A classifier that cannot learn: its warmup starts at 0, and its optimizer holds another model.

The bug is in `build`: the model is copied after the optimizer was made, so the optimizer updates
the tensors of a model that nobody trains. The probe lines are what one adds to find that.
"""

import copy

import torch
from torch import nn
from torch.nn.functional import cross_entropy

EPOCHS, WARMUP_EPOCHS, CLASSES = 30, 24, 10
BASE_LR = {"backbone": 2e-4, "head": 8e-4}


def make_data(count: int, seed: int):
    """Points around ten centres in 32 dimensions: x (count, 32), labels (count,)."""
    centres = torch.randn(CLASSES, 32, generator=torch.Generator().manual_seed(0))
    dice = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (count,), generator=dice)
    return centres[labels] + torch.randn(count, 32, generator=dice), labels


def build():
    """A model with its optimizer and a warmup that is linear per epoch and begins at zero."""
    backbone = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64))
    model = nn.ModuleDict({"backbone": backbone, "head": nn.Linear(64, CLASSES)})
    groups = [{"params": model[k].parameters(), "lr": lr, "name": k} for k, lr in BASE_LR.items()]
    optimizer = torch.optim.AdamW(groups)
    warmup = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda e: min(1.0, e / WARMUP_EPOCHS))
    initial = model
    model = copy.deepcopy(initial)  # the bug: the optimizer still holds the tensors of `initial`
    return model, optimizer, warmup


def compute_loss(model, x, labels):
    """Mean cross entropy in nats."""
    return cross_entropy(model["head"](model["backbone"](x).relu()), labels)


def train_epoch(model, optimizer, x, labels, dice):
    """One pass in batches of 50; gives the mean loss, and by how much each parameter moved (L2)."""
    before = [p.detach().clone() for p in model.parameters()]
    losses = []
    for rows in torch.randperm(len(x), generator=dice).split(50):
        loss = compute_loss(model, x[rows], labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    moved = [(p.detach() - old).norm() for p, old in zip(model.parameters(), before, strict=True)]
    return sum(losses) / len(losses), torch.stack(moved)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(2)
    model, optimizer, warmup = build()
    train, val = make_data(5000, seed=1), make_data(1000, seed=2)
    dice = torch.Generator().manual_seed(3)
    for epoch in range(1, EPOCHS + 1):
        names = [group["name"] for group in optimizer.param_groups]
        rates = [float(f"{group['lr']:.3g}") for group in optimizer.param_groups]
        print(f"[LR] epoch={epoch} groups={names} lr={rates}")
        model.train()
        loss, moved = train_epoch(model, optimizer, *train, dice)
        print(f"[STEP] Δparam L2: median={moved.median():.3e}  max={moved.max():.3e}")
        model.eval()
        with torch.no_grad():
            val_loss = compute_loss(model, *val).item()
        print(f"Epoch {epoch:03d}/{EPOCHS:03d}: train {loss:.3f}  val {val_loss:.6f}", flush=True)
        warmup.step()


if __name__ == "__main__":
    main()
