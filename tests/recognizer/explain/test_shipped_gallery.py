"""The gallery that is shipped belongs to the model that is shipped, is whole, and is small."""

from __future__ import annotations

import io

from PIL import Image

from recognizer.explain import gallery
from recognizer.model_file import artifact
from recognizer.registry import versions

MOST_BYTES = 3_000_000


def test_it_is_of_the_active_model_and_has_every_class() -> None:
    model = versions.active()
    found = gallery.read(model, artifact.digest(model))

    assert found is not None
    assert tuple(drawn.label for drawn in found.classes) == artifact.read(model).metadata.class_names
    assert [len(stage.filters) for stage in found.stages] == [16] * 5
    assert all(drawn.excited > 0 for drawn in found.pictures())


def test_each_picture_is_there_and_all_are_small() -> None:
    model = versions.active()
    found = gallery.read(model, artifact.digest(model))
    assert found is not None

    pictures = {drawn.file: gallery.picture(model, found, drawn.file) for drawn in found.pictures()}

    for name, data in pictures.items():
        assert data is not None, name
        with Image.open(io.BytesIO(data)) as picture:
            assert picture.format == "WEBP", name
            assert not picture.getexif(), name
    assert {path.name for path in gallery.folder(model).iterdir()} == {gallery.MANIFEST, *pictures}
    assert sum(path.stat().st_size for path in gallery.folder(model).iterdir()) < MOST_BYTES
