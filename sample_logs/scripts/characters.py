"""Text that every Python brings along, and a small transformer that predicts its next character.

The text is the source of some standard library modules, so nothing is downloaded. It differs a
little between Python versions, and with it the last digits of the losses.
"""

import sysconfig
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

TRAIN_MODULES = (
    "argparse", "ast", "bdb", "calendar", "cgitb", "codecs", "configparser", "copy", "csv",
    "dataclasses", "datetime", "difflib", "doctest", "enum", "fractions", "ftplib", "functools",
    "gettext", "gzip", "heapq", "imaplib", "inspect", "ipaddress", "locale", "mailbox", "optparse",
    "os", "pathlib", "pdb", "pickle", "pickletools", "platform", "plistlib", "random", "shutil",
    "smtplib", "socket", "ssl", "statistics", "subprocess", "tarfile", "tempfile", "textwrap",
    "threading", "trace", "traceback", "turtle", "typing", "uuid", "warnings", "zipfile",
)  # fmt: skip
EVAL_MODULES = ("_pydecimal", "bisect", "cmd", "contextlib", "fileinput", "numbers", "tokenize")
ALPHABET = "\n" + "".join(map(chr, range(32, 127)))


def read_modules(names: tuple[str, ...]) -> Tensor:
    """All modules of one list as one row of character numbers; modules that are gone are left out.

    Shape: (characters,), int64, 0 to `len(ALPHABET) - 1`; what is not printable ASCII is a `?`.
    """
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = [folder / f"{name}.py" for name in names]
    text = "\n".join(file.read_text("utf-8") for file in files if file.exists())
    number = {character: i for i, character in enumerate(ALPHABET)}
    return torch.tensor([number.get(character, number["?"]) for character in text])


def draw_batches(text: Tensor, *, size: int, length: int, seed: int) -> Iterator[list[Tensor]]:
    """Endless pairs [characters, next characters] of random places, each (size, length), int64."""
    dice = torch.Generator().manual_seed(seed)
    while True:
        starts = torch.randint(len(text) - length - 1, (size,), generator=dice)
        places = starts[:, None] + torch.arange(length + 1)
        yield [text[places[:, :-1]], text[places[:, 1:]]]


class Block(nn.Module):
    """Attention and a two-layer network, each behind a norm and around a shortcut."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        inner = 4 * width
        self.mlp = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))

    def forward(self, x: Tensor) -> Tensor:
        qkv = self.qkv(self.norm1(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = scaled_dot_product_attention(*qkv, is_causal=True)
        x = x + self.out(attended.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """A character-level language model; `hidden` gives (batch, length, width), a call logits."""

    def __init__(self, *, width: int, layers: int, length: int, heads: int = 4) -> None:
        super().__init__()
        self.characters = nn.Embedding(len(ALPHABET), width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(ALPHABET))

    def hidden(self, x: Tensor) -> Tensor:
        places = torch.arange(x.shape[1])
        return self.norm(self.blocks(self.characters(x) + self.places(places)))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.hidden(x))


def next_character_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross entropy in nats per character, a scalar."""
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


@torch.no_grad()
def evaluate(model: nn.Module, text: Tensor, *, batches: int, size: int, length: int) -> float:
    """Mean loss on the same random places of `text` each time, in nats per character."""
    draws = draw_batches(text, size=size, length=length, seed=0)
    model.eval()
    losses = [next_character_loss(model(x), y) for x, y in islice(draws, batches)]
    model.train()
    return torch.stack(losses).mean().item()
