"""The recogniser: image decoding, network and calibration tied together.

bytes -> images.decode -> preprocessing -> Engine.run -> unsure? second_look -> calibration -> Prediction
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from recognizer import calibration, machine
from recognizer.engines import Engine, Outputs, Report, second_look
from recognizer.engines.graph_files import Precision
from recognizer.engines.second_look import Looks
from recognizer.errors import ArtifactError, ImageError, without_traceback
from recognizer.explain.backbone_names import backbone_names
from recognizer.explain.class_activation import Explainer
from recognizer.explain.heat_maps import LONGEST_SIDE, HeatMaps
from recognizer.images.decode import Picture, cost, decode
from recognizer.images.decoding_limits import Cost
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_head import HeadScore
from recognizer.model_file.rejection_record import HeadRejection
from recognizer.predictions import BackboneName, Explanation, HeatMap, Prediction, rank
from recognizer.preprocessing import resize_and_crop, resize_box

MOST_HEAT_MAPS = 8
"""Of one explanation, unless more are asked for."""

_logger = logging.getLogger(__name__)


class Recognizer:
    """A model that is ready to answer. Safe to share between threads."""

    def __init__(self, source: Artifact, engine: Engine, *, second_look: bool = True) -> None:
        """Joins a model file and an engine that runs its network.

        Args:
            source: the model file.
            engine: of its network.
            second_look: whether to look again at pictures whose answer is unsure, where the model can.
        """
        self.artifact = source
        self.engine = engine
        rejection = source.metadata.rejection
        self._second_look = rejection.second_look if second_look and isinstance(rejection, HeadRejection) else None
        self._heat_maps = HeatMaps(source)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        precision: Precision | Literal["auto"] = "auto",
        threads: int | None = None,
        threads_per_picture: int = 2,
        all_threads_when_idle: bool = False,
        second_look: bool = True,
        report: Report = _logger.info,
    ) -> Recognizer:
        """Opens a model file with the best engine there is.

        Args:
            path: the H5 file. Its compiled graph is looked for beside it, and made where it is missing, once.
            precision: what to compute in; `auto` is the fastest that answers as Keras does.
            threads: how many threads compute; default: as many as there are cores.
            threads_per_picture: 2 gives an answer soonest, 1 the most answers a second to many callers.
            all_threads_when_idle: whether all threads share a picture that comes while no other is computed: with 1
                thread a picture otherwise, an answer is then soon there as well. Takes the network's memory twice.
            second_look: see `__init__`.
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
            all_threads_when_idle=all_threads_when_idle,
            report=report,
        )
        return cls(source, engine, second_look=second_look)

    @classmethod
    def open_reference(cls, path: str | Path, *, second_look: bool = True) -> Recognizer:
        """Opens a model file with Keras itself: what compiled graphs are compared with. Loads TensorFlow.

        Args:
            path: the H5 file.
            second_look: see `__init__`.

        Raises:
            ArtifactError: the file is missing, broken, or not ours.
        """
        from recognizer.engines.tensorflow import TensorFlowEngine

        source = artifact.read(Path(path))
        return cls(source, TensorFlowEngine(source), second_look=second_look)

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

    def classify_pictures(
        self, pictures: Sequence[Picture], *, heatmaps: bool = False, embeddings: bool = False
    ) -> list[Prediction]:
        """Runs decoded pictures through the network as one batch; one prediction for each, in order.

        Args:
            pictures: any number.
            heatmaps: whether to draw where in each picture its best class is seen, where the network can say that.
                Takes 0.1 s more the first time, and then 2 ms a picture.
            embeddings: whether to give what the network's last layer, and the rejection, judge each picture by.
        """
        if not pictures:
            return []
        return self.answers(pictures, self.look(pictures), heatmaps=heatmaps, embeddings=embeddings)

    def answers(
        self, pictures: Sequence[Picture], looks: Looks, *, heatmaps: bool = False, embeddings: bool = False
    ) -> list[Prediction]:
        """The predictions for pictures that have been looked at, see `classify_pictures`."""
        probabilities = calibration.probabilities(looks.logits, self.metadata.temperature)  # (N, C)
        drawn = self._drawn(pictures, looks) if heatmaps else [None] * len(pictures)
        answered = [
            self._prediction(picture, probabilities[index], looks, index, drawn[index])
            for index, picture in enumerate(pictures)
        ]
        if not embeddings:
            return answered
        vectors = map(_exact, looks.outputs.embedding)
        return [replace(each, embedding=vector) for each, vector in zip(answered, vectors, strict=True)]

    def explain(self, picture: Picture, looks: Looks | None = None, *, most: int = MOST_HEAT_MAPS) -> Explanation:
        """Answers one picture, and says where each class is seen and what the backbone calls it.

        Args:
            picture: decoded.
            looks: at this picture alone, where there are some already.
            most: how many classes get a heat map, the best first.
        """
        looks = self.look([picture]) if looks is None else looks
        [prediction] = self.answers([picture], looks)
        return Explanation(
            prediction,
            method=self.heat_map_method(looks),
            heatmaps=tuple(
                heatmap
                for label in (self.metadata.class_names.index(entry.label) for entry in prediction.top[:most])
                if (heatmap := self.heat_map(picture, looks, label)) is not None
            ),
            backbone_names=self.backbone_names(looks),
        )

    def backbone_names(self, looks: Looks) -> tuple[BackboneName, ...]:
        """What the backbone's own head calls a picture, after looks at it alone; nothing where there is none."""
        return backbone_names(self.artifact, looks.outputs.embedding[0])

    def heat_map_method(self, looks: Looks) -> str | None:
        """How the heat maps of these looks are made; None where the network has none."""
        explainer = self.explainer(looks)
        return None if explainer is None else explainer.method

    def explainer(self, looks: Looks) -> Explainer | None:
        """What says where the network looked; None where nothing explains these looks."""
        return self._heat_maps.explainer(looks.outputs)

    def heat_map(
        self, picture: Picture, looks: Looks, label: int, *, longest_side: int = LONGEST_SIDE
    ) -> HeatMap | None:
        """Where in a picture a class is seen, by its index; None where the network cannot say that.

        Args:
            picture: decoded.
            looks: at this picture alone.
            label: index of the class.
            longest_side: of what is drawn, in pixels.
        """
        return self._heat_maps.of_class(picture, looks, label, longest_side)

    def look(self, pictures: Sequence[Picture]) -> Looks:
        """Runs decoded pictures, at least one, through the network, and those again whose answer is unsure."""
        outputs = self.run(pictures)
        measure, options = self.artifact.ood_score, self._second_look
        scores = None if measure is None else measure(outputs.embedding)  # (N,)
        if options is None or scores is None or not isinstance(measure, HeadScore):
            return Looks(outputs, outputs.logits, scores, {})
        chosen = np.flatnonzero(second_look.unsure(scores, outputs.logits, options)).tolist()
        if not chosen:
            return Looks(outputs, outputs.logits, scores, {})
        preprocessing = self.metadata.preprocessing
        boxes = [
            second_look.peak_box(
                measure.evidence(outputs.feature_map[at]), pictures[at].rgb.size, options.side, preprocessing
            )
            for at in chosen
        ]
        crops = [resize_box(pictures[at].rgb, box, preprocessing) for at, box in zip(chosen, boxes, strict=True)]
        again = self.engine.run(np.stack(crops))
        logits, combined = outputs.logits.copy(), scores.copy()
        logits[chosen] += again.logits
        combined[chosen] = second_look.combined_scores(scores[chosen], measure(again.embedding), options)
        looked_at = {at: (box, again[index]) for index, (at, box) in enumerate(zip(chosen, boxes, strict=True))}
        return Looks(outputs, logits, combined, looked_at)

    def run(self, pictures: Sequence[Picture]) -> Outputs:
        """The network's outputs for decoded pictures, at least one, run as one batch."""
        pixels = np.stack([resize_and_crop(picture.rgb, self.metadata.preprocessing) for picture in pictures])
        return self.engine.run(pixels)

    def _prediction(
        self,
        picture: Picture,
        probabilities: npt.NDArray[np.float32],
        looks: Looks,
        index: int,
        heatmap: HeatMap | None,
    ) -> Prediction:
        score = None if looks.ood_scores is None else float(looks.ood_scores[index])
        rejection = self.metadata.rejection
        return Prediction(
            picture.width,
            picture.height,
            known=rejection is None or score is None or score >= rejection.threshold,
            top=rank(self.metadata.class_names, probabilities),
            ood_score=score,
            likeness=None if rejection is None or score is None else rejection.likeness(score),
            passes=looks.passes(index),
            heatmap=heatmap,
        )

    def _drawn(self, pictures: Sequence[Picture], looks: Looks) -> list[HeatMap] | list[None]:
        return self._heat_maps.of(pictures, looks)

    def _decode_or_error(self, data: bytes) -> Picture | ImageError:
        try:
            return self.decode(data)
        except ImageError as err:
            return without_traceback(err)


def _exact(values: npt.NDArray[np.float32]) -> tuple[float, ...]:
    """The numbers in as many digits as tell all numbers of single precision apart; in double precision, 17 would be."""
    return tuple(float(f"{value:.9g}") for value in values.tolist())
