"""Where models, data and caches lie: in this checkout, and as if the package were installed."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from recognizer import folders

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a home, and nothing said about any folder."""
    for name in ("MENAGERIE_MODELS", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_checkout_has_its_models_and_data_beside_the_code(home: Path) -> None:
    assert (folders.models(), folders.data()) == (ROOT / "models", ROOT / "var")


def test_an_installed_package_keeps_them_with_the_users_files(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "CHECKOUT", None)

    assert folders.data().is_relative_to(home)
    assert folders.models() == folders.data() / "models"


def test_a_path_in_a_command_line_is_not_taken_for_an_option() -> None:
    line = folders.command_line("recognizer", "classify", Path("-my pics"), Path("pics"), "--passed-over")

    assert line.endswith(" classify './-my pics' pics --passed-over")


def test_the_setting_says_where_models_are(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENAGERIE_MODELS", "~/farm")

    assert folders.models() == home / "farm"


@pytest.mark.parametrize("value", [None, "", "relative/cache"])
def test_without_a_valid_cache_folder_it_is_in_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", value)

    assert folders.cache() == home / ".cache" / "menagerie"


def test_a_user_without_a_home_has_no_cache_and_the_systems_data_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    monkeypatch.setattr(folders, "CHECKOUT", None)

    assert folders.cache() is None
    assert folders.data() == Path("/var/lib/menagerie")
