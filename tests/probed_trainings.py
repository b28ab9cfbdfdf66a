"""Small real trainings, healthy ones of several kinds and ill ones, for what a probe finds in them.

Each is a function that trains for so many steps and yields its loss after each. As a script,
`python tests/probed_trainings.py NAME STEPS SECONDS` prints nothing but the losses.
"""

import copy
import sys
import time
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

WORDS, LENGTH, BATCH = 64, 16, 8


class Language(nn.Module):
    """A transformer of one layer that continues a sequence."""

    def __init__(self, tied: bool = False) -> None:
        super().__init__()
        self.embed = nn.Embedding(WORDS, 32)
        self.body = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True)
        self.head = nn.Linear(32, WORDS, bias=not tied)
        if tied:
            self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(self.body(self.embed(x)))


def make_text(generator):
    """A batch and what comes next in it: half of it can be learned."""
    x = torch.randint(0, WORDS, (BATCH, LENGTH), generator=generator)
    noise = torch.randint(0, WORDS, x.shape, generator=generator)
    known = torch.rand(x.shape, generator=generator) < 0.5
    return x, torch.where(known, (3 * x + 1) % WORDS, noise)


def loss_of(model, generator):
    """The loss of a language model on a fresh batch."""
    x, y = make_text(generator)
    return F.cross_entropy(model(x).flatten(0, 1).float(), y.flatten())


def begin():
    """The same numbers in each training."""
    torch.manual_seed(0)
    return torch.Generator().manual_seed(1)


def warmup(optimizer, steps):
    """A rate that rises for a tenth of the steps, then falls as a cosine."""
    first = max(steps // 10, 1)

    def scale(step):
        falling = torch.cos(torch.tensor((step - first) / steps * 3.14159)).item()
        return (step + 1) / first if step < first else 0.55 + 0.45 * falling

    return torch.optim.lr_scheduler.LambdaLR(optimizer, scale)


def language(steps):
    """AdamW, two groups, warmup, clipping."""
    generator, model = begin(), Language()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    rest = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, 3e-3)
    schedule = warmup(optimizer, steps)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        yield loss.item()


def tied(steps):
    """An embedding that is the head too; SGD with momentum; two micro-batches a step."""
    generator, model = begin(), Language(tied=True)
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    for _ in range(steps):
        for _ in range(2):
            loss = loss_of(model, generator)
            (loss / 2).backward()
        optimizer.step()
        optimizer.zero_grad()
        yield loss.item()


