"""Calibrates a finished model: how sure its scores are, and when a picture is none of its classes.

    model file + its graph -> logits, embeddings -> temperature -> rejection -> model file, the same graph

The threshold is set on pictures held back or, where groups are known, on each group in turn, as if the model had
learned from the others only: pictures from elsewhere score lower than those of the same sources.

What serves is measured: an int8 graph gives other embeddings than Keras does. The weights stay as they are, and so
does the graph; it is only given the digest of the new file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, calibration
from recognizer.engines import graph_files
from recognizer.model_file import artifact, results
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.ood_score import OodScore
from recognizer.model_file.rejection_record import Rejection
from recognizer.model_file.results import CalibrationError
from recognizer.registry.file_names import name_and_version
from training import config
from training.calibration.embeddings import Embedded, embed
from training.calibration.ood import HeldBack, UnknownEmbeddings, fit_rejection
from training.calibration.ood_scores import Floats, learn_known
from training.data import unknown_images
from training.data.dataset import LabelledImage
from training.data.split import Split
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
    rejection: Rejection


def calibrate(
    model: Path,
    out: Path,
    parts: Split,
    options: config.Rejection,
    *,
    seed: int,
    folds: Sequence[Split] = (),
    logit_factor: float = 1.0,
) -> Calibration:
    """Writes `out`: the model file with a temperature and a rejection, and its graph beside it.

    Args:
        model: the model file; compiled first, where it has no graph.
        out: where to; may be `model`.
        parts: the pictures that the model was trained on, and those held back.
        options: of the rejection.
        seed: of what is drawn.
        folds: the same pictures, split so that each group is held back once; none where no groups are known.
        logit_factor: the factor that training has put into the last layer already, to say what that has changed.

    Raises:
        DatasetError: too few pictures of other things, or none held back that can be read.
        ArtifactError: the model file cannot be used, or `out` not be written.
    """
    name, version = name_and_version(out)
    recognizer = Recognizer.open(model)
    folders = [Path(folder) for folder in options.unknown or ()]
    class_names = recognizer.metadata.class_names
    others = unknown_images.find_enough_unknown(folders, class_names, lambda _: None) if folders else None
    seen = _see(recognizer, (*parts.train, *parts.validation))
    known = learn_known(*seen.of(parts.train), seed=seed)
    validation, labels = seen.of(parts.validation)
    temperature = best_temperature(validation.logits, labels)
    rejection, ood_score = fit_rejection(
        known,
        [_left_out(seen, fold, seed) for fold in folds] or [HeldBack(known, validation)],
        None if others is None else _embed_unknown(recognizer, others, folders),
        accepted_share=options.accepted_share,
        seed=seed,
        left_out=bool(folds),
    )
    errors = results.Calibration(
        pictures=len(validation),
        engine=recognizer.engine.name,
        before=_error(validation.logits / np.float32(logit_factor), labels, 1.0),
        after=_error(validation.logits, labels, temperature),
    )
    metadata = recognizer.metadata
    changed = metadata.model_copy(
        update={
            "name": name,
            "version": version,
            "temperature": temperature,
            "rejection": rejection,
            "results": {**metadata.results, "calibration": errors.to_dict()},
        }
    )
    _write(model, out, changed, ood_score)
    return Calibration(errors, temperature, rejection)


@dataclass(frozen=True)
class _Seen:
    """The embeddings of labelled pictures."""

    rows: Mapping[LabelledImage, int]
    """Of those that can be read."""
    embedded: Embedded

    def of(self, pictures: Sequence[LabelledImage]) -> tuple[Embedded, _Labels]:
        """The embeddings of some of the pictures, with their labels."""
        readable = [picture for picture in pictures if picture in self.rows]
        if not readable:
            raise DatasetError("Not one of the pictures can be read.")
        chosen = np.array([self.rows[picture] for picture in readable])
        return self.embedded[chosen], np.array([picture.label for picture in readable])


def _see(recognizer: Recognizer, pictures: Sequence[LabelledImage]) -> _Seen:
    seen, readable = embed(recognizer, [picture.path for picture in pictures], "Looking at the pictures")
    in_order = (picture for picture, is_readable in zip(pictures, readable, strict=True) if is_readable)
    return _Seen({picture: row for row, picture in enumerate(in_order)}, seen)


def _left_out(seen: _Seen, fold: Split, seed: int) -> HeldBack:
    pictures, _ = seen.of(fold.validation)
    return HeldBack(learn_known(*seen.of(fold.train), seed=seed), pictures)


def _embed_unknown(
    recognizer: Recognizer, pictures: Sequence[UnknownPicture], folders: Sequence[Path]
) -> UnknownEmbeddings:
    seen, readable = embed(recognizer, [picture.path for picture in pictures], "Looking at unknown pictures")
    unknown_images.refuse_few(len(seen), folders)
    tops = np.array([picture.folder for picture in pictures])[readable]
    kinds = np.array([picture.kind for picture in pictures])[readable]
    return UnknownEmbeddings(seen, tops, kinds)


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
