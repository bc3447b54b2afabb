from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webui.config import secret_key
from webui.config.environment import SettingsError


def test_the_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"

    assert secret_key.read_or_create(path) == secret_key.read_or_create(path)


def test_the_key_is_long_enough_for_django(tmp_path: Path) -> None:
    assert len(secret_key.read_or_create(tmp_path / "secret-key")) >= 50


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    secret_key.read_or_create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(secret_key.read_or_create, [path] * 32))

    assert len(keys) == 1
    assert [item.name for item in tmp_path.iterdir()] == ["secret-key"]


@pytest.mark.parametrize("content", ["", "hunter2\n", "k" * 49 + "\n"])
def test_a_file_that_holds_no_key_as_long_as_the_setting_must_be_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret-key"
    path.write_text(content, encoding="ascii")

    with pytest.raises(SettingsError, match="Expected at least 50 random characters") as caught:
        secret_key.read_or_create(path)

    assert f"Received: {len(content.strip())} of them" in str(caught.value)
    assert "Remove it, and a new one is made" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_place_that_cannot_be_written_names_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(
        SettingsError, match="Set MENAGERIE_DATA to a folder that can be written to, or MENAGERIE_SECRET_KEY"
    ):
        secret_key.read_or_create(tmp_path / "file" / "secret-key")
