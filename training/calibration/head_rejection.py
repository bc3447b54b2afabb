"""Calibrates a rejection by a head: looks at the pictures, fits the head, sets where it looks again and its threshold.

    looks -> a first head -> looks again -> the head
          -> folds, each judged by a head that has not seen them -> band, threshold, what is taken for a class

Where the folds leave no sources out, see folds.py, the pictures in them are judged as if somebody else had taken them:
those of the sources that were learned from flatter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognizer import Recognizer
from recognizer.engines import second_look
from recognizer.model_file.numbers import Floats
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from recognizer.model_file.rejection_record import Compared, HeadRejection, SecondLook, Spread
from training.audit import inspect
from training.calibration import folds, rejection_head
from training.calibration.background import Labels
from training.calibration.folds import FOLDS, IN_NO_FOLD, Mask
from training.calibration.looks import CROP_SIDE, Looked, Looks
from training.calibration.ood import spread, threshold
from training.config import Recipe
from training.config import Rejection as RejectionOptions
from training.data.unknown_images import UnknownPicture, refuse_few
from training.errors import DatasetError
from training.evaluation.by_source import shares_of
from training.evaluation.confidence_intervals import Share

ACCEPTED_SHARE = 0.975
"""Of pictures of sources left out; unless the recipe has another."""
ACCEPTED_AT_RANDOM = 0.95
"""Of pictures left out at random, which are fewer as a rule: heads that have not seen a third of few pictures score
them lower than the head of all of them will."""
MANY_UNKNOWN = 1_000
"""Pictures of other things are enough for a hidden layer; with fewer, it tells no more than a linear head does."""

_UNSURE = (0.005, 0.10)
"""Quantiles of the scores of pictures left out, between which a picture is looked at again."""
_LOGIT_MARGIN = 3.0


@dataclass(frozen=True)
class Known:
    """Pictures of the classes that a rejection is fitted on."""

    files: Sequence[Path]
    labels: Labels
    """(N,) class indices."""
    sources: npt.NDArray[np.str_] | None
    """(N,) where each comes from; None where nobody knows."""
    copies: npt.NDArray[np.int64] | None = None
    """(N,) a number that copies and near copies share; None: no two are alike."""


def fit(
    recognizer: Recognizer,
    head: BackboneHead,
    known: Known,
    unknown: Sequence[UnknownPicture],
    recipe: Recipe,
) -> tuple[HeadRejection, HeadScore, list[Share], Share | None]:
    """Fits the rejection of a model by a head, on the embeddings that serve it.

    Says of each source that was left out, too, how many of its pictures are accepted; of none, where none was left out.
    And of the unknown pictures, each judged by a head that had not learned from it; None where there are none.

    Args:
        recognizer: the model as it is served, but for its rejection.
        head: of its backbone.
        known: pictures of the classes; those that cannot be read are left out.
        unknown: pictures of other things; may be none.
        recipe: of the training.

    Raises:
        DatasetError: hardly any of the unknown pictures can be read, or none of a class.
    """
    looks = Looks(recognizer, recipe)
    seen = looks.known(known.files)
    others = looks.unknown([picture.path for picture in unknown]) if unknown else None
    if others is not None:
        refuse_few(len(others.files), [Path(folder) for folder in recipe.rejection.unknown or ()])
    labels = known.labels[seen.readable]
    _refuse_lost_classes(labels, recognizer.metadata.class_names)
    sources = None if known.sources is None else known.sources[seen.readable]
    copies = np.arange(len(labels)) if known.copies is None else known.copies[seen.readable]
    fold, by_source = folds.divide(labels, sources, copies, seed=recipe.seed)
    kinds = _Kinds.of(unknown, others)

    hidden = others is not None and len(others.files) >= MANY_UNKNOWN

    def learn(without: int | None = None, *, hidden: bool = hidden) -> HeadScore:
        """All of them, or all but a fold."""
        outside = kinds.fold != without
        shown = others.learned[outside] if others is not None and outside.any() else None
        learned, classes = seen.learned[fold != without], labels[fold != without]
        return rejection_head.fit(head, learned, classes, shown, seed=recipe.seed, hidden=hidden)

    first = learn(hidden=False)  # Says where to look again, which the linear head does.
    seen = looks.known_again(seen, first)
    others = None if others is None else looks.unknown_again(others, first)
    judges = [learn(without=number) for number in range(FOLDS)]
    score = learn()
    record, accepted, of_others = _record(score, judges, fold, seen, kinds, others, by_source, recipe.rejection)
    of_sources = [] if sources is None else shares_of(sources[by_source], accepted[by_source])
    return record, score, of_sources, of_others


def _refuse_lost_classes(labels: Labels, class_names: Sequence[str]) -> None:
    lost = [name for label, name in enumerate(class_names) if label not in labels]
    if lost:
        raise DatasetError(f"Not one of the pictures of {', '.join(lost)} can be read.")


def _record(
    score: HeadScore,
    judges: Sequence[HeadScore],
    fold: npt.NDArray[np.int64],
    seen: Looked,
    kinds: _Kinds,
    others: Looked | None,
    by_source: Mask,
    options: RejectionOptions,
) -> tuple[HeadRejection, Mask, Share | None]:
    """The record, (N,) which of the known pictures are accepted, and how many unknown ones, where there are any."""
    in_one, of_known = fold != IN_NO_FOLD, judges
    if not in_one.any():  # Each class has one picture: who learned from them has to judge them.
        in_one, fold, of_known = ~in_one, np.zeros_like(fold), [score]
    shown = np.where(by_source[:, None], seen.first, seen.varied)  # (N, D)
    first, again = _judged(of_known, fold, shown, seen.again)
    default = ACCEPTED_SHARE if by_source.any() else ACCEPTED_AT_RANDOM
    share = default if options.accepted_share is None else options.accepted_share
    looks = _second_look(first[in_one]) if options.second_look else None
    combined = _combined(first, again, looks)
    border = threshold(combined[in_one], share)
    while looks is not None and border > looks.highest:  # Nothing is refused without a second look that could help.
        looks = looks.model_copy(update={"highest": border})
        combined = _combined(first, again, looks)
        border = threshold(combined[in_one], share)
    scores = combined[in_one]
    compared, of_others = [], None
    if others is not None:
        taken = _combined(*_judged(judges, kinds.fold, others.first, others.again), looks) >= border
        compared.append(_compared(taken, kinds))
        of_others = Share(int(taken.sum()), len(taken))
    outputs, features = score.kernel.shape
    record = HeadRejection(
        backbone_classes=len(score.own),
        outputs=outputs,
        embedding_size=features,
        hidden_units=0 if score.hidden is None else len(score.hidden.bias),
        backbone_weight=score.backbone_weight,
        second_look=looks,
        threshold=border,
        spread=spread(scores, share),
        accepted_share=share,
        left_out=bool(by_source.any()),
        comparison=tuple(compared),
        unknown_pictures=len(kinds.fold),
        unknown_kinds=len({*zip(kinds.folders, kinds.names, strict=True)}),
        trials=FOLDS if compared else 0,
    )
    return record, combined >= border, of_others


@dataclass(frozen=True)
class _Kinds:
    """What unknown pictures show, and in which fold they are: all of a kind are in one.

    Where kinds are too few for it, all copies and near copies of a picture are: a head that has seen a frame of a burst
    knows the others.
    """

    folders: npt.NDArray[np.str_]
    names: npt.NDArray[np.str_]
    fold: npt.NDArray[np.int64]

    @classmethod
    def of(cls, pictures: Sequence[UnknownPicture], looked: Looked | None) -> _Kinds:
        readable = [] if looked is None else [p for p, kept in zip(pictures, looked.readable, strict=True) if kept]
        folders = np.array([picture.folder for picture in readable], str)
        names = np.array([picture.kind for picture in readable], str)
        kinds = np.char.add(np.char.add(folders, "/"), names)
        if len(np.unique(kinds)) < FOLDS:
            kinds = np.array(inspect.near_copies([picture.path for picture in readable]))
        return cls(folders, names, folds.whole(kinds))


def _judged(
    judges: Sequence[HeadScore], fold: npt.NDArray[np.int64], first: Floats, again: Floats
) -> tuple[Floats, Floats]:
    """(N,) and (N,): the scores of two looks at pictures, each by the head that has not seen its fold."""
    scores = np.zeros((2, len(fold)), np.float32)
    for number, judge in enumerate(judges):
        inside = fold == number
        scores[0, inside], scores[1, inside] = judge(first[inside]), judge(again[inside])
    return scores[0], scores[1]


def _second_look(first: Floats) -> SecondLook:
    lowest, highest = np.quantile(first, _UNSURE)
    return SecondLook(lowest=float(lowest), highest=float(highest), logit_margin=_LOGIT_MARGIN, side=CROP_SIDE)


def _combined(first: Floats, again: Floats, options: SecondLook | None) -> Floats:
    return first if options is None else second_look.combined_scores(first, again, options)


def _compared(accepted: Mask, kinds: _Kinds) -> Compared:
    """By folder, the share of unknown pictures that are taken for a class by a head that has not seen their kind."""
    shares = {}
    for folder in np.unique(kinds.folders):
        inside = kinds.folders == folder
        found = [float(accepted[inside & (kinds.fold == number)].mean()) for number in np.unique(kinds.fold[inside])]
        shares[str(folder)] = Spread(mean=float(accepted[inside].mean()), lowest=min(found), highest=max(found))
    return Compared(method="rejection_head", unknown=shares)
