"""Ties pictures, network and calibration together: bytes in, prediction out.

bytes -> images.decode -> preprocessing.resize_and_crop -> Engine.run -> calibration -> Prediction
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from recognizer import artifact, calibration, images
from recognizer.artifact import Artifact
from recognizer.engines import Engine
from recognizer.errors import ImageError
from recognizer.images import Picture
from recognizer.metadata import ModelMetadata
from recognizer.predictions import Prediction, rank
from recognizer.preprocessing import resize_and_crop


class Recognizer:
    """A model that is ready to answer. Safe to share between threads."""

    def __init__(self, source: Artifact, engine: Engine) -> None:
        self.artifact = source
        self.engine = engine

    @classmethod
    def open(cls, path: str | Path) -> Recognizer:
        """Opens a model file with the best engine there is.

        Raises:
            ArtifactError: the file is missing, broken, or not ours.
        """
        source = artifact.read(Path(path))
        from recognizer.engines.tensorflow import TensorFlowEngine  # Here, so that importing us stays light.

        return cls(source, TensorFlowEngine(source))

    @property
    def metadata(self) -> ModelMetadata:
        """What the model says about itself."""
        return self.artifact.metadata

    def model_info(self) -> dict[str, str]:
        """Name, version and digest, as every answer carries them."""
        return {"name": self.metadata.name, "version": self.metadata.version, "digest": self.artifact.digest}

    def warm_up(self) -> None:
        """Answers an empty picture, so that the first real one does not pay for what happens once."""
        size = self.metadata.preprocessing.input_size
        self.engine.run(np.zeros((1, size, size, 3), np.uint8))

    def decode(self, data: bytes) -> Picture:
        """Decodes a picture at the scale this model needs.

        Raises:
            ImageError: the bytes are no picture that we read, see `images.decode`.
        """
        return images.decode(data, needed_short_side=self.metadata.preprocessing.resized_short_side)

    def classify(self, data: bytes) -> Prediction:
        """Says what is in one picture, given as the bytes of an image file.

        Raises:
            ImageError: the bytes are no picture that we read, see `images.decode`.
        """
        return self.classify_pictures([self.decode(data)])[0]

    def classify_batch(self, files: Iterable[bytes]) -> list[Prediction | ImageError]:
        """Classifies several image files; a bad one yields its error and does not hurt the others."""
        decoded = [self._decode_or_error(data) for data in files]
        predictions = iter(self.classify_pictures([item for item in decoded if isinstance(item, Picture)]))
        return [next(predictions) if isinstance(item, Picture) else item for item in decoded]

    def classify_pictures(self, pictures: Sequence[Picture]) -> list[Prediction]:
        """Runs decoded pictures through the network as one batch; one prediction for each, in order."""
        if not pictures:
            return []
        pixels = np.stack([resize_and_crop(picture.rgb, self.metadata.preprocessing) for picture in pictures])
        activations = self.engine.run(pixels)
        probabilities = calibration.probabilities(activations.logits, self.metadata.temperature)  # (N, C)
        return [
            Prediction(picture.width, picture.height, known=True, top=rank(self.metadata.class_names, row))
            for picture, row in zip(pictures, probabilities, strict=True)
        ]

    def _decode_or_error(self, data: bytes) -> Picture | ImageError:
        try:
            return self.decode(data)
        except ImageError as err:
            return err
