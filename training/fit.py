"""Trains a model from a folder of pictures: the whole way, in order.

scan -> audit -> split -> starting weights -> head -> fine-tune -> interpolate -> head -> scale -> export -> compile
-> calibrate -> report
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from recognizer import Recognizer, architectures, artifact
from recognizer.compiled import Parity, Precision
from training import audit, dataset, export, provenance, report, serving_graph, split, starting_point, unknown_pictures
from training.batches import Batches, Variation, balanced_class_weights
from training.calibrate import Calibration, calibrate
from training.config import Recipe
from training.dataset import LabelledImage
from training.errors import RecipeError
from training.evaluate import Evaluation, evaluate
from training.fine_tune import fine_tune
from training.head import scale_logits, train_head
from training.precision import computed_in


@dataclass(frozen=True)
class Fit:
    """What came out of a training run."""

    path: Path
    audit: audit.Audit
    evaluation: Evaluation
    """Of the written file on the pictures that were held back."""
    parity: Mapping[Precision, Parity]
    """How close the compiled graph comes to it."""
    calibration: Calibration
    """How sure it may be, and when a picture is none of the classes."""
    report: Path
    """The page about it."""


def fit(folder: Path, recipe: Recipe, out: Path, *, photographs: bool = True) -> Fit:
    """Trains on the class folders in `folder` and writes the model file `out`, its serving graph and its report.

    Args:
        folder: with one folder a class.
        recipe: all the options.
        out: where the model file goes; graph and report go beside it.
        photographs: whether the report shows some.

    Raises:
        DatasetError, RecipeError, WeightsError: what was given cannot be used; nothing is written.
        ArtifactError: the file cannot be written.
    """
    started = time.monotonic()
    _check_stages(recipe)
    _check_unknown(recipe)
    artifact.check_writable(out)
    audited = audit.audit(dataset.scan(folder))
    parts = split.by_content(
        audited.dataset, validation_fraction=recipe.validation_fraction, seed=recipe.seed, groups=audited.groups
    )
    keras.utils.set_random_seed(recipe.seed)
    with _dtype_policy(computed_in(recipe.precision)):
        trained = _train(audited.dataset.class_names, parts, recipe)
    record = provenance.record(
        recipe=recipe,
        dataset=audited.dataset,
        split=parts,
        starting_weights=trained.starting_weights,
        seconds=time.monotonic() - started,
    )
    held_back = dataset.Dataset(audited.dataset.class_names, parts.validation)
    evaluation = export.export(
        trained.weights,
        out,
        architecture=recipe.architecture,
        held_back=held_back,
        provenance=record,
        history=trained.history,
    )
    preprocessing = architectures.get(recipe.architecture).preprocessing
    parity = serving_graph.make(out, parts, preprocessing, seed=recipe.seed)
    calibration = calibrate(out, out, parts, recipe.rejection, seed=recipe.seed, logit_factor=trained.logit_factor)
    page = _write_report(out, held_back, audited, photographs=photographs)
    return Fit(path=out, audit=audited, evaluation=evaluation, parity=parity, calibration=calibration, report=page)


def _write_report(model: Path, held_back: dataset.Dataset, audited: audit.Audit, *, photographs: bool) -> Path:
    """Of the model as it will be served, so with its compiled graph."""
    recognizer = Recognizer.open(model)
    page = report.default_path(model)
    contents = report.Contents(
        recognizer=recognizer,
        evaluation=evaluate(recognizer, held_back),
        origin="held back",
        audit=audited,
        photographs=photographs,
    )
    report.write(page, contents)
    return page


@dataclass(frozen=True)
class _Trained:
    weights: list[npt.NDArray[np.float32]]
    starting_weights: dict[str, Any]
    history: list[dict[str, Any]]
    logit_factor: float
    """What `scale_logits` put into the last layer."""


def _train(class_names: tuple[str, ...], parts: split.Split, recipe: Recipe) -> _Trained:
    preprocessing = architectures.get(recipe.architecture).preprocessing
    class_weights = balanced_class_weights([image.label for image in parts.train], len(class_names))
    model, starting_weights = starting_point.build(recipe.architecture, recipe.weights, len(class_names))
    variation = Variation(recipe.augmentation, recipe.seed)
    fit_head = partial(
        train_head,
        model,
        parts.train,
        class_weights=class_weights,
        preprocessing=preprocessing,
        options=recipe.head,
        variation=variation,
    )
    fit_head()
    probe = model.get_weights()

    def batches(pictures: Sequence[LabelledImage], variation: Variation | None) -> Batches:
        return Batches(
            pictures,
            class_weights=class_weights,
            batch_size=recipe.batch_size,
            preprocessing=preprocessing,
            variation=variation,
        )

    history = fine_tune(
        model,
        recipe.architecture,
        train=batches(parts.train, variation),
        validation=batches(parts.validation, None),
        options=recipe.fine_tune,
    )
    model.set_weights(interpolate(probe, model.get_weights(), recipe.fine_tune.interpolation))
    fit_head()  # Again, for the features are others now.
    factor = scale_logits(model, parts.validation, preprocessing=preprocessing)
    return _Trained(model.get_weights(), starting_weights=starting_weights, history=history, logit_factor=factor)


def interpolate(
    probe: list[npt.NDArray[np.float32]], tuned: list[npt.NDArray[np.float32]], share: float
) -> list[npt.NDArray[np.float32]]:
    """The weights on the straight line from probe (0) to tuned (1), tensor by tensor (Wortsman et al. 2022)."""
    return [np.asarray((1 - share) * a + share * b, np.float32) for a, b in zip(probe, tuned, strict=True)]


def _check_stages(recipe: Recipe) -> None:
    known = architectures.ARCHITECTURES.get(recipe.architecture)
    if known is None:
        raise RecipeError(
            f"Expected architecture: {', '.join(architectures.ARCHITECTURES)}. Received: {recipe.architecture!r}"
        )
    wrong = [stage for stage in recipe.fine_tune.unfreeze if stage not in known.stages]
    if wrong:
        raise RecipeError(
            f"Expected fine_tune.unfreeze out of: {', '.join(known.stages)}. Received: {', '.join(wrong)}"
        )


def _check_unknown(recipe: Recipe) -> None:
    """Now, not when they are needed: that is after the training."""
    if recipe.rejection.unknown is not None:
        unknown_pictures.scan(Path(recipe.rejection.unknown))


@contextmanager
def _dtype_policy(policy: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
