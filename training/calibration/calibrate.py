"""Calibrates a finished model: when a picture is none of its classes, and how sure its scores are.

    model file + its graph -> rejection, by a head or by similarity -> answers to pictures held back -> temperature
                                                                                -> model file, the same graph

What serves is measured: an int8 graph gives other embeddings than Keras does, and an unsure answer has two looks. The
weights stay as they are, and so does the graph; it is only given the digest of the new file.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, calibration, machine
from recognizer.engines import graph_files
from recognizer.errors import ImageError
from recognizer.model_file import artifact, results
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.numbers import Floats
from recognizer.model_file.ood_score import OodScore
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from recognizer.model_file.rejection_record import HeadRejection, SimilarityRejection
from recognizer.model_file.results import CalibrationError
from recognizer.registry.file_names import name_and_version
from training import config, progress
from training.calibration import by_similarity, head_rejection
from training.calibration.head_rejection import Known
from training.data import unknown_images
from training.data.dataset import LabelledImage
from training.data.split import Sources, Split
from training.data.unknown_images import UnknownPicture
from training.errors import DatasetError
from training.evaluation import reliability
from training.network.temperature import best_temperature

_Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calibration:
    """The temperature and the rejection that were written into a model file, and what they changed."""

    errors: results.Calibration
    """Before and after, as the model file records it among its results."""
    temperature: float
    rejection: HeadRejection | SimilarityRejection


def calibrate(
    model: Path,
    out: Path,
    parts: Split,
    recipe: config.Recipe,
    *,
    sources: Sources | None = None,
    head: BackboneHead | None = None,
    logit_factor: float = 1.0,
) -> Calibration:
    """Writes `out`: the model file with a temperature and a rejection, and its graph beside it.

    Args:
        model: the model file; compiled first, where it has no graph.
        out: where to; may be `model`.
        parts: the pictures that the model was trained on, and those held back.
        recipe: of the training; its rejection and seed count here.
        sources: where the pictures come from; None where nobody knows.
        head: the one that the backbone came with; default: the one that the model file holds, if any.
        logit_factor: the factor that training has put into the last layer already, to say what that has changed.

    Raises:
        DatasetError: too few pictures of other things, or none held back that can be read.
        ArtifactError: the model file cannot be used, or `out` not be written.
    """
    recognizer = Recognizer.open(model)
    folders = [Path(folder) for folder in recipe.rejection.unknown or ()]
    unknown = _unknown(folders, recognizer.metadata.class_names) if folders else ()
    rejection, score = _fit_rejection(recognizer, parts, unknown, recipe, sources, head or _own_head(recognizer))
    name, version = name_and_version(out)
    changed = {"name": name, "version": version, "rejection": rejection}
    metadata = recognizer.metadata.model_copy(update=changed)
    served = Recognizer(replace(recognizer.artifact, metadata=metadata, ood_score=score), recognizer.engine)
    logits, labels = _answers(served, parts.validation)
    temperature = best_temperature(logits, labels)
    errors = results.Calibration(
        pictures=len(labels),
        engine=recognizer.engine.name,
        before=_error(logits / np.float32(logit_factor), labels, 1.0),
        after=_error(logits, labels, temperature),
    )
    measured = {**metadata.results, "calibration": errors.to_dict()}
    finished = metadata.model_copy(update={"temperature": temperature, "results": measured})
    _write(model, out, finished, score)
    return Calibration(errors, temperature, rejection)


def _unknown(folders: Sequence[Path], class_names: Sequence[str]) -> tuple[UnknownPicture, ...]:
    """Pictures of other things. Whoever calibrates has told what there is, before anything was computed."""
    return unknown_images.find_enough_unknown(folders, class_names, say=lambda _: None)


def _fit_rejection(
    recognizer: Recognizer,
    parts: Split,
    unknown: Sequence[UnknownPicture],
    recipe: config.Recipe,
    sources: Sources | None,
    head: BackboneHead | None,
) -> tuple[HeadRejection | SimilarityRejection, OodScore]:
    if head is None:
        return by_similarity.fit(recognizer, parts, sources.left_out if sources else (), unknown, recipe)
    known = Known(
        files=[picture.path for picture in parts.train],
        labels=np.array([picture.label for picture in parts.train]),
        sources=np.array([sources.groups[picture] for picture in parts.train]) if sources else None,
    )
    return head_rejection.fit(recognizer, head, known, unknown, recipe)


def _own_head(recognizer: Recognizer) -> BackboneHead | None:
    score = recognizer.artifact.ood_score
    return score.backbone if isinstance(score, HeadScore) else None


def _answers(served: Recognizer, pictures: Sequence[LabelledImage]) -> tuple[Floats, _Labels]:
    """(n, C) logits of the pictures that can be read, as they are answered, and (n,) their classes."""

    def look(picture: LabelledImage) -> Floats | None:
        try:
            return np.asarray(served.look([served.decode(picture.read())]).logits[0], np.float32)
        except ImageError:
            return None

    with ThreadPoolExecutor(machine.cores()) as pool:
        found = list(progress.track(pool.map(look, pictures), "Answering those held back", total=len(pictures)))
    answered = [(logits, picture.label) for logits, picture in zip(found, pictures, strict=True) if logits is not None]
    if not answered:
        raise DatasetError("Not one of the pictures held back can be read.")
    return np.array([logits for logits, _ in answered]), np.array([label for _, label in answered])


def _error(logits: Floats, labels: _Labels, temperature: float) -> CalibrationError:
    scores = calibration.probabilities(logits, temperature).astype(np.float64)  # (N, C)
    bins = reliability.equal_mass(scores.max(axis=1), scores.argmax(axis=1) == labels)
    log_loss = float(reliability.log_losses(scores, labels).mean())
    return CalibrationError(expected_calibration_error=bins.error, log_loss=log_loss)


def _write(model: Path, out: Path, metadata: ModelMetadata, ood_score: OodScore) -> None:
    """The graph first: a server that sees a new model file looks for a graph of just that one."""
    graphs = graph_files.find(model)
    with artifact.written_whole(out) as draft:
        artifact.copy_with_metadata(model, draft, metadata, ood_score)
        if graphs is not None:
            graph_files.copy_graphs(graphs, out, artifact.read(draft))
