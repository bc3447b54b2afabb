"""The recogniser: image decoding, network and calibration tied together.

bytes -> images.decode -> preprocessing.resize_and_crop -> Engine.run -> calibration, ood_score -> Prediction
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognizer import calibration, machine
from recognizer.engines import Engine, Outputs, Report
from recognizer.engines.graph_files import Precision
from recognizer.errors import ArtifactError, ImageError
from recognizer.explain.heat_maps import HeatMaps
from recognizer.images.decode import Picture, cost, decode
from recognizer.images.decoding_limits import Cost
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.predictions import HeatMap, Prediction, rank
from recognizer.preprocessing import resize_and_crop

_logger = logging.getLogger(__name__)


class Recognizer:
    """A model that is ready to answer. Safe to share between threads."""

    def __init__(self, source: Artifact, engine: Engine) -> None:
        self.artifact = source
        self.engine = engine
        self._heat_maps = HeatMaps(source)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        precision: Precision | Literal["auto"] = "auto",
        threads: int | None = None,
        threads_per_picture: int = 2,
        report: Report = _logger.info,
    ) -> Recognizer:
        """Opens a model file with the best engine there is.

        Args:
            path: the H5 file. Its compiled graph is looked for beside it, and made where it is missing, once.
            precision: what to compute in; `auto` is the fastest that answers as Keras does.
            threads: how many threads compute; default: as many as there are cores.
            threads_per_picture: 2 gives an answer soonest, 1 the most answers a second to many callers.
            report: is told each step of making the graph, which takes about half a minute.

        Raises:
            ArtifactError: the file is missing, broken, or not ours, or there is no such precision for it.
        """
        from recognizer.engines.choice import open_engine  # Here, so that importing us stays light.

        source, engine = open_engine(
            Path(path),
            precision,
            threads=threads or machine.cores(),
            threads_per_picture=threads_per_picture,
            report=report,
        )
        return cls(source, engine)

    @classmethod
    def open_reference(cls, path: str | Path) -> Recognizer:
        """Opens a model file with Keras itself: what compiled graphs are compared with. Loads TensorFlow.

        Raises:
            ArtifactError: the file is missing, broken, or not ours.
        """
        from recognizer.engines.tensorflow import TensorFlowEngine

        source = artifact.read(Path(path))
        return cls(source, TensorFlowEngine(source))

    @property
    def metadata(self) -> ModelMetadata:
        """The metadata of the model file."""
        return self.artifact.metadata

    def model_info(self) -> dict[str, str]:
        """Name, version and digest, as every answer carries them."""
        return {"name": self.metadata.name, "version": self.metadata.version, "digest": self.artifact.digest}

    def warm_up(self) -> None:
        """Answers an empty picture, so that the first real one does not pay for what happens once.

        Raises:
            ArtifactError: the answer is not one finite number a class, or the rejection is another network's.
        """
        size = self.metadata.preprocessing.input_size
        outputs = self.engine.run(np.zeros((1, size, size, 3), np.uint8))
        logits, rejection = outputs.logits, self.metadata.rejection
        if logits.shape != (1, len(self.metadata.class_names)) or not np.isfinite(logits).all():
            raise ArtifactError(f"The network of {self.artifact.path} does not give a number for each class.")
        if rejection is not None and outputs.embedding.shape != (1, rejection.embedding_size):
            raise ArtifactError(f"The rejection of {self.artifact.path} is not that of its network.")

    def decode(self, data: bytes) -> Picture:
        """Decodes a picture at the scale this model needs.

        Raises:
            ImageError: the bytes are no picture that we read, see `images.decode.decode`.
        """
        return decode(data, needed_short_side=self.metadata.preprocessing.resized_short_side)

    def decoding_cost(self, data: bytes) -> Cost:
        """What `decode` will take of a picture; nothing where it will refuse it at once."""
        return cost(data, needed_short_side=self.metadata.preprocessing.resized_short_side)

    def classify(self, data: bytes, *, heatmap: bool = False) -> Prediction:
        """Says what is in one picture, given as the bytes of an image file.

        Args:
            data: the file.
            heatmap: whether to draw where in the picture the class is seen, see `classify_pictures`.

        Raises:
            ImageError: the bytes are no picture that we read, see `images.decode.decode`.
        """
        return self.classify_pictures([self.decode(data)], heatmaps=heatmap)[0]

    def classify_batch(self, files: Iterable[bytes]) -> list[Prediction | ImageError]:
        """Classifies several image files; a bad one yields its error and does not hurt the others."""
        decoded = [self._decode_or_error(data) for data in files]
        predictions = iter(self.classify_pictures([item for item in decoded if isinstance(item, Picture)]))
        return [next(predictions) if isinstance(item, Picture) else item for item in decoded]

    def classify_pictures(self, pictures: Sequence[Picture], *, heatmaps: bool = False) -> list[Prediction]:
        """Runs decoded pictures through the network as one batch; one prediction for each, in order.

        Args:
            pictures: any number.
            heatmaps: whether to draw where in each picture its best class is seen, where the network can say that.
                Takes 0.1 s more the first time, and then 2 ms a picture.
        """
        if not pictures:
            return []
        outputs = self.run(pictures)
        probabilities = calibration.probabilities(outputs.logits, self.metadata.temperature)  # (N, C)
        return [
            Prediction(
                picture.width,
                picture.height,
                known=self._is_known(ood_score),
                top=rank(self.metadata.class_names, row),
                ood_score=ood_score,
                heatmap=heatmap,
            )
            for picture, row, ood_score, heatmap in zip(
                pictures,
                probabilities,
                self._ood_scores(outputs.embedding),
                self._drawn(pictures, outputs) if heatmaps else [None] * len(pictures),
                strict=True,
            )
        ]

    def run(self, pictures: Sequence[Picture]) -> Outputs:
        """The network's outputs for decoded pictures, at least one, run as one batch."""
        pixels = np.stack([resize_and_crop(picture.rgb, self.metadata.preprocessing) for picture in pictures])
        return self.engine.run(pixels)

    def _ood_scores(self, embedding: npt.NDArray[np.float32]) -> list[float] | list[None]:
        measure = self.artifact.ood_score
        return [None] * len(embedding) if measure is None else measure(embedding).tolist()

    def _drawn(self, pictures: Sequence[Picture], outputs: Outputs) -> list[HeatMap] | list[None]:
        return self._heat_maps.of(pictures, outputs, outputs.logits.argmax(axis=1).tolist())

    def _is_known(self, ood_score: float | None) -> bool:
        rejection = self.metadata.rejection
        return rejection is None or ood_score is None or ood_score >= rejection.threshold

    def _decode_or_error(self, data: bytes) -> Picture | ImageError:
        try:
            return self.decode(data)
        except ImageError as err:
            return err
