"""Calibrates a rejection by similarity, for networks whose backbone has no head of its own: see ood.py.

The threshold is set on pictures held back or, where groups are known, on each group in turn, as if the model had
learned from the others only: pictures from elsewhere score lower than those of the same sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer
from recognizer.model_file.rejection_record import SimilarityRejection
from recognizer.model_file.similarity import SimilarityScore
from training.audit import inspect
from training.calibration.embeddings import Embedded, embed
from training.calibration.ood import HeldBack, UnknownEmbeddings, fit_rejection
from training.calibration.ood_scores import learn_known
from training.config import Recipe
from training.data.dataset import LabelledImage
from training.data.split import Split
from training.data.unknown_images import UnknownPicture, has_single_kinds, refuse_few
from training.errors import DatasetError
from training.evaluation.confidence_intervals import Share

ACCEPTED_SHARE = 0.95
"""Of pictures held back; unless the recipe has another."""


def fit(
    recognizer: Recognizer,
    parts: Split,
    folds: Sequence[Split],
    unknown: Sequence[UnknownPicture],
    recipe: Recipe,
) -> tuple[SimilarityRejection, SimilarityScore, Share | None]:
    """Fits the rejection of a model by similarity, on the embeddings that serve it; see `fit_rejection`.

    Args:
        recognizer: the model as it is served, but for its rejection.
        parts: the pictures that the model was trained on, and those held back.
        folds: the same pictures, split so that each group is held back once; none where no groups are known.
        unknown: pictures of other things; may be none.
        recipe: of the training.

    Raises:
        DatasetError: hardly any of the unknown pictures can be read, or none held back.
    """
    seen = _see(recognizer, (*parts.train, *parts.validation))
    known = learn_known(*seen.of(parts.train), seed=recipe.seed)
    validation, _ = seen.of(parts.validation)
    return fit_rejection(
        known,
        [_left_out(seen, fold, recipe.seed) for fold in folds] or [HeldBack(known, validation)],
        _embed_unknown(recognizer, unknown, recipe) if unknown else None,
        accepted_share=ACCEPTED_SHARE if recipe.rejection.accepted_share is None else recipe.rejection.accepted_share,
        seed=recipe.seed,
        left_out=bool(folds),
    )


@dataclass(frozen=True)
class _Seen:
    """The embeddings of labelled pictures."""

    rows: Mapping[LabelledImage, int]
    """Of those that can be read."""
    embedded: Embedded

    def of(self, pictures: Sequence[LabelledImage]) -> tuple[Embedded, npt.NDArray[np.int64]]:
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


def _embed_unknown(recognizer: Recognizer, pictures: Sequence[UnknownPicture], recipe: Recipe) -> UnknownEmbeddings:
    seen, readable = embed(recognizer, [picture.path for picture in pictures], "Looking at unknown pictures")
    refuse_few(len(seen), [Path(folder) for folder in recipe.rejection.unknown or ()])
    tops = np.array([picture.folder for picture in pictures])[readable]
    kinds = np.array([picture.kind for picture in pictures])[readable]
    if not has_single_kinds(tops, kinds):
        return UnknownEmbeddings(seen, tops, kinds)
    files = [picture.path for picture, is_readable in zip(pictures, readable, strict=True) if is_readable]
    return UnknownEmbeddings(seen, tops, kinds, np.array(inspect.near_copies(files)))
