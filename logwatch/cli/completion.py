"""`logwatch completion SHELL`: print the completion script of a shell."""

import argparse
import sys
from importlib.resources import files

from logwatch.cli import exits

SHELLS = ("bash", "zsh", "fish")

HOW = """\
to use it:
  bash   logwatch completion bash > ~/.local/share/bash-completion/completions/logwatch
  zsh    logwatch completion zsh > a folder of $fpath/_logwatch
  fish   logwatch completion fish > ~/.config/fish/completions/logwatch.fish
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say which arguments it takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = HOW
    parser.add_argument("shell", choices=SHELLS, help="the shell that completes")


def run(args: argparse.Namespace) -> int:
    """Print the script, which was made when logwatch was built."""
    script = files("logwatch.cli") / "shell" / f"logwatch.{args.shell}"
    sys.stdout.write(script.read_text(encoding="utf-8"))
    return exits.OK
