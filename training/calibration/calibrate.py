"""Calibrates a finished model: when a picture is none of its classes, and how sure its scores are.

    model file + its graph -> rejection, by a head or by similarity -> answers to pictures held back -> temperature
                                                                                -> model file, the same graph

What serves is measured: an int8 graph gives other embeddings than Keras does, and an unsure answer has two looks. The
weights stay as they are, and so does the graph; it is only given the digest of the new file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, calibration, machine
from recognizer.engines import graph_files
from recognizer.errors import ImageError
from recognizer.model_file import artifact, results
from recognizer.model_file.histogram import LIKENESS_BOUNDS, SCORE_BOUNDS, Histogram
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
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Sources, Split
from training.data.unknown_images import UnknownPicture, find_enough_unknown
from training.errors import DatasetError
from training.evaluation import by_source, reliability
from training.evaluation.by_source import shares_of
from training.evaluation.confidence_intervals import Share
from training.network.temperature import best_temperature

_Labels = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calibration:
    """The temperature and the rejection that were written into a model file, and what they changed."""

    errors: results.Calibration
    """Before and after, as the model file records it among its results."""
    temperature: float
    rejection: HeadRejection | SimilarityRejection
    by_source: results.BySource | None
    """How the model does on sources that it did not learn from; None where nobody knows the sources."""
    others: Share | None
    """Of pictures of other things, each judged by a rejection that had not learned from it, those that are taken for
    one of the classes; None where there are none."""


@dataclass(frozen=True)
class _Answers:
    """The answers to N pictures, as they are served."""

    pictures: tuple[LabelledImage, ...]
    logits: Floats
    """(N, C)"""
    scores: Floats
    """(N,) in-distribution scores."""

    @property
    def labels(self) -> _Labels:
        """(N,) class indices."""
        return np.array([picture.label for picture in self.pictures])


def calibrate(
    model: Path,
    out: Path,
    parts: Split,
    recipe: config.Recipe,
    *,
    copies: Mapping[LabelledImage, int] | None = None,
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
        copies: a number for each picture that copies and near duplicates share; None: no two are alike.
        sources: where the pictures come from; None where nobody knows.
        head: the one that the backbone came with; default: the one that the model file holds, if any.
        logit_factor: the factor that training has put into the last layer already, to say what that has changed.

    Raises:
        DatasetError: too few pictures of other things, or none held back that can be read.
        ArtifactError: the model file cannot be used, or `out` not be written.
    """
    recognizer = Recognizer.open(model)
    of_classes = tuple(dict.fromkeys((*parts.train, *parts.validation, *(copies or ()))))
    unknown = _unknown(recipe, Dataset(recognizer.metadata.class_names, of_classes))
    rejection, score, accepted, others = _fit_rejection(
        recognizer, parts, unknown, recipe, copies, sources, head or _own_head(recognizer)
    )
    name, version = name_and_version(out)
    changed = {"name": name, "version": version, "rejection": rejection}
    metadata = recognizer.metadata.model_copy(update=changed)
    served = Recognizer(replace(recognizer.artifact, metadata=metadata, ood_score=score), recognizer.engine)
    answers = _answers(served, parts.validation)
    logits, labels = answers.logits, answers.labels
    temperature = best_temperature(logits, labels)
    errors = results.Calibration(
        pictures=len(labels),
        engine=recognizer.engine.name,
        before=_error(logits / np.float32(logit_factor), labels, 1.0),
        after=_error(logits, labels, temperature),
        scores=Histogram.of(calibration.probabilities(logits, temperature).max(axis=1).tolist(), SCORE_BOUNDS),
        likenesses=_likenesses(rejection, answers.scores),
    )
    of_sources = _by_source(metadata, answers, parts, sources, rejection.threshold, accepted)
    measured = {**metadata.results, "calibration": errors.to_dict()}
    if of_sources is not None:
        measured["by_source"] = of_sources.to_dict()
    finished = metadata.model_copy(update={"temperature": temperature, "results": measured})
    _write(model, out, finished, score)
    return Calibration(errors, temperature, rejection, of_sources, others)


