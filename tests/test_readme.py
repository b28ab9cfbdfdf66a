"""README and docs are true: their commands run, their files work, their tables are the code's."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from logwatch.cli import COMMANDS
from tests.attach.conftest import need_ptrace

HERE = Path(__file__).resolve().parent.parent
README = (HERE / "README.md").read_text()
PAGES = {
    path.name: path.read_text()
    for path in (HERE / "README.md", *sorted((HERE / "docs").glob("*.md")))
}
NEEDED = (
    "pyproject.toml",
    "README.md",
    "docs",
    "LICENSE",
    "Makefile",
    "logwatch",
    "parsers",
    "sample_logs",
)

FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:logwatch|make) [^`]*)`")
LINK = re.compile(r"\]\(([^)#]+)\)")


def find_commands() -> list[str]:
    """Every line of a shell block of all pages, and the README's commands between backquotes."""
    blocks = [found for text in PAGES.values() for found in FENCE.findall(text)]
    lines = [line for kind, _, body in blocks if kind == "sh" for line in body.splitlines()]
    return list(dict.fromkeys([*lines, *INLINE.findall(FENCE.sub("", README))]))


ATTACHING = [
    command
    for command in re.findall(r"^\$ (.*?) +#", PAGES["attach.md"], re.MULTILINE)
    if "4242" in command
]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own that finds the libraries of this one, and no logwatch yet."""
    folder = tmp_path_factory.mktemp("readme") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "bin" / "pip").write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n')
    (folder / "bin" / "pip").chmod(0o755)
    paths = {name: sysconfig.get_path(name) for name in ("purelib", "platlib")}
    inside = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    (Path(inside) / "libraries.pth").write_text("\n".join(sorted(set(paths.values()))))
    for name in (".logwatch-runs", ".logwatch-installed"):
        (folder / name).touch()
        os.utime(folder / name, (2**32, 2**32))  # newer than any pyproject.toml
    return folder


@pytest.fixture(scope="module")
def folder(program: Path) -> Iterator[Path]:
    """A copy of the checkout, with the logs and the dialect that the README speaks of."""
    folder = program.parent / "checkout"
    folder.mkdir()
    for name in NEEDED:
        copy = shutil.copytree if (HERE / name).is_dir() else shutil.copy
        copy(HERE / name, folder / name)
    healthy = (HERE / "sample_logs" / "healthy-language-model.out").read_bytes()
    (folder / "runs").mkdir()
    for name in ("train.log", "runs/before.log"):
        (folder / name).write_bytes(healthy)
    odd = (f"[batch {n}] objective {5 - n / 50:.3f} penalty 0.{n:03d}\n" for n in range(1, 100))
    (folder / "odd.log").write_text("".join(odd))
    for text in PAGES.values():
        for kind, name, body in FENCE.findall(text):
            if kind == "toml" and name:
                (folder / name).write_text(body)
    return folder


def run(command: str, program: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command as a reader would, with the environment of its own first in PATH."""
    environment = {
        **os.environ,
        "PATH": f"{program}/bin{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's own way to say: build with what is installed
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VENV": str(program),
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def installed(program: Path, folder: Path) -> None:
    """The first command of the README, which all others need."""
    first = find_commands()[0]
    done = run(first, program, folder)
    assert ("pip install .", 0) == (first, done.returncode), done.stderr[-2000:]


@pytest.mark.parametrize("command", find_commands()[1:])
def test_a_command_of_the_readme_works(command: str, program: Path, folder: Path):
    """Each command ends well and says something, in a file or on the screen, and no traceback."""
    done = run(command, program, folder)

    assert 0 == done.returncode, done.stderr[-2000:]
    assert done.stdout or done.stderr or ">" in command
    assert "Traceback" not in done.stderr


def test_the_taught_dialect_reads_its_log(program: Path, folder: Path):
    """The dialect of the README makes an unreadable log readable."""
    before = run("logwatch check odd.log", program, folder)
    after = run("logwatch check odd.log --parser my-trainer.toml", program, folder)

    assert "no metric found" in before.stdout
    assert "train/penalty" in after.stdout


def test_every_command_is_told():
    """No subcommand is left out of README and docs."""
    commands = "\n".join(PAGES.values())

    assert [] == [
        name for name in COMMANDS if name != "watch" and f"logwatch {name}" not in commands
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str):
    """Files, pages and pictures that a page names are in the repository."""
    home = HERE if name == "README.md" else HERE / "docs"
    links = [link for link in LINK.findall(PAGES[name]) if "://" not in link]

    assert [] == [link for link in links if not (home / link).exists()]


def test_the_readme_leads_to_every_page():
    """No page of the documentation is hidden."""
    assert [] == [name for name in PAGES if name != "README.md" and f"docs/{name}" not in README]


@pytest.fixture
def tables() -> ModuleType:
    """The script that writes the tables."""
    path = HERE / "scripts" / "docs_tables.py"
    spec = importlib.util.spec_from_file_location("docs_tables", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_code(tables: ModuleType):
    """Every rule, dialect and key is in the docs; `make tables` writes them."""
    assert {name: PAGES[name] for name in tables.PAGES} == tables.write_pages(PAGES)


def test_the_first_screen_has_sentence_picture_and_two_commands():
    """Whoever opens the README sees what it is, how it looks, and how to start, in that order."""
    first = README.partition("The first command")[0]

    sentence, picture, commands = (first.index(mark) for mark in ("\n\n", "![", "```sh"))
    assert sentence < picture < commands
    assert 2 == FENCE.search(first)[3].count("\n")


TRAINING = """
import itertools, time, torch
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in itertools.count(1):
    x = torch.randn(64, 4)
    loss = (model(x).squeeze(1) - x.sum(1) - torch.randn(64)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {step} | loss {loss.item():.4f}", flush=True)
    time.sleep(0.01)
"""


@pytest.fixture(scope="module")
def training(folder: Path) -> Iterator[int]:
    """The process id of a training that runs."""
    pytest.importorskip("torch", reason="needs torch")
    need_ptrace()
    with (folder / "attached.out").open("wb") as log:
        words = [sys.executable, "-u", "-c", TRAINING]
        ranked = {**os.environ, "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1"}
        process = subprocess.Popen(words, env=ranked, stdout=log, stderr=log)
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize("command", ATTACHING)
def test_a_command_that_attaches_works(command: str, program: Path, folder: Path, training: int):
    """Each is done on a training that runs; what has no end of its own is ended by Ctrl-C."""
    words = command.replace("4242", str(training)).replace("--for 30", "--for 2")
    seconds = 4 if "--out" in words else 60
    done = run(f"timeout --foreground --preserve-status -s INT {seconds} {words}", program, folder)

    assert 0 == done.returncode, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert f"attached to {training}" in done.stderr or "probe" in done.stdout
