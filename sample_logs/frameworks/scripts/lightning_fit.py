"""A Lightning module fits, validates each epoch and is tested, under a `tqdm` or `rich` bar."""

import sys

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint, RichProgressBar, TQDMProgressBar
from torch.nn.functional import mse_loss


def make_loader(rows: int, seed: int):
    """A noisy linear relation of eight numbers."""
    dice = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 8, generator=dice)
    y = x.sum(1, keepdim=True) + 0.1 * torch.randn(rows, 1, generator=dice)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=8)


class Regressor(lightning.LightningModule):
    """Two layers and their mean square error."""

    def __init__(self) -> None:
        super().__init__()
        self.net = torch.nn.Sequential(
            torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1)
        )

    def training_step(self, batch, _):
        loss = mse_loss(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True, on_step=True, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        self.log("val_loss", mse_loss(self.net(batch[0]), batch[1]), prog_bar=True)

    def test_step(self, batch, _):
        self.log("test_loss", mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=3e-3)


def main(bar: str) -> None:
    lightning.seed_everything(1)
    bars = {"tqdm": TQDMProgressBar, "rich": RichProgressBar}
    best = ModelCheckpoint(dirpath="checkpoints", monitor="val_loss", verbose=True)
    trainer = lightning.Trainer(
        max_epochs=3, accelerator="cpu", log_every_n_steps=5, callbacks=[bars[bar](5), best]
    )
    model = Regressor()
    trainer.fit(model, make_loader(320, 1), make_loader(80, 2))
    trainer.test(model, make_loader(80, 3))


if __name__ == "__main__":
    main(sys.argv[1])
