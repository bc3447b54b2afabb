"""What the backbone makes of pictures, and when it is computed again."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognizer import architectures
from training.config import Augmentation
from training.data.dataset import scan
from training.errors import OtherCode
from training.network.feature_cache import FeatureCache

if TYPE_CHECKING:
    import keras

    from training.network.features import Chunk, Features, Floats, PortableFeatures

pytestmark = pytest.mark.tensorflow


def model(architecture: str, *, seed: int = 5) -> keras.Model:
    import keras

    keras.utils.set_random_seed(seed)
    return architectures.build(architecture, 3)


def features(
    architecture: str, network: keras.Model, cache: FeatureCache | None = None, *, seed: int = 1, **changes: float
) -> Features:
    from training.data.batches import Variation
    from training.network.features import Features

    return Features(
        network,
        architectures.get(architecture).preprocessing,
        cache,
        variation=Variation(Augmentation(**changes), seed=seed),
    )


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features.sqlite3")


def test_there_is_a_row_for_each_view_of_each_picture(tiny_architecture: str, class_folders: Path) -> None:
    pictures = scan(class_folders).images

    rows = features(tiny_architecture, model(tiny_architecture)).of(pictures, views=3)

    assert rows.shape == (3 * 36, 16)
    assert not np.allclose(rows[:36], rows[36:72])


def test_kept_features_are_the_same_numbers_and_are_not_computed(
    tiny_architecture: str, class_folders: Path, cache: FeatureCache
) -> None:
    pictures = scan(class_folders).images
    computed = features(tiny_architecture, model(tiny_architecture), cache).of(pictures, views=2)
    for picture in pictures:
        picture.path.unlink()

    kept = features(tiny_architecture, model(tiny_architecture), cache).of(pictures, views=2)

    assert np.array_equal(computed, kept)


def test_a_picture_more_leaves_the_others_as_they_are(
    tiny_architecture: str, class_folders: Path, cache: FeatureCache
) -> None:
    pictures = scan(class_folders).images
    without = features(tiny_architecture, model(tiny_architecture)).of(pictures[1:], views=2)

    rows = features(tiny_architecture, model(tiny_architecture)).of(pictures, views=2)

    np.testing.assert_allclose(rows[37:], without[35:], atol=1e-5)


@pytest.mark.parametrize("change", ["weights", "seed", "augmentation", "preprocessing"])
def test_what_decides_about_features_makes_them_others(
    tiny_architecture: str, class_folders: Path, cache: FeatureCache, change: str
) -> None:
    pictures = scan(class_folders).images[:4]
    features(tiny_architecture, model(tiny_architecture), cache).of(pictures, views=2)

    other = features(
        tiny_architecture,
        model(tiny_architecture, seed=6 if change == "weights" else 5),
        cache,
        seed=2 if change == "seed" else 1,
        **({"mirror": 1.0} if change == "augmentation" else {}),
    )
    if change == "preprocessing":
        other.preprocessing = other.preprocessing.changed(input_size=24, grey=None)
    keys = {other._key(shown) for shown in other._shown(pictures, 2)}

    assert len(cache.get(list(keys))) == (4 if change in ("seed", "augmentation") else 0)


class OtherMachines:
    """Machines that are this one; all that they are given is pickled, and the last chunk is ready first."""

    def __init__(self) -> None:
        self.pictures = 0

    def compute(self, network: PortableFeatures, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
        there = pickle.loads(pickle.dumps(network)).opened()
        for chunk in reversed(chunks):
            self.pictures += len(chunk)
            yield there.of_chunk(pickle.loads(pickle.dumps(chunk)))


def test_other_machines_compute_the_same_and_fill_the_same_cache(
    tiny_architecture: str, class_folders: Path, cache: FeatureCache
) -> None:
    pictures = scan(class_folders).images
    here = features(tiny_architecture, model(tiny_architecture)).of(pictures, views=2)
    others = OtherMachines()

    for _ in range(2):
        asking = features(tiny_architecture, model(tiny_architecture), cache)
        asking.machines = others
        assert np.array_equal(asking.of(pictures, views=2), here)

    assert others.pictures == 72


def test_a_machine_that_would_compute_something_else_says_so(tiny_architecture: str) -> None:
    network = replace(features(tiny_architecture, model(tiny_architecture)).portable(), made_by="another version")

    with pytest.raises(OtherCode, match=r"another Menagerie, or another tensorflow, keras, pillow, numpy\. Install"):
        network.opened()
