"""What is set before Textual is imported."""

import os

import pytest

from logwatch.tui import DEFAULTS, prepare_environment


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment in which nothing is set."""
    for name in (*DEFAULTS, "COLORFGBG"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return monkeypatch


def test_over_ssh_fewer_frames_are_drawn(environment: pytest.MonkeyPatch) -> None:
    """Each frame is bytes on a slow link."""
    prepare_environment(is_slow=True)

    assert ("10", "none", "0") == tuple(
        os.environ[f"TEXTUAL_{name}"] for name in ("FPS", "ANIMATIONS", "SMOOTH_SCROLL")
    )


def test_what_the_user_set_stays(environment: pytest.MonkeyPatch) -> None:
    """Nothing of it is overridden."""
    environment.setenv("TEXTUAL_FPS", "60")
    environment.setenv("TEXTUAL_THEME", "nord")
    environment.setenv("COLORFGBG", "0;15")
    prepare_environment(is_slow=True)

    assert ("60", "nord") == (os.environ["TEXTUAL_FPS"], os.environ["TEXTUAL_THEME"])


@pytest.mark.parametrize(
    ("colours", "theme"),
    [
        ("15;0", "ansi-dark"),
        ("0;15", "ansi-light"),
        ("0;default;7", "ansi-light"),
        ("7;8", "ansi-dark"),
        ("0;default", "ansi-dark"),
    ],
)
def test_a_light_terminal_has_a_light_theme(
    environment: pytest.MonkeyPatch, colours: str, theme: str
) -> None:
    """Where the terminal tells its background, the theme follows it."""
    environment.setenv("COLORFGBG", colours)
    prepare_environment(is_slow=False)

    assert theme == os.environ["TEXTUAL_THEME"]