def _unknown(recipe: config.Recipe, classes: Dataset) -> Sequence[UnknownPicture]:
    """Pictures of other things. Whoever calibrates has told what there is, before anything was computed."""
    folders = [Path(folder) for folder in recipe.rejection.unknown or ()]
    if not folders:
        return ()
    return find_enough_unknown(folders, classes.class_names, lambda _: None, classes=classes)


def _fit_rejection(
    recognizer: Recognizer,
    parts: Split,
    unknown: Sequence[UnknownPicture],
    recipe: config.Recipe,
    copies: Mapping[LabelledImage, int] | None,
    sources: Sources | None,
    head: BackboneHead | None,
) -> tuple[HeadRejection | SimilarityRejection, OodScore, list[Share], Share | None]:
    """The rejection, its numbers, and how many pictures of each source left out, and of other things, are accepted."""
    if head is None:
        left_out = sources.left_out if sources else ()
        rejection, score, of_others = by_similarity.fit(recognizer, parts, left_out, unknown, recipe)
        return rejection, score, [], of_others
    known = Known(
        files=[picture.path for picture in parts.train],
        labels=np.array([picture.label for picture in parts.train]),
        sources=np.array([sources.groups[picture] for picture in parts.train]) if sources else None,
        copies=np.array([copies[picture] for picture in parts.train]) if copies else None,
    )
    return head_rejection.fit(recognizer, head, known, unknown, recipe)


def _own_head(recognizer: Recognizer) -> BackboneHead | None:
    score = recognizer.artifact.ood_score
    return score.backbone if isinstance(score, HeadScore) else None


def _by_source(
    metadata: ModelMetadata,
    answers: _Answers,
    parts: Split,
    sources: Sources | None,
    threshold: float,
    accepted: Sequence[Share],
) -> results.BySource | None:
    """Of sources left out in turn, where some were, and else of those that are held back as a whole."""
    before = metadata.measured
    if sources is None:
        return before.by_source
    learned_from = {sources.groups[picture] for picture in parts.train}
    names = np.array([sources.groups[picture] for picture in answers.pictures])
    # Of other pictures than those that the training held back, nobody knows what the network has learned from.
    unmet = np.array([name not in learned_from for name in names]) & _is_held_back(metadata, parts)
    right = answers.logits.argmax(axis=1) == answers.labels
    accepted = accepted or shares_of(names[unmet], (answers.scores >= threshold)[unmet])
    crossed = before.by_source.right if before.by_source and before.cross_validation else None
    return results.BySource(
        right=crossed or by_source.record(shares_of(names[unmet], right[unmet])),
        accepted=by_source.record(accepted),
    )


def _is_held_back(metadata: ModelMetadata, parts: Split) -> bool:
    """Whether the pictures held back are those of the training, as far as the model file says."""
    said = metadata.origin.data.validation_digest if metadata.origin.data else None
    return said in (None, Dataset(metadata.class_names, parts.validation).digest())


def _answers(served: Recognizer, pictures: Sequence[LabelledImage]) -> _Answers:
    """The answers to the pictures that can be read."""

    def look(picture: LabelledImage) -> tuple[Floats, float] | None:
        try:
            looks = served.look([served.decode(picture.read())])
        except ImageError:
            return None
        return np.asarray(looks.logits[0], np.float32), float(
            "nan" if looks.ood_scores is None else looks.ood_scores[0]
        )

    with ThreadPoolExecutor(machine.cores()) as pool:
        found = list(progress.track(pool.map(look, pictures), "Answering those held back", total=len(pictures)))
    answered = [(picture, *answer) for picture, answer in zip(pictures, found, strict=True) if answer is not None]
    if not answered:
        raise DatasetError("Not one of the pictures held back can be read.")
    return _Answers(
        pictures=tuple(picture for picture, _, _ in answered),
        logits=np.array([logits for _, logits, _ in answered]),
        scores=np.array([score for _, _, score in answered], np.float32),
    )


def _likenesses(rejection: HeadRejection | SimilarityRejection, scores: Floats) -> Histogram | None:
    found = [rejection.likeness(score) for score in scores.tolist()]
    known = [likeness for likeness in found if likeness is not None]
    return Histogram.of(known, LIKENESS_BOUNDS) if known else None


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
