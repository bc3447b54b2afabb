from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from recognizer import Recognizer
from recognizer.errors import ArtifactError
from recognizer.registry import versions
from recognizer.registry.activate import RegistryError, activate, open_verified, rollback
from recognizer.registry.versions import UnknownVersion
from tests.recognizer.fakes import make_recognizer
from tests.recognizer.registry.test_versions import put


def serves(path: Path) -> Recognizer:
    name, _, version = path.stem.rpartition("-")
    return make_recognizer(name=name, version=version)


def refuses(path: Path) -> Recognizer:
    raise ArtifactError(f"{path} is damaged: copy it again.")


def files(models: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in models.iterdir() if path.name != ".lock"}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return put(tmp_path, "animals-1", "animals-2", "animals-3", active="animals-1")


def test_an_activated_version_is_active_and_the_one_before_is_kept_in_mind(models: Path) -> None:
    done = activate("2", models, verify=serves)

    assert (models / "ACTIVE").read_bytes() == b"animals-2\n"
    assert (models / "PREVIOUS").read_bytes() == b"animals-1\n"
    assert (done.path, done.before) == (models / "animals-2.h5", models / "animals-1.h5")


def test_nothing_else_is_left_in_the_folder(models: Path) -> None:
    before = set(files(models))

    activate("2", models, verify=serves)

    assert set(files(models)) == before | {"PREVIOUS"}


def test_others_may_read_what_was_written(models: Path) -> None:
    old = os.umask(0o022)
    try:
        activate("2", models, verify=serves)
    finally:
        os.umask(old)

    assert [(models / name).stat().st_mode & 0o777 for name in ("ACTIVE", "PREVIOUS")] == [0o644, 0o644]


def test_a_version_that_cannot_be_served_changes_nothing(models: Path) -> None:
    activate("2", models, verify=serves)
    before = files(models)

    with pytest.raises(ArtifactError, match="copy it again"):
        activate("3", models, verify=refuses)

    assert files(models) == before


def test_an_unknown_version_changes_nothing(models: Path) -> None:
    before = files(models)

    with pytest.raises(UnknownVersion):
        activate("4", models, verify=serves)

    assert files(models) == before


def test_activating_the_active_version_keeps_the_way_back(models: Path) -> None:
    activate("2", models, verify=serves)

    done = activate("2", models, verify=serves)

    assert done.before == done.path
    assert versions.previous(models) == models / "animals-1.h5"


def test_a_rollback_swaps_and_a_second_one_undoes_it(models: Path) -> None:
    activate("2", models, verify=serves)

    rollback(models, verify=serves)
    back = versions.active(models), versions.previous(models)
    rollback(models, verify=serves)

    assert back == (models / "animals-1.h5", models / "animals-2.h5")
    assert (versions.active(models), versions.previous(models)) == (models / "animals-2.h5", models / "animals-1.h5")


def test_without_a_previous_version_there_is_no_way_back(models: Path) -> None:
    with pytest.raises(UnknownVersion, match="No other version was active before"):
        rollback(models, verify=serves)


def test_a_previous_version_that_cannot_be_served_any_more_changes_nothing(models: Path) -> None:
    activate("2", models, verify=serves)

    with pytest.raises(ArtifactError):
        rollback(models, verify=refuses)

    assert versions.active(models) == models / "animals-2.h5"


@pytest.mark.parametrize("pointer", [None, b"", b"animals-9", b"\xff"])
def test_a_broken_pointer_is_mended_by_an_activation(models: Path, pointer: bytes | None) -> None:
    (models / "ACTIVE").unlink()
    if pointer is not None:
        (models / "ACTIVE").write_bytes(pointer)

    done = activate("animals-2", models, verify=serves)

    assert done.before is None
    assert versions.active(models) == models / "animals-2.h5"
    assert not (models / "PREVIOUS").exists()


def test_a_broken_pointer_is_mended_by_a_rollback(models: Path) -> None:
    activate("2", models, verify=serves)
    (models / "ACTIVE").unlink()

    rollback(models, verify=serves)

    assert versions.active(models) == models / "animals-1.h5"


def test_an_activation_that_was_killed_halfway_serves_what_it_served(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, lives = Path.replace, iter([True])

    def dies_before_the_second(draft: Path, target: Path) -> Path:
        if not next(lives, False):
            raise KeyboardInterrupt
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", dies_before_the_second)
    with pytest.raises(KeyboardInterrupt):
        activate("2", models, verify=serves)

    assert versions.active(models) == models / "animals-1.h5"
    assert versions.previous(models) is None


def test_a_linked_pointer_is_replaced_and_its_target_stays(models: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (models / "ACTIVE").rename(elsewhere)
    (models / "ACTIVE").symlink_to(elsewhere)

    activate("2", models, verify=serves)

    assert (elsewhere.read_text(), versions.active(models).stem) == ("animals-1\n", "animals-2")


def test_a_linked_model_file_is_activated_by_the_name_of_the_link(models: Path, tmp_path: Path) -> None:
    (models / "animals-4.h5").symlink_to(tmp_path / "animals-3.h5")

    activate("4", models, verify=serves)

    assert (models / "ACTIVE").read_text() == "animals-4\n"


@pytest.mark.parametrize("stem", ["two\nlines-1", " animals-4", "caf\udce9-1", "a\u2028b-1"])
def test_a_file_name_that_a_line_of_text_cannot_hold_is_refused(models: Path, stem: str) -> None:
    (models / f"{stem}.h5").touch()

    with pytest.raises(UnknownVersion, match="Rename the file"):
        activate(stem, models, verify=serves)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="There is no folder"):
        rollback(tmp_path / "nowhere", verify=serves)

    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_to_is_a_sentence(models: Path) -> None:
    (models / ".lock").mkdir()  # As good as a read-only folder, which does not stop root.

    with pytest.raises(RegistryError, match="cannot be written to: Is a directory"):
        activate("2", models, verify=serves)


def test_a_full_disk_changes_nothing(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    before = files(models)
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(RegistryError, match="No space left on device"):
        activate("2", models, verify=serves)

    assert files(models) == before


def test_an_activation_that_does_not_end_is_not_waited_for_for_ever(models: Path) -> None:
    with FileLock(models / ".lock"), pytest.raises(RegistryError, match="Another activation has not ended yet"):
        activate("2", models, verify=serves, lock_timeout_s=0)


def test_while_one_activation_tries_its_model_no_other_begins(models: Path) -> None:
    def serves_alone(path: Path) -> Recognizer:
        with pytest.raises(RegistryError):
            activate("3", models, verify=serves, lock_timeout_s=0)
        return serves(path)

    activate("2", models, verify=serves_alone)

    assert versions.active(models) == models / "animals-2.h5"


def test_activations_at_once_come_one_after_the_other(models: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda version: activate(version, models, verify=serves), "23232323"))

    pointers = [versions.active(models), versions.previous(models)]
    assert sorted(path.stem for path in pointers if path) == ["animals-2", "animals-3"]
    assert [step.path.stem for step in done] == ["animals-2", "animals-3"] * 4


def test_what_is_tried_is_opened_and_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = make_recognizer()
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: fake)

    opened = open_verified(Path("animals-1.h5"))

    assert opened.engine.batches == [(1, 224, 224, 3)]  # type: ignore[attr-defined]
