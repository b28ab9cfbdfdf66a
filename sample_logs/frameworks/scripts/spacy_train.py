"""The `train` command of spaCy on a blank pipeline: to which of two kinds do made words belong?"""

import random
from pathlib import Path

import spacy
from spacy.cli.init_config import init_config
from spacy.cli.train import train
from spacy.tokens import DocBin

WORDS = {"north": ("bako", "dulu", "kimi", "meto"), "south": ("sira", "vana", "zore", "tuli")}


def write_docs(path: Path, rows: int, seed: int) -> None:
    """Sentences of which three words in four are of their own kind."""
    dice, blank, docs = random.Random(seed), spacy.blank("en"), DocBin()
    for _ in range(rows):
        kind, other = dice.sample(sorted(WORDS), 2)
        words = [dice.choice(WORDS[kind if dice.random() < 0.6 else other]) for _ in range(8)]
        doc = blank(" ".join(words))
        doc.cats = {name: float(name == kind) for name in WORDS}
        docs.add(doc)
    docs.to_disk(path)


def main() -> None:
    write_docs(Path("train.spacy"), 200, 1)
    write_docs(Path("dev.spacy"), 60, 2)
    config = init_config(lang="en", pipeline=["textcat"], optimize="efficiency")
    config["training"]["eval_frequency"] = 20
    config["training"]["max_steps"] = 400
    config.to_disk("config.cfg")
    train("config.cfg", "out", overrides={"paths.train": "train.spacy", "paths.dev": "dev.spacy"})


if __name__ == "__main__":
    main()
