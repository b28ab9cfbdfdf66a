"""Write the completion scripts and the man page from the command line's own parser.

    python scripts/shell_files.py

`tests/test_shell_files.py` fails where a file is older than the parser.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

import shtab
from argparse_manpage.manpage import Manpage

from logwatch import __version__
from logwatch.cli import COMMANDS, SUMMARY
from logwatch.cli.completion import SHELLS

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "logwatch" / "cli" / "shell"
FILES = ("FILE", "TARGET", "NAME|FILE")
"""Names of arguments that are files."""


FIRST_WORD = {
    "bash": ("complete -o bashdefault -F", "complete -o bashdefault -o default -F"),
    "zsh": (
        "_describe 'logwatch commands' _commands",
        "_alternative 'commands:: _describe command _commands' 'files::_files'",
    ),
    "fish": ("complete -c logwatch -f\n", ""),
}
"""What each script says of the first word, and what lets it be a log as well as a command."""


def build_parser() -> argparse.ArgumentParser:
    """All commands as subparsers of one parser; the program itself makes one at a time."""
    description = SUMMARY.partition("\n\n")[2].partition("\n\ncommands:")[0]
    parser = argparse.ArgumentParser("logwatch", description=description)
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(name, help=meaning, description=meaning)
        import_module(f"logwatch.cli.{name}").add_arguments(command)
        for action in command._actions:
            if action.metavar in FILES:
                action.complete = shtab.FILE  # type: ignore[attr-defined]
    return parser


def list_options() -> list[list[str]]:
    """The names of each option of each command."""
    found = []
    for name in COMMANDS:
        command = argparse.ArgumentParser(name)
        import_module(f"logwatch.cli.{name}").add_arguments(command)
        found += [list(action.option_strings) for action in command._actions]
    return found


def build_files() -> dict[str, str]:
    """The text of each file by its name."""
    parser = build_parser()
    texts = {}
    for shell in SHELLS:
        only_commands, logs_too = FIRST_WORD[shell]
        script = shtab.complete(parser, shell)
        assert only_commands in script, f"shtab writes another script for {shell}"
        texts[f"logwatch.{shell}"] = script.replace(only_commands, logs_too)
    data = {
        "project_name": "logwatch",
        "version": __version__,
        "description": "show whether a training run is all right and, if not, why",
        "long_description": parser.description,
        "manual_title": "logwatch",
        "date": " ",
    }
    texts["logwatch.1"] = str(Manpage(parser, data, format="single-commands-section"))
    return {name: text.rstrip() + "\n" for name, text in texts.items()}


def main() -> int:
    """Write the files."""
    for name, text in build_files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
