"""Builds the network to train, with the starting weights that the recipe names for its backbone.

weights = model (the active one) | imagenet | none | a file
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from recognizer import architectures
from recognizer.architectures import Architecture
from recognizer.architectures.described import IMPORTED
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.network import load_network
from recognizer.preprocessing import Preprocessing
from recognizer.registry import versions
from training.errors import WeightsError

if TYPE_CHECKING:  # Who only asks whether weights fit does not wait for TensorFlow.
    import keras

Downloaded = TypeVar("Downloaded")


def build(
    architecture: str,
    weights: str,
    classes: int,
    preprocessing: Preprocessing | None = None,
    *,
    unit_embedding_size: int | None = None,
) -> tuple[keras.Model, dict[str, Any]]:
    """Builds `architecture` for a number of classes and fills its backbone.

    Args:
        architecture: its name.
        weights: model, imagenet, none, or a file.
        classes: how many.
        preprocessing: says how large the input is, and whether it is grey; default: the architecture's.
        unit_embedding_size: of its projection; None: it has none.

    Returns:
        The network, its last layer untrained, and a record of where its weights come from.

    Raises:
        WeightsError: there are no such weights, or they do not fit.
    """
    try:
        known = architectures.get(architecture)
        model = architectures.build(architecture, classes, preprocessing, unit_embedding_size=unit_embedding_size)
    except ArtifactError as err:
        raise WeightsError(str(err)) from err
    if weights == "none":
        return model, {"kind": "none"}
    if weights == "imagenet":
        _load_imagenet(model, known)
        return model, {"kind": "imagenet", "source": "keras.applications"}
    path = path_of(weights)
    if path.name.endswith(".weights.h5"):
        _load_keras_weights(model, known, path)
        return model, {"kind": "file", "file": path.name, "digest": _digest(path)}
    return model, _load_model(model, known, path)


def refuse_unfit(architecture: str, weights: str) -> None:
    """Refuses starting weights of another network, before any picture is looked at.

    Raises:
        WeightsError: there are no such weights, or they are another network's.
    """
    known = architectures.get(architecture)
    if weights == "imagenet":
        _imagenet(known)
    elif weights != "none" and not (path := path_of(weights)).name.endswith(".weights.h5"):
        _source(known, path)


def backbone_of(model: keras.Model) -> keras.Model:
    """The network without projection and last layer: (N, S, S, C) -> features (N, E). Shares the weights."""
    import keras

    projection = _projection(model)
    features = model.get_layer(architectures.EMBEDDING_LAYER).output if projection is None else projection.input
    return keras.Model(model.input, features)


def path_of(weights: str) -> Path:
    """The file that `weights` names, `model` for the active one."""
    if weights == "model":
        try:
            return versions.active()
        except ArtifactError as err:
            raise WeightsError(f"{err} Or start from other weights: --set weights=imagenet, or a file.") from err
    if not Path(weights).is_file():
        raise WeightsError(
            f"Expected weights: model, imagenet, none, or an existing file. Received: weights={weights!r}"
        )
    return Path(weights)


def _imagenet(architecture: Architecture) -> Callable[[], keras.Model]:
    """What downloads Keras's network with its ImageNet weights."""
    if architecture.keras_imagenet is None:
        fitting = [name for name, known in architectures.ARCHITECTURES.items() if known.keras_imagenet]
        raise WeightsError(
            f"Keras has no ImageNet weights for {architecture.name}. Choose one of: {', '.join(fitting)}, for example"
            f" with --set architecture={fitting[0]}."
        )
    return architecture.keras_imagenet


def _load_imagenet(model: keras.Model, architecture: Architecture) -> None:
    download = _imagenet(architecture)
    if model.input_shape[-1] != 3:
        raise WeightsError("The ImageNet weights are for pictures in colour, and the recipe makes them grey.")
    source = downloaded(download)
    # The same tensors in the same order, but for dimensions of one: see `in_stock_layers`.
    backbone = backbone_of(model)
    pairs = zip(source.get_weights(), backbone.weights, strict=True)
    backbone.set_weights([theirs.reshape(ours.shape) for theirs, ours in pairs])


