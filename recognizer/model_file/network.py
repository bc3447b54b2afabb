"""Builds the network of a model file and fills it with the file's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizer import architectures
from recognizer.architectures.described import IMPORTED, build_described
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact

if TYPE_CHECKING:
    import keras


def load_network(source: Artifact) -> keras.Model:
    """The trained network: by its name one of ours, or as the file describes it, for one that was imported.

    Raises:
        ArtifactError: the description asks for something that we refuse, or the weights do not fit.
    """
    metadata = source.metadata
    if metadata.architecture == IMPORTED:
        model = build_described(artifact.description(source))
        _check_fits(source, model)
    else:
        model = architectures.build(
            metadata.architecture,
            len(metadata.class_names),
            metadata.preprocessing,
            unit_embedding_size=metadata.unit_embedding_size,
        )
    artifact.load_weights(source, model)
    return model


def _check_fits(source: Artifact, model: keras.Model) -> None:
    pixels, classes = source.metadata.preprocessing, len(source.metadata.class_names)
    expected = (None, pixels.input_size, pixels.input_size, pixels.channels), (None, classes)
    if (model.input_shape, model.output_shape) != expected:
        raise ArtifactError(
            f"Expected a network from {expected[0]} to {expected[1]} in {source.path}. Received: from"
            f" {model.input_shape} to {model.output_shape}"
        )
    names = {layer.name for layer in model.layers}
    wanted = (architectures.FEATURE_MAP_LAYER, architectures.EMBEDDING_LAYER, architectures.LOGITS_LAYER)
    if missing := [name for name in wanted if name not in names]:
        raise ArtifactError(f"The network in {source.path} has no layer called {', '.join(missing)}.")
