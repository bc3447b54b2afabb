"""A layer gets its own numbers, in whatever order Keras has written them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer.architectures.description import read
from recognizer.errors import ArtifactError
from recognizer.keras_import import stored_numbers
from tests.recognizer.keras_import.descriptions import image, layer, sequential

KINDS = ("gamma", "beta", "moving_mean", "moving_variance")


def network(*, frozen: bool) -> Any:
    """A network in which two of the three layers of the network inside are normalisations of one channel."""
    inside = sequential(
        layer("RandomFlip", "flip"),
        layer("BatchNormalization", "first", trainable=not frozen),
        layer("BatchNormalization", "second"),
        name="inside",
    )
    return read(sequential(image(), inside, layer("Dense", "dense", units=2)))


def h5(path: Path, inside: list[str]) -> h5py.File:
    """The number of each array says where in the list it stands."""
    file = h5py.File(path, "w")
    dense = file.create_group("model_weights/dense")
    dense.attrs["weight_names"] = [b"dense/kernel:0", b"dense/bias:0"]
    dense["dense/kernel:0"], dense["dense/bias:0"] = np.zeros((3, 2)), np.zeros(2)
    group = file.create_group("model_weights/inside")
    group.attrs["weight_names"] = [name.encode() for name in inside]
    for number, name in enumerate(inside):
        group[name] = np.array([number], np.int64 if "State" in name else np.float32)
    return file


def values(found: list[Any]) -> list[float]:
    return [float(numbers[0]) for numbers in found]


def names(owner: str, kinds: tuple[str, ...]) -> list[str]:
    return [f"{owner}/{kind}:0" for kind in kinds]


def test_what_is_trained_comes_first_and_then_what_is_frozen_or_counted(tmp_path: Path) -> None:
    trained = names("second", KINDS[:2])
    others = names("first", KINDS) + names("second", KINDS[2:])
    with h5(tmp_path / "a.h5", trained + others) as file:
        found = stored_numbers.of_h5(file, network(frozen=True))

    assert values(found[1, 1]) == [2, 3, 4, 5]
    assert values(found[1, 2]) == [0, 1, 6, 7]


def test_without_frozen_layers_all_that_is_trained_comes_first(tmp_path: Path) -> None:
    written = (
        names("first", KINDS[:2]) + names("second", KINDS[:2]) + names("first", KINDS[2:]) + names("second", KINDS[2:])
    )
    with h5(tmp_path / "a.h5", written) as file:
        found = stored_numbers.of_h5(file, network(frozen=False))

    assert values(found[1, 1]) == [0, 1, 4, 5]
    assert values(found[1, 2]) == [2, 3, 6, 7]


def test_layers_frozen_after_the_file_says_so_are_told_by_the_names(tmp_path: Path) -> None:
    with h5(tmp_path / "a.h5", names("first", KINDS) + names("second", KINDS)) as file:
        found = stored_numbers.of_h5(file, network(frozen=False))

    assert values(found[1, 2]) == [4, 5, 6, 7]


def test_the_state_of_a_layer_that_varies_pictures_is_passed_over(tmp_path: Path) -> None:
    written = ["random_flip/StateVar:0", *names("first", KINDS), *names("second", KINDS)]
    with h5(tmp_path / "a.h5", written) as file:
        found = stored_numbers.of_h5(file, network(frozen=False))

    assert values(found[1, 1]) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "written",
    [
        names("first", KINDS),
        names("first", KINDS) + names("second", ("beta", "gamma", "moving_mean", "moving_variance")),
        names("a", KINDS[:1]) + names("b", KINDS[1:]) + names("second", KINDS),
    ],
)
def test_numbers_that_are_not_those_of_the_layers_are_refused(tmp_path: Path, written: list[str]) -> None:
    with (
        h5(tmp_path / "a.h5", written) as file,
        pytest.raises(ArtifactError, match="weights of the layer inside are not those"),
    ):
        stored_numbers.of_h5(file, network(frozen=False))


def test_the_names_of_many_arrays_are_spread_over_several_attributes(tmp_path: Path) -> None:
    with h5(tmp_path / "a.h5", names("first", KINDS) + names("second", KINDS)) as file:
        group = file["model_weights/inside"]
        written = group.attrs["weight_names"]
        del group.attrs["weight_names"]
        group.attrs["weight_names0"], group.attrs["weight_names1"] = written[:5], written[5:]

        assert values(stored_numbers.of_h5(file, network(frozen=False))[1, 2]) == [4, 5, 6, 7]


def test_a_keras_file_numbers_layers_by_their_kind(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        for place, many in {
            "sequential/layers/batch_normalization": 4,
            "sequential/layers/batch_normalization_1": 4,
            "dense": 2,
        }.items():
            for number in range(many):
                file[f"layers/{place}/vars/{number}"] = np.array([number + 10 * len(place)], np.float32)
        found = stored_numbers.of_weights_h5(file, network(frozen=True))

    assert values(found[1, 2]) == [390, 391, 392, 393]
    assert values(found[2,]) == [50, 51]


def test_numbers_that_are_missing_or_not_finite_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["layers/sequential/layers/batch_normalization/vars/0"] = np.array([np.nan])
        with pytest.raises(ArtifactError, match="The layer first holds weights that are not finite"):
            stored_numbers.of_weights_h5(file, network(frozen=True))
        del file["layers/sequential/layers/batch_normalization/vars/0"]
        with pytest.raises(ArtifactError, match=r"no weights for the layer first \(BatchNormalization\)"):
            stored_numbers.of_weights_h5(file, network(frozen=True))
