"""A fastai Learner in one cycle of epochs, with its table of losses and metrics."""

import fastai.callback.schedule  # noqa: F401 - gives Learner its fit_one_cycle
import torch
from fastai.basics import DataLoader, DataLoaders, Learner, accuracy, set_seed


def make_data(rows: int, seed: int):
    """Points around three centres, as pairs."""
    dice = torch.Generator().manual_seed(seed)
    label = torch.randint(3, (rows,), generator=dice)
    centres = torch.tensor([[0.0, 0, 1, 1], [1, 0, 0, 1], [1, 1, 0, 0]])
    points = centres[label] + 0.6 * torch.randn(rows, 4, generator=dice)
    return list(zip(points, label, strict=True))


def main() -> None:
    set_seed(1)
    train, val = (DataLoader(make_data(640 // i, i), bs=16) for i in (1, 4))
    model = torch.nn.Sequential(torch.nn.Linear(4, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3))
    learner = Learner(DataLoaders(train, val), model, torch.nn.CrossEntropyLoss(), metrics=accuracy)
    learner.fit_one_cycle(6, 3e-3)


if __name__ == "__main__":
    main()
