"""What is installed is whole: packages, dialects, the demo's log, and the program itself."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from logwatch import __version__

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "logwatch", "parsers", "sample_logs")
DATA_PACKAGES = {"logwatch.parsers": "parsers", "logwatch.sample_logs": "sample_logs"}


@pytest.fixture(scope="session")
def project(checkout: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((checkout / "pyproject.toml").read_text())


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source archive, as an index would serve it."""
    folder = tmp_path_factory.mktemp("build")
    for name in NEEDED:
        copy = shutil.copytree if (checkout / name).is_dir() else shutil.copy
        copy(checkout / name, folder / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-2000:]
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--quiet", "--target", folder]
    subprocess.run([*command, wheel], check=True)
    return folder


def run(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program from another folder."""
    code = (
        "import logwatch, sys; from logwatch.cli import main; "
        "assert logwatch.__file__.startswith(sys.argv[1]), logwatch.__file__; "
        "sys.exit(main(sys.argv[2:]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(installed), *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_package_is_listed(checkout: Path, project):
    """The packages of pyproject.toml are those on disk, and the two that hold data."""
    found = {
        ".".join(init.parent.relative_to(checkout).parts)
        for init in (checkout / "logwatch").rglob("__init__.py")
    }

    listed = project["tool"]["setuptools"]["packages"]
    assert found | set(DATA_PACKAGES) == set(listed)
    assert len(set(listed)) == len(listed)


def test_data_lie_where_pyproject_says(checkout: Path, project):
    """Each data package is a folder without Python of its own, and its files are there."""
    setuptools = project["tool"]["setuptools"]
    for package, folder in DATA_PACKAGES.items():
        assert folder == setuptools["package-dir"][package]
        assert [] == list((checkout / folder).glob("*.py"))
        for pattern in setuptools["package-data"][package]:
            assert list((checkout / folder).glob(pattern))


def test_the_version_is_one(project):
    """The package and its metadata tell the same version."""
    assert project["project"]["version"] == __version__


def test_the_changelog_knows_the_version(checkout: Path):
    """The newest entry of the changelog is this version, or what comes after it."""
    changelog = (checkout / "CHANGELOG.md").read_text()

    assert f"## [{__version__}]" in changelog or "## [Unreleased]" in changelog


def test_the_wheel_holds_all_that_runs_and_no_tests(checkout: Path, wheel: Path):
    """Every module, dialect and style sheet is in the wheel, with the licence."""
    names = set(zipfile.ZipFile(wheel).namelist())

    modules = {str(p.relative_to(checkout)) for p in (checkout / "logwatch").rglob("*.py")}
    styles = {str(p.relative_to(checkout)) for p in (checkout / "logwatch").rglob("*.tcss")}
    dialects = {f"logwatch/parsers/{p.name}" for p in (checkout / "parsers").glob("*.toml")}
    assert set() == (modules | styles | dialects) - names
    assert "logwatch/sample_logs/healthy-language-model.out" in names
    assert "logwatch/py.typed" in names
    assert [] == [name for name in names if name.startswith("tests") or "scripts/" in name]
    assert 1 == len([name for name in names if name.endswith("LICENSE")])


def test_the_installed_program_checks_a_log(installed: Path, checkout: Path, tmp_path: Path):
    """Far from the checkout, the program reads a log with the dialects that it brought along."""
    shutil.copy(checkout / "sample_logs" / "distillation-nan.out", tmp_path)

    done = run(installed, tmp_path, "check", "--json", "distillation-nan.out")

    (found,) = json.loads(done.stdout)["runs"]
    assert ("", 1) == (done.stderr, done.returncode)
    assert "non-finite" in [finding["rule"] for finding in found["findings"]]


@pytest.mark.parametrize("words", [["demo", "--no-screen"], ["dialects"], ["rules"], ["--version"]])
def test_the_installed_program_has_its_data(installed: Path, tmp_path: Path, words):
    """The demo's log and the dialects are found where they were installed."""
    done = run(installed, tmp_path, *words)

    assert ("", 0) == (done.stderr, done.returncode)
    assert done.stdout


def test_the_lowest_versions_are_those_that_are_tested(checkout: Path, project):
    """`tests/lowest.txt` pins each dependency at the bound that pyproject.toml gives."""
    bounds = dict(
        re.fullmatch(r"([\w-]+)>=([\d.]+).*", one).groups()
        for one in project["project"]["dependencies"]
    )
    lines = (checkout / "tests/lowest.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))

    assert {name: _numbers(bound) for name, bound in bounds.items()} == {
        name: _numbers(pin) for name, pin in pins.items()
    }


def _numbers(version: str) -> tuple[int, ...]:
    """A version without the zeros at its end."""
    return tuple(map(int, re.sub(r"(\.0)+$", "", version).split(".")))