def _load_keras_weights(model: keras.Model, architecture: Architecture, path: Path) -> None:
    try:
        backbone_of(model).load_weights(path)
    except Exception as err:  # Keras and h5py raise many kinds for a file that does not fit.
        if architecture.takes_weights_of is None:
            raise WeightsError(f"The weights in {path} do not fit the backbone: {err}") from err
        part = architectures.build(architecture.takes_weights_of, 2)
        _load_keras_weights(part, architectures.get(architecture.takes_weights_of), path)
        _copy_by_name(part, model)


def _load_model(model: keras.Model, architecture: Architecture, path: Path) -> dict[str, Any]:
    source = _source(architecture, path)
    metadata = source.metadata
    try:
        trained = load_network(source)
    except ArtifactError as err:
        raise WeightsError(f"Training cannot start from {path}: {err}") from err
    try:
        _copy_by_name(trained, model)
    except ValueError as err:
        raise WeightsError(
            f"{path.name} is for pictures of the shape {trained.input_shape[1:]}, and the recipe makes them"
            f" {model.input_shape[1:]}: their weights do not fit. Use --set weights=none."
        ) from err
    return {
        "kind": "model",
        "name": metadata.name,
        "version": metadata.version,
        "digest": source.digest,
        "starting_weights": metadata.provenance.get("starting_weights"),
    }


def downloaded(download: Callable[[], Downloaded]) -> Downloaded:
    """What Keras downloads.

    Raises:
        WeightsError: it could not be.
    """
    try:
        return download()
    except Exception as err:  # Whatever the network or the server does.
        raise WeightsError(
            f"The ImageNet weights could not be downloaded ({err}). Without internet, start from the model that comes"
            " with the project: --set weights=model."
        ) from err


def source_of(architecture: str, weights: str) -> Artifact:
    """The model file that weights come from, which is of the same network.

    Raises:
        WeightsError: it cannot be read, or is another network's.
    """
    return _source(architectures.get(architecture), path_of(weights))


def _source(architecture: Architecture, path: Path) -> Artifact:
    """The model file that the weights come from, which is of the same network."""
    try:
        source = artifact.read(path)
    except ArtifactError as err:
        raise WeightsError(f"Training cannot start from {path}: {err}") from err
    if source.metadata.architecture not in (architecture.name, architecture.takes_weights_of):
        raise WeightsError(_another_network(path, source.metadata.architecture, architecture))
    return source


def _another_network(path: Path, theirs: str, wanted: Architecture) -> str:
    other = "imagenet" if wanted.keras_imagenet else "none"
    if theirs == IMPORTED:
        return (
            f"{path.name} was imported from elsewhere, and its layers are none of ours. Use other weights: --set"
            f" weights={other}, or a model file that was trained here, such as --set weights=models/animals-3.h5."
        )
    return (
        f"{path.name} is a {theirs}, the recipe wants a {wanted.name}."
        f" Use --set architecture={theirs}, or other weights: --set weights={other}, or a file."
    )


def _copy_by_name(source: keras.Model, target: keras.Model) -> None:
    """Gives `target` the weights of each layer of `source`'s backbone, and its projection where that fits.

    Raises:
        ValueError: they have other shapes.
    """
    for layer in backbone_of(source).layers:
        # In place of a dense embedding, the other may have a projection to unit length.
        if layer.weights and type(layer) is type(other := target.get_layer(layer.name)):
            other.set_weights(layer.get_weights())
    learned, projection = _projection(source), _projection(target)
    if learned is not None and projection is not None and learned.kernel.shape == projection.kernel.shape:
        projection.set_weights(learned.get_weights())


def _projection(model: keras.Model) -> keras.layers.Dense | None:
    return next((layer for layer in model.layers if layer.name == architectures.PROJECTION_LAYER), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
