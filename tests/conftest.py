"""What all tests share: where the shared data lie, and that a skip is never overlooked.

On a laptop a skipped group says in one line what it lacks. Where CI=true a skip is a failure, but
for the words in LOGWATCH_MAY_SKIP (separated by commas), which a runner sets for what it cannot
have: a skip whose reason holds one of them stays a skip.
"""

import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from logwatch.parsing.library import Library
from logwatch.sources.dialects.load import load_library

CHECKOUT = Path(__file__).resolve().parent.parent
SHARED = CHECKOUT.parent / "shared"

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
"""A loaded machine takes longer over an example, which proves nothing."""

Report = pytest.TestReport | pytest.CollectReport


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds pyproject.toml."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of logs and cases beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder `shared` beside the checkout")
    return SHARED


@pytest.fixture(autouse=True, scope="session")
def _plain_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """No test depends on how the developer's own terminal and home are set up."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LOGWATCH_DEBUG"):
            patch.delenv(name, raising=False)
        for name in ("CONFIG", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        yield


@pytest.fixture(scope="session")
def library() -> Library:
    """All dialects that come with logwatch."""
    library, faults = load_library()
    assert () == faults
    return library


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    """Make a test's skip a failure where it must not happen."""
    return _strict((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Report, Report]:
    """Make a whole module's skip a failure where it must not happen."""
    return _strict((yield))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line a group what was not run, and what it lacks."""
    reasons = Counter(skip_reason(report) for report in terminalreporter.getreports("skipped"))
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"not run: {count} x {reason}", yellow=True)


def skip_reason(report: Report) -> str:
    """Why a test was skipped, without the place."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def must_run(reason: str, environment: "os._Environ[str] | dict[str, str]") -> bool:
    """Whether a skip for this reason is a failure here."""
    if environment.get("CI") != "true":
        return False
    allowed = [word.strip() for word in environment.get("LOGWATCH_MAY_SKIP", "").split(",")]
    return not any(word and word in reason for word in allowed)


def _strict(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = skip_reason(report)
        if must_run(reason, os.environ):
            report.outcome = "failed"
            report.longrepr = f"skipped, which is a failure where CI=true: {reason}"
    return report
