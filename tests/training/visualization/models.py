"""Small untrained model files to draw with."""

from __future__ import annotations

from pathlib import Path

from recognizer import architectures
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Preprocessing, fingerprint
from tests.recognizer.fakes import make_metadata


def model_file(path: Path, architecture: str, *, seed: int = 0, preprocessing: Preprocessing | None = None) -> Artifact:
    """A network as it came out of chance, as a model file of three classes."""
    import keras

    keras.utils.set_random_seed(seed)
    pixels = preprocessing or architectures.get(architecture).preprocessing
    model = architectures.build(architecture, 3, pixels)
    metadata = make_metadata(
        architecture=architecture,
        class_names=("cat", "dog", "horse"),
        preprocessing=pixels,
        preprocessing_fingerprint=fingerprint(pixels),
    )
    artifact.write(path, model, metadata)
    return artifact.read(path)