def convolution(steps):
    """A small residual network with batch norm, SGD, steps of the rate."""
    generator = begin()

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.one, self.two = (nn.Conv2d(width, width, 3, padding=1) for _ in "ab")
            self.norm = nn.BatchNorm2d(width)

        def forward(self, x):
            return F.relu(x + self.two(F.relu(self.norm(self.one(x)))))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 16, 3, padding=1)
            self.layer1, self.layer2, self.fc = Block(16), Block(16), nn.Linear(16, 4)

        def forward(self, x):
            return self.fc(self.layer2(self.layer1(self.stem(x))).mean((2, 3)))

    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [steps // 2], 0.1)
    for _ in range(steps):
        y = torch.randint(0, 4, (16,), generator=generator)
        x = torch.randn(16, 3, 12, 12, generator=generator) + y[:, None, None, None] / 2
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()


def recurrent(steps):
    """An LSTM with Adam and clipping."""
    generator = begin()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn = nn.Embedding(WORDS, 32), nn.LSTM(32, 32, 2, batch_first=True)
            self.out = nn.Linear(32, WORDS)

        def forward(self, x):
            return self.out(self.rnn(self.embed(x))[0])

    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        yield loss.item()


class Tasks(nn.Module):
    """One body, three heads of different sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.type_head, self.ptr_head = nn.Linear(32, 8), nn.Linear(32, 24)
        self.countdown_head = nn.Linear(32, 1)

    def forward(self, x):
        hidden = self.body(x)
        return self.type_head(hidden), self.ptr_head(hidden), self.countdown_head(hidden)


def train_tasks(steps, share):
    """Three tasks; the third one's loss counts by `share`."""
    generator, model = begin(), Tasks()
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    true = torch.randn(16, 33, generator=generator)
    for _ in range(steps):
        x = torch.randn(32, 16, generator=generator)
        target = x @ true
        kind, place, count = model(x)
        loss = (
            F.cross_entropy(kind, target[:, :8].argmax(1))
            + F.cross_entropy(place, target[:, 8:32].argmax(1))
            + share * F.mse_loss(count, target[:, 32:] / 4)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def tasks(steps):
    """Three heads that all learn."""
    return train_tasks(steps, 1.0)


def adapters(steps):
    """A frozen body that the optimizer holds all the same, and small trained parts (as LoRA)."""
    generator, model = begin(), Language()
    model.body.requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def adversaries(steps):
    """Two networks with an optimizer each."""
    generator = begin()
    forger = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    judge = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    first = torch.optim.Adam(forger.parameters(), 1e-3, betas=(0.5, 0.9))
    second = torch.optim.Adam(judge.parameters(), 1e-3, betas=(0.5, 0.9))
    for _ in range(steps):
        real = torch.randn(32, 2, generator=generator) + 2
        fake = forger(torch.randn(32, 4, generator=generator))
        right, wrong = judge(real), judge(fake.detach())
        loss = F.softplus(-right).mean() + F.softplus(wrong).mean()
        second.zero_grad()
        loss.backward()
        second.step()
        first.zero_grad()
        F.softplus(-judge(fake)).mean().backward()
        first.step()
        yield loss.item()


def halves(steps):
    """bfloat16 weights: those of the norms, which are 1, cannot move by less than 0.004."""
    generator, model = begin(), Language().bfloat16()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def scaled(steps):
    """A loss scaler that finds its scale in the first steps."""
    generator, model = begin(), Language()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=50)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        yield loss.item()


def distilled(steps):
    """A teacher that is no part of the optimizer, and is not meant to be."""
    generator, model = begin(), Language()
    teacher = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for _ in range(steps):
        x, y = make_text(generator)
        told, known = model(x).flatten(0, 1), teacher(x).flatten(0, 1)
        loss = F.cross_entropy(told, y.flatten()) + 0.1 * F.kl_div(
            told.log_softmax(1), known.softmax(1), reduction="batchmean"
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


# --- ill ones ----------------------------------------------------------------------------------


def other_copy(steps):
    """Warmup from 0 per epoch, and an optimizer of a copy of the model: nothing ever moves."""
    generator, model = begin(), Language()
    optimizer = torch.optim.AdamW(copy.deepcopy(model).parameters(), 3e-4)
    epoch = max(steps // 10, 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: step / 10)
    for step in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % epoch == epoch - 1:
            schedule.step()
        yield loss.item()


def left_out(steps):
    """A head that was replaced after the optimizer was made."""
    generator, model = begin(), Language()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    model.head = nn.Linear(32, WORDS)
    for _ in range(steps):
        loss = loss_of(model, generator)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def rounded(steps):
    """bfloat16 weights whose updates are lost in rounding, but for the small ones."""
    generator, model = begin(), Language().bfloat16()
    optimizer = torch.optim.SGD(model.parameters(), 3e-4)
    for _ in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def starved(steps):
    """Three heads of which one has a loss averaged over 105 outputs."""
    return train_tasks(steps, 1 / 105)


def vanishing(steps):
    """Ten layers of sigmoids: the first ones get nothing."""
    generator = begin()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(16, 32)
            self.middle = nn.Sequential(
                *(nn.Sequential(nn.Linear(32, 32), nn.Sigmoid()) for _ in range(10))
            )
            self.last = nn.Linear(32, 4)

        def forward(self, x):
            return self.last(self.middle(torch.sigmoid(self.first(x))))

    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(steps):
        x = torch.randn(32, 16, generator=generator)
        loss = F.cross_entropy(model(x), x[:, :4].argmax(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def exploding(steps):
    """A loss that counts a hundred times as much from two thirds of the way on."""
    generator, model = begin(), Language()
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    for step in range(steps):
        loss = loss_of(model, generator) * (300 if step >= steps * 2 // 3 else 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


def broken(steps):
    """A NaN that enters the weights at half of the way."""
    generator, model = begin(), Language()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for step in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        loss.backward()
        if step == steps // 2:
            model.body.linear1.weight.grad[0, 0] = float("nan")
        optimizer.step()
        yield loss.item()


def skipping(steps):
    """A loss scaler that throws away one step of four, as their gradients overflow."""
    generator, model = begin(), Language()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=3)
    for step in range(steps):
        loss = loss_of(model, generator)
        optimizer.zero_grad()
        scaler.scale(loss * (1e38 if step % 4 == 0 else 1.0)).backward()
        scaler.step(optimizer)
        scaler.update()
        yield loss.item()


Training = Callable[[int], Iterator[float]]

HEALTHY: dict[str, Training] = {
    training.__name__: training
    for training in (
        language, tied, convolution, recurrent, tasks, adapters, adversaries, scaled, distilled,
    )
}  # fmt: skip

ILL: dict[str, Training] = {
    training.__name__: training
    for training in (
        other_copy, left_out, halves, rounded, starved, vanishing, exploding, broken, skipping,
    )
}  # fmt: skip


def main() -> None:
    """Train and print the losses, so slowly that somebody may look."""
    name, steps, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(1)
    for step, loss in enumerate({**HEALTHY, **ILL}[name](steps), 1):
        sys.stdout.write(f"step {step}: loss {loss:.4f}\n")
        sys.stdout.flush()
        time.sleep(seconds)


if __name__ == "__main__":
    main()
