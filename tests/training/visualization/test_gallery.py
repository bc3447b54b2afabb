"""A gallery is made whole, goes on where it was killed, and belongs to one model file."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from recognizer.explain import gallery as stored
from recognizer.model_file.artifact import Artifact
from tests.training.visualization.models import model_file
from training.visualization import gallery
from training.visualization.gallery import Effort

pytestmark = pytest.mark.tensorflow

EFFORT = Effort(filters=3, steps=2)


@pytest.fixture
def source(tmp_path: Path, tiny_architecture: str) -> Artifact:
    return model_file(tmp_path / "tiny-1.h5", tiny_architecture)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The filters and classes that were drawn together, in their order."""
    ascend, found = gallery.ascend, []

    def noted(look: gallery.Look, units: list[int], *others: object, **options: object) -> object:
        found.append(tuple(units))
        return ascend(look, units, *others, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(gallery, "ascend", noted)
    return found


def test_it_has_the_filters_of_each_stage_and_every_class(source: Artifact) -> None:
    folder = gallery.make(source, EFFORT)

    made = stored.read(source.path, source.digest)
    assert made is not None
    assert [(stage.name, len(stage.filters)) for stage in made.stages] == [("conv1", 3), ("conv2", 3)]
    assert [drawn.label for drawn in made.classes] == ["cat", "dog", "horse"]
    assert {path.name for path in folder.iterdir()} == {"gallery.json", *(drawn.file for drawn in made.pictures())}
    for picture in made.pictures():
        data = stored.picture(source.path, made, picture.file)
        assert data is not None
        assert Image.open(io.BytesIO(data)).size == (32, 32), picture.file


def test_of_too_many_classes_the_first_are_drawn(source: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MOST_PICTURES", 2)

    gallery.make(source, EFFORT)

    made = stored.read(source.path, source.digest)
    assert made is not None
    assert [drawn.label for drawn in made.classes] == ["cat", "dog"]


def test_a_run_that_was_killed_goes_on_with_what_it_has(
    source: Artifact, drawn: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = gallery._publish
    monkeypatch.setattr(gallery, "_publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        gallery.make(source, EFFORT)
    [drafts] = source.path.parent.glob(".tiny-1.gallery-*")
    (drafts / "class-1.webp").unlink()
    before = len(drawn)

    monkeypatch.setattr(gallery, "_publish", publish)
    gallery.make(source, EFFORT)

    assert drawn[before:] == [(1,)]
    assert list(source.path.parent.glob(".*")) == []


def test_a_filter_that_grey_does_not_excite_begins_again_with_clouds(
    source: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    ascend, contrasts = gallery.ascend, []

    def idle_on_grey(look: gallery.Look, units: list[int], climb: gallery.Climb, **options: object) -> gallery.Found:
        found = ascend(look, units, climb, **options)  # type: ignore[arg-type]
        contrasts.append(climb.contrast)
        return found if climb.contrast == gallery.CLOUDS else replace(found, excited=0 * found.excited)

    monkeypatch.setattr(gallery, "ascend", idle_on_grey)
    gallery.make(source, EFFORT)

    made = stored.read(source.path, source.digest)
    assert made is not None
    assert contrasts.count(gallery.CLOUDS) == 2, "once for each stage; a class may have a score below 0"
    assert any(drawn.excited > 0 for stage in made.stages for drawn in stage.filters)


def test_another_effort_begins_anew_and_leaves_nothing_of_the_old_one(source: Artifact) -> None:
    gallery.make(source, EFFORT)

    folder = gallery.make(source, Effort(filters=1, steps=1))

    assert len(list(folder.glob("*.webp"))) == 2 + 3


def test_a_damaged_list_of_what_is_done_is_not_believed(source: Artifact, tmp_path: Path) -> None:
    for text in (b"", b"[1]", b'{"class-0.webp": "much"}', b'{"../../etc/passwd": 1.0}', b"\xff"):
        (tmp_path / "done.json").write_bytes(text)

        assert gallery._done(tmp_path) == {}, text


def test_a_network_for_grey_digits_has_a_gallery_too(tmp_path: Path) -> None:
    source = model_file(tmp_path / "digits-1.h5", "simple_cnn")

    gallery.make(source, Effort(filters=2, steps=1))

    made = stored.read(source.path, source.digest)
    assert made is not None
    assert [stage.size for stage in made.stages] == [32, 32]
    assert made.class_size == 28


def test_where_nothing_can_be_written_the_folder_is_named(source: Artifact) -> None:
    stored.folder(source.path).with_name(f".tiny-1.gallery-{gallery._key(source, EFFORT)}").write_text("in the way")

    with pytest.raises(gallery.ArtifactError, match=r"tiny-1\.gallery"):
        gallery.make(source, EFFORT)
