"""Finds each layer's numbers in a file that Keras wrote, and checks that they are this layer's.

An H5 of Keras has, for each layer of the network, a list of arrays with their names: of a network inside the network
first what is trained, then what is frozen or counted, each in the order of the layers. A .keras has an H5 in it where
layers are numbered by their kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from recognizer.architectures.description import Description, Leaf
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact

Numbers = list[npt.NDArray[np.float32]]
Path = tuple[int, ...]

_GENERATOR_STATE = re.compile(r"state|variable", re.IGNORECASE)
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")


@dataclass(frozen=True)
class _Variable:
    path: Path
    layer: Leaf
    names: tuple[str, ...]
    """What Keras may call it."""
    is_trained: bool


def of_h5(file: h5py.File, description: Description) -> dict[Path, Numbers]:
    """The numbers of every layer, by its path, of an H5 that `model.save` wrote.

    Raises:
        ArtifactError: numbers are missing, or are not those that the description asks for.
    """
    found: dict[Path, Numbers] = {}
    for position, top in enumerate(description.root.parts):
        variables = list(_variables(top, (position,), is_trained=True))
        if variables:
            for variable, numbers in _matched(file, top, variables):
                found.setdefault(variable.path, []).append(numbers)
    return found


def of_weights_h5(file: h5py.File, description: Description) -> dict[Path, Numbers]:
    """The same of the `model.weights.h5` inside a .keras file."""
    container = next((name for name in _CONTAINERS if name in file), _CONTAINERS[0])
    found: dict[Path, Numbers] = {}
    for path, layer, place in _places(description.root, (), container, container):
        count = sum(1 for _ in _variables(layer, path, is_trained=True))
        if count:
            found[path] = [_numbers(file.get(f"{place}/vars/{number}"), layer) for number in range(count)]
    return found


def _places(network: Leaf, path: Path, place: str, container: str) -> Iterator[tuple[Path, Leaf, str]]:
    """Path, layer, and its group in the file: conv2d, conv2d_1, dense ..."""
    seen: dict[str, int] = {}
    for position, layer in enumerate(network.parts):
        kind = "Functional" if layer.kind == "Model" else layer.kind
        name = _snake_case(kind)
        number = seen[name] = seen.get(name, -1) + 1
        group = f"{place}/{name}_{number}" if number else f"{place}/{name}"
        if layer.is_network:
            yield from _places(layer, (*path, position), f"{group}/{container}", container)
        else:
            yield (*path, position), layer, group


def _snake_case(kind: str) -> str:
    """As Keras does it: `SeparableConv2D` is `separable_conv2d`."""
    apart = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", kind))
    return re.sub("([a-z])([A-Z])", r"\1_\2", apart).lower()


def _variables(layer: Leaf, path: Path, *, is_trained: bool) -> Iterator[_Variable]:
    """The variables of a layer, or of all layers in a network, in the order that they have there."""
    is_trained = is_trained and layer.trainable
    if layer.is_network:
        for position, part in enumerate(layer.parts):
            yield from _variables(part, (*path, position), is_trained=is_trained)
        return
    for names, learns in _variables_of_kind(layer.kind, layer.config):
        yield _Variable(path, layer, names, is_trained and learns)


# Of each kind the variables in order: what Keras may call it, the option without which it is not there, if it learns.
_BIAS = (("bias",), "use_bias", True)
_SCALE_AND_CENTER = ((("gamma",), "scale", True), (("beta",), "center", True))
_OF_KIND: Mapping[str, tuple[tuple[tuple[str, ...], str | None, bool], ...]] = {
    "Conv2D": ((("kernel",), None, True), _BIAS),
    "Dense": ((("kernel",), None, True), _BIAS),
    "DepthwiseConv2D": ((("depthwise_kernel", "kernel"), None, True), _BIAS),
    "SeparableConv2D": ((("depthwise_kernel",), None, True), (("pointwise_kernel",), None, True), _BIAS),
    "EinsumDense": ((("kernel",), None, True),),
    "BatchNormalization": (*_SCALE_AND_CENTER, (("moving_mean",), None, False), (("moving_variance",), None, False)),
    "LayerNormalization": _SCALE_AND_CENTER,
    "GroupNormalization": _SCALE_AND_CENTER,
    "Normalization": ((("mean",), None, False), (("variance",), None, False), (("count",), None, False)),
    "PReLU": ((("alpha",), None, True),),
    "LayerScale": ((("gamma", "variable"), None, True),),
}


def _variables_of_kind(kind: str, config: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], bool]]:
    if kind == "Normalization" and config.get("mean") is not None:
        return
    for names, option, learns in _OF_KIND.get(kind, ()):
        if option is None or config.get(option, True):
            yield names, learns


def _matched(
    file: h5py.File, top: Leaf, variables: list[_Variable]
) -> Iterator[tuple[_Variable, npt.NDArray[np.float32]]]:
    group = file.get(f"model_weights/{top.name}")
    if not isinstance(group, h5py.Group):
        raise ArtifactError(f"The file has no weights for the layer {top.name}.")
    stored = {name: group[name] for name in artifact.texts(group, "weight_names")}
    names = [name for name in stored if not _is_generator_state(name, stored[name])]
    # A stable sort; where it was saved with other layers frozen than it says, they may be in the plain order.
    for order in (sorted(variables, key=lambda variable: not variable.is_trained), variables):
        if len(names) == len(order) and _are_theirs(names, order):
            in_order = dict(zip(((v.path, v.names) for v in order), names, strict=True))
            for variable in variables:
                yield variable, _numbers(stored[in_order[variable.path, variable.names]], variable.layer)
            return
    raise ArtifactError(
        f"The weights of the layer {top.name} are not those that its description asks for: {len(variables)} arrays,"
        f" and the file has {len(names)}. Save the whole network again, with model.save."
    )


def _is_generator_state(name: str, stored: Any) -> bool:
    """Whether it is the state of a layer that varies pictures; Keras 2 keeps it among the weights."""
    return bool(_GENERATOR_STATE.search(name.rsplit("/", 1)[-1])) and getattr(stored, "dtype", None) in (
        "i8",
        "u8",
        "i4",
        "u4",
    )


def _are_theirs(names: list[str], order: list[_Variable]) -> bool:
    """Whether names say the right thing, and all variables of a layer stand below the same name."""
    owners: dict[Path, str] = {}
    for name, variable in zip(names, order, strict=True):
        owner, _, last = name.rpartition("/")
        if re.sub(r"(_\d+)?(:\d+)?$", "", last) not in variable.names:
            return False
        if owners.setdefault(variable.path, owner) != owner:
            return False
    return True


def _numbers(stored: Any, layer: Leaf) -> npt.NDArray[np.float32]:
    if not isinstance(stored, h5py.Dataset):
        raise ArtifactError(f"The file has no weights for the layer {layer.name} ({layer.kind}).")
    if stored.dtype.kind not in "fiu":
        raise ArtifactError(f"The layer {layer.name} holds weights that are no numbers.")
    with np.errstate(over="ignore"):
        numbers = np.asarray(stored[()], np.float32)
    if not np.isfinite(numbers).all():
        raise ArtifactError(f"The layer {layer.name} holds weights that are not finite numbers: its training diverged.")
    return numbers
