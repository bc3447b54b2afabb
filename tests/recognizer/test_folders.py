"""Where models, data and caches lie: in this checkout, and as if the package were installed."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from recognizer import cli, folders

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


def test_a_path_in_the_home_of_nobody_is_refused(home: Path) -> None:
    assert folders.expanded("~/farm") == home / "farm"
    with pytest.raises(ValueError, match="the home folder of a user of this machine"):
        folders.expanded("~nobody-of-this-name/farm")


@pytest.mark.parametrize("name", ["MENAGERIE_MODELS", "MENAGERIE_DATA"])
def test_a_command_says_whose_home_it_does_not_know(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "~nobody-of-this-name/farm")

    assert cli.main(["versions"]) == 1
    assert f"{name}: Expected " in capsys.readouterr().err


@pytest.mark.slow
def test_the_library_can_be_loaded_wherever_the_models_are_said_to_be(home: Path) -> None:
    wrong = os.environ | {"MENAGERIE_MODELS": "~nobody-of-this-name/farm"}

    subprocess.run([sys.executable, "-c", "import recognizer.cli, training.cli"], cwd=ROOT, env=wrong, check=True)


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
