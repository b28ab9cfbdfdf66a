"""Completion scripts and the man page: current, and working in the real shells."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pexpect
import pytest

from logwatch.cli import exits, main
from logwatch.cli.completion import SHELLS

BASH = """
source "$1"
COMP_WORDS=(logwatch {words}); COMP_CWORD={last}
_shtab_logwatch logwatch "${{COMP_WORDS[-1]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the files."""
    path = Path(__file__).resolve().parent.parent / "scripts" / "shell_files.py"
    spec = importlib.util.spec_from_file_location("shell_files", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one log."""
    (tmp_path / "slurm-17.out").touch()
    return tmp_path


def need(shell: str) -> None:
    """Skip where the shell is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")


def test_the_files_are_those_of_the_parser(generator: ModuleType):
    """Every option of every command is in each file; `make shell` writes them."""
    options = {word for line in generator.list_options() for word in line}
    for name in generator.build_files():
        text = (generator.FOLDER / name).read_text().replace("\\-", "-")
        missing = [word for word in options if word.lstrip("-") not in text]

        assert (name, []) == (name, missing)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_program_prints_the_script(shell: str, generator: ModuleType, capsys):
    """`logwatch completion SHELL` prints what was made at build time, without shtab."""
    assert exits.OK == main(["completion", shell])
    assert (generator.FOLDER / f"logwatch.{shell}").read_text() == capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "wanted"), [("che", "check"), ("check --js", "--json"), ("check sl", "slurm-17.out")]
)
def test_bash_completes(words: str, wanted: str, generator: ModuleType, folder: Path):
    """A command, an option, and a log."""
    code = BASH.format(words=words, last=len(words.split()))
    command = ["bash", "-c", code, "bash", generator.FOLDER / "logwatch.bash"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)

    assert wanted in done.stdout.split()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("che", "check"),
        ("sl", "slurm-17.out"),
        ("check --js", "--json"),
        ("check sl", "slurm-17.out"),
    ],
)
def test_fish_completes(line: str, wanted: str, generator: ModuleType, folder: Path):
    """A command or a log as the first word, an option, and a log."""
    need("fish")
    code = f"source {generator.FOLDER}/logwatch.fish; complete -C 'logwatch {line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )

    assert [wanted] == [row.split("\t")[0] for row in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("line", "wanted"), [("che", "check"), ("sl", "slurm-17.out"), ("check --js", "check --json")]
)
def test_zsh_completes(line: str, wanted: str, generator: ModuleType, folder: Path, tmp_path: Path):
    """A command or a log as the first word, and an option, at the keyboard."""
    need("zsh")
    functions = tmp_path / "functions"
    functions.mkdir()
    shutil.copy(generator.FOLDER / "logwatch.zsh", functions / "_logwatch")
    shell = pexpect.spawn("zsh", ["-f"], cwd=str(folder), encoding="utf-8", dimensions=(24, 100))
    setup = f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; PS1='rea''dy> '"
    shell.sendline(setup)
    shell.expect_exact("ready> ")
    shell.send(f"logwatch {line}\t")
    shell.expect_exact(f"logwatch {wanted}")
    shell.close(force=True)


def test_the_man_page_is_a_man_page(generator: ModuleType):
    """It names the program and each command."""
    text = (generator.FOLDER / "logwatch.1").read_text()

    assert text.startswith(".TH LOGWATCH")
    assert [] == [name for name in generator.COMMANDS if f"logwatch {name}" not in text]
