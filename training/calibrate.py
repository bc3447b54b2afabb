"""Teaches a finished model how sure it may be, and when a picture is none of its classes.

    model file + its graph -> logits, embeddings -> temperature -> rejection -> model file, the same graph

What serves is measured: an int8 graph gives other embeddings than Keras does. The weights stay as they are, and so
does the graph; it is only given the digest of the new file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, artifact, calibration, compiled
from recognizer.familiarity import Familiarity
from recognizer.metadata import ModelMetadata
from recognizer.rejection import Rejection
from training import config, reliability, unknown_pictures
from training.dataset import LabelledImage
from training.embeddings import Embedded, embed
from training.errors import DatasetError
from training.familiarity_scores import Floats, learn_known
from training.names import name_and_version
from training.rejection import Unknown, fit_rejection
from training.split import Split
from training.temperature import best_temperature

_Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sureness:
    """How well scores say how often they are right, on pictures held back."""

    expected_calibration_error: float
    log_loss: float


@dataclass(frozen=True)
class Calibration:
    """What was found out and written."""

    pictures: int
    """Held back from training, on which temperature and threshold were chosen."""
    engine: str
    """What the pictures were answered with."""
    temperature: float
    before: Sureness
    """With the scores as they would be without any factor or temperature."""
    after: Sureness
    rejection: Rejection

    def to_dict(self) -> dict[str, Any]:
        """As the model file records it among its results."""
        return {
            "pictures": self.pictures,
            "engine": self.engine,
            "before": vars(self.before),
            "after": vars(self.after),
        }


def calibrate(
    model: Path, out: Path, parts: Split, options: config.Rejection, *, seed: int, logit_factor: float = 1.0
) -> Calibration:
    """Writes `out`: the model file with a temperature and a rejection, and its graph beside it.

    Args:
        model: the model file; compiled first, where it has no graph.
        out: where to; may be `model`.
        parts: the pictures that the model was trained on, and those held back.
        options: of the rejection.
        seed: of what is drawn.
        logit_factor: the factor that training has put into the last layer already, to say what that has changed.

    Raises:
        DatasetError: too few pictures of other things, or none held back that can be read.
        ArtifactError: the model file cannot be used, or `out` not be written.
    """
    name, version = name_and_version(out)
    recognizer = Recognizer.open(model)
    train, train_labels = _embed_labelled(recognizer, parts.train, "Looking at training pictures")
    validation, labels = _embed_labelled(recognizer, parts.validation, "Looking at pictures held back")
    unknown = None if options.unknown is None else _embed_unknown(recognizer, Path(options.unknown))
    temperature = best_temperature(validation.logits, labels)
    rejection, familiarity = fit_rejection(
        learn_known(train, train_labels, seed=seed),
        validation,
        unknown,
        accepted_share=options.accepted_share,
        seed=seed,
    )
    found = Calibration(
        pictures=len(validation),
        engine=recognizer.engine.name,
        temperature=temperature,
        before=_sureness(validation.logits / np.float32(logit_factor), labels, 1.0),
        after=_sureness(validation.logits, labels, temperature),
        rejection=rejection,
    )
    metadata = recognizer.metadata
    changed = metadata.model_copy(
        update={
            "name": name,
            "version": version,
            "temperature": temperature,
            "rejection": rejection,
            "results": {**metadata.results, "calibration": found.to_dict()},
        }
    )
    _write(model, out, changed, familiarity)
    return found


def _embed_labelled(
    recognizer: Recognizer, pictures: Sequence[LabelledImage], description: str
) -> tuple[Embedded, _Labels]:
    seen, readable = embed(recognizer, [picture.path for picture in pictures], description)
    if not len(seen):
        raise DatasetError("Not one of the pictures can be read.")
    return seen, np.array([picture.label for picture in pictures])[readable]


def _embed_unknown(recognizer: Recognizer, folder: Path) -> Unknown:
    pictures = unknown_pictures.scan(folder)
    seen, readable = embed(recognizer, [picture.path for picture in pictures], "Looking at unknown pictures")
    unknown_pictures.refuse_few(len(seen), folder)
    folders = np.array([picture.folder for picture in pictures])[readable]
    kinds = np.array([picture.kind for picture in pictures])[readable]
    return Unknown(seen, folders, kinds)


def _sureness(logits: Floats, labels: _Labels, temperature: float) -> Sureness:
    scores = calibration.probabilities(logits, temperature).astype(np.float64)  # (N, C)
    bins = reliability.equal_mass(scores.max(axis=1), scores.argmax(axis=1) == labels)
    return Sureness(bins.error, log_loss=float(reliability.log_losses(scores, labels).mean()))


def _write(model: Path, out: Path, metadata: ModelMetadata, familiarity: Familiarity) -> None:
    """The graph first: a server that sees a new model file looks for a graph of just that one."""
    graphs = compiled.find(model)
    with artifact.written_whole(out) as draft:
        artifact.copy_with_metadata(model, draft, metadata, familiarity)
        if graphs is not None:
            compiled.hand_on(graphs, out, artifact.read(draft))
