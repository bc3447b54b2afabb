"""Builds the network to train, with the backbone weights that the recipe names.

model (the active one) | imagenet | none | a file
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import keras

from recognizer import architectures, artifact, registry
from recognizer.errors import ArtifactError
from training.errors import WeightsError


def build(architecture: str, weights: str, classes: int) -> tuple[keras.Model, dict[str, Any]]:
    """Builds `architecture` for a number of classes and fills its backbone.

    Returns:
        The network, its last layer untrained, and a record of where its weights come from.

    Raises:
        WeightsError: there are no such weights, or they do not fit.
    """
    try:
        model = architectures.build(architecture, classes)
    except ArtifactError as err:
        raise WeightsError(str(err)) from err
    if weights == "none":
        return model, {"kind": "none"}
    if weights == "imagenet":
        _load_imagenet(model, architecture)
        return model, {"kind": "imagenet", "source": "keras.applications"}
    path = _path(weights)
    if path.name.endswith(".weights.h5"):
        _load_keras_weights(model, path)
        return model, {"kind": "file", "file": path.name, "digest": _digest(path)}
    return model, _load_model(model, architecture, path)


def backbone_of(model: keras.Model) -> keras.Model:
    """The network without its last layer: (N, S, S, 3) -> embedding (N, D). Shares the weights."""
    return keras.Model(model.input, model.get_layer(architectures.EMBEDDING_LAYER).output)


def _path(weights: str) -> Path:
    if weights == "model":
        try:
            return registry.active()
        except ArtifactError as err:
            raise WeightsError(f"{err} Or start from other weights: --set weights=imagenet, or a file.") from err
    if not Path(weights).is_file():
        raise WeightsError(
            f"Expected weights: model, imagenet, none, or an existing file. Received: weights={weights!r}"
        )
    return Path(weights)


def _load_imagenet(model: keras.Model, architecture: str) -> None:
    download = architectures.get(architecture).keras_imagenet
    if download is None:
        fitting = [name for name, known in architectures.ARCHITECTURES.items() if known.keras_imagenet]
        raise WeightsError(
            f"Keras has no ImageNet weights for {architecture}. Choose one of: {', '.join(fitting)}, for example with"
            f" --set architecture={fitting[0]}."
        )
    try:
        source = download()
    except Exception as err:  # Whatever the network or the server does.
        raise WeightsError(
            f"The ImageNet weights could not be downloaded ({err}). Without internet, start from the model that comes"
            " with the project: --set weights=model."
        ) from err
    backbone_of(model).set_weights(source.get_weights())


def _load_keras_weights(model: keras.Model, path: Path) -> None:
    try:
        backbone_of(model).load_weights(path)
    except Exception as err:  # Keras and h5py raise many kinds for a file that does not fit.
        raise WeightsError(f"The weights in {path} do not fit the backbone: {err}") from err


def _load_model(model: keras.Model, architecture: str, path: Path) -> dict[str, Any]:
    try:
        source = artifact.read(path)
        if source.metadata.architecture != architecture:
            raise WeightsError(
                f"{path.name} is a {source.metadata.architecture}, the recipe wants a {architecture}. "
                f"Use --set architecture={source.metadata.architecture}, or other weights."
            )
        trained = architectures.build(architecture, len(source.metadata.class_names))
        artifact.load_weights(source, trained)
    except ArtifactError as err:
        raise WeightsError(f"Training cannot start from {path}: {err}") from err
    backbone_of(model).set_weights(backbone_of(trained).get_weights())
    return {
        "kind": "model",
        "name": source.metadata.name,
        "version": source.metadata.version,
        "digest": source.digest,
        "starting_weights": source.metadata.provenance.get("starting_weights"),
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
