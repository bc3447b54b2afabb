"""Trains the weights, step by step; what each step leaves is kept in the run's folder.

starting weights -> probe -> fine-tuning -> interpolation, second probe, scale
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from training.config import Augmentation
from training.data import sampling
from training.data.batches import Batches, Variation
from training.data.dataset import LabelledImage
from training.data.picture_memory import PictureMemory
from training.job import Job
from training.network import feature_cache, head, starting_weights
from training.network.feature_cache import Cache
from training.network.features import Features
from training.network.head import fit_class_means
from training.network.temperature import best_factor
from training.trainer import still_wrong
from training.trainer.epoch_loop import TrainerState
from training.trainer.fine_tune import fine_tune
from training.trainer.run import RunFolder, RunOptions
from training.trainer.stop import Deadline
from training.trainer.tensorboard import Scalars
from training.trainer.time_estimate import Pace

Floats = npt.NDArray[np.float32]

# Pictures of a class side by side, for triplets; with more, a batch would hold fewer classes.
_TOGETHER = 4

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the fine-tuned weights, for `fine_tune.interpolation = "auto"` to choose from."""


@dataclass(frozen=True)
class Trained:
    """What came out of it."""

    weights: list[Floats]
    starting_weights: dict[str, Any]
    """Where they come from."""
    history: list[dict[str, Any]]
    logit_factor: float
    """What `head.scale_logits` put into the last layer."""
    interpolation: float
    """Share of the fine-tuned weights in the result."""
    cut: bool
    """Whether training was told to end before it would have."""

    def provenance(self) -> dict[str, Any]:
        """What the run decided itself."""
        return {"interpolation": self.interpolation, "training_cut": self.cut}


def train(job: Job, *, run: RunFolder, deadline: Deadline, options: RunOptions) -> Trained:
    """Trains the network of a job: fits it on one part of the pictures, and chooses on the part held back."""
    model = job.build_network()
    work = _Work(model, job, run, deadline, options)
    origin = run.step("starting-weights", model, work.start)
    run.step("probe", model, work.probe)
    probe = model.get_weights()
    run.note_spent_s(deadline.spent_s())
    tuned = run.step("fine-tuning", model, work.fine_tune)
    finished = run.step("last-layer", model, lambda: work.finish(probe))
    run.note_spent_s(deadline.spent_s())
    return Trained(
        weights=model.get_weights(),
        starting_weights=origin,
        history=tuned["history"],
        cut=tuned["cut"],
        interpolation=finished["interpolation"],
        logit_factor=finished["logit_factor"],
    )


def compute_features(job: Job, *, options: RunOptions) -> None:
    """Computes what a probe is fitted to, of all pictures of a job, into the cache that trainings take it from."""
    if job.recipe.head.training == "probe":
        model = job.build_network()
        work = _Work(model, job, RunFolder(Path()), Deadline(), options)
        work.start()
        work.features_of(job.dataset.images)


def interpolate(probe: list[Floats], tuned: list[Floats], share: float) -> list[Floats]:
    """The weights on the straight line from probe (0) to tuned (1), tensor by tensor (Wortsman et al. 2022)."""
    return [np.asarray((1 - share) * a + share * b, np.float32) for a, b in zip(probe, tuned, strict=True)]


def lowest(loss_of: Callable[[float], float]) -> float:
    """The one of `SHARES` with the lowest loss; of equals the lowest, which keeps more of what the backbone knew.

    Args:
        loss_of: the mean loss on pictures held back of the network with a share of the fine-tuned weights. One that is
            no number is worse than any other.
    """
    losses = {share: loss_of(share) for share in SHARES}
    return min(losses, key=lambda share: math.inf if math.isnan(losses[share]) else losses[share])


@dataclass
class _Work:
    """The steps, each of which changes the weights of `model`."""

    model: keras.Model
    job: Job
    run: RunFolder
    deadline: Deadline
    options: RunOptions

    def start(self) -> dict[str, Any]:
        classes = len(self._class_weights)
        source, record = starting_weights.build(
            self.job.recipe.architecture,
            self.job.recipe.weights,
            classes,
            self.job.preprocessing,
            unit_embedding_size=self.job.recipe.head.unit_embedding_size,
        )
        self.model.set_weights(source.get_weights())
        return record

    def probe(self) -> None:
        """The backbone is one that other runs may start from, too."""
        if self.job.recipe.head.training == "probe":
            self._fit_head(self._cache)

    def fine_tune(self) -> dict[str, Any]:
        state = TrainerState(
            checkpoints=self.run.checkpoints("fine-tuning"),
            every_s=60 * self.options.checkpoint_min,
            deadline=self.deadline,
            scalars=Scalars(self.options.tensorboard),
            pace=Pace(looks_after=self._looks_after()),
            saved=lambda: self.run.note_spent_s(self.deadline.spent_s()),
            told_of=self._tell_wrong,
            machines=self.options.machines,
        )
        with state.stopping.on_signals():
            history = fine_tune(
                self.model,
                self.job.recipe,
                self._batches(self.job.parts.train, self._variation),
                self._batches(self.job.parts.validation, self._held_back_order),
                state,
            )
        return {"history": history, "cut": self.deadline.cut}

    def finish(self, probe: list[Floats]) -> dict[str, float]:
        share = self._interpolate(probe)
        cache = self._cache
        if self.job.recipe.head.training == "triplet" or any(
            not np.array_equal(a, b) for a, b in zip(probe, self.model.get_weights(), strict=True)
        ):
            cache = self.run.features()  # Nobody else has this backbone.
            self._fit_head(cache)
        held_back = self._validation(cache)
        factor = head.scale_logits(self.model, held_back, _labels(self.job.parts.validation))
        still_wrong.tell(self.job, head.logits(self.model, held_back))
        return {"interpolation": share, "logit_factor": factor}

    def features_of(self, pictures: Sequence[LabelledImage]) -> None:
        """Has them in the cache of the starting weights."""
        self._features(self._cache).of(pictures, views=self.job.recipe.head.views)

    def _fit_head(self, cache: Cache | None) -> None:
        if self.job.recipe.head.training == "together":
            return
        views = self.job.recipe.head.views
        embedding = self._features(cache).of(self.job.parts.train, views=views)
        if self.job.recipe.head.training == "triplet":
            fit_class_means(self.model, embedding, np.tile(_labels(self.job.parts.train), views))
            return
        head.train_head(
            self.model,
            embedding,
            np.tile(_labels(self.job.parts.train), views),
            weights=np.tile(self._picture_weights, views),
            options=self.job.recipe.head,
        )

    def _tell_wrong(self, outputs: Floats) -> None:
        if self._held_back_order is None:  # Else they are embeddings, in another order.
            still_wrong.tell(self.job, outputs)

    def _interpolate(self, probe: list[Floats]) -> float:
        tuned, wanted = self.model.get_weights(), self.job.recipe.fine_tune.interpolation

        def loss_of(share: float) -> float:
            self.model.set_weights(interpolate(probe, tuned, share))
            return _loss(
                head.logits(self.model, self._validation(self.run.features())), _labels(self.job.parts.validation)
            )

        share = lowest(loss_of) if wanted == "auto" else wanted
        self.model.set_weights(interpolate(probe, tuned, share))
        return share

    def _validation(self, cache: Cache | None) -> Floats:
        return self._features(cache).of(self.job.parts.validation)

    def _features(self, cache: Cache | None) -> Features:
        """Of the weights as they are now."""
        return Features(self.model, self.job.preprocessing, cache, self._memory, self._variation, self.options.machines)

    @property
    def _cache(self) -> Cache | None:
        """Of the starting weights, with which others begin, too."""
        return self.options.cache or feature_cache.user_cache()

    def _batches(self, pictures: Sequence[LabelledImage], variation: Variation | None) -> Batches:
        return Batches(
            pictures,
            class_weights=self._class_weights,
            batch_size=self.job.recipe.batch_size,
            preprocessing=self.job.preprocessing,
            variation=variation,
            memory=self._memory,
        )

    def _looks_after(self) -> int:
        """How often a picture is looked at after fine-tuning: probe, scale, evaluation, calibration, report."""
        views = 0 if self.job.recipe.head.training == "together" else self.job.recipe.head.views
        choices = len(SHARES) if self.job.recipe.fine_tune.interpolation == "auto" else 0
        return (views + 1) * len(self.job.parts.train) + (choices + 4) * len(self.job.parts.validation)

    @cached_property
    def _variation(self) -> Variation:
        together = _TOGETHER if self.job.recipe.head.training == "triplet" else 1
        return Variation(self.job.recipe.augmentation, self.job.recipe.seed, self.job.recipe.sampling.balance, together)

    @property
    def _held_back_order(self) -> Variation | None:
        """Triplets need classes side by side; a cross entropy takes pictures as they come."""
        if self.job.recipe.head.training != "triplet":
            return None
        return Variation(Augmentation.none(), self.job.recipe.seed, "none", _TOGETHER)

    @cached_property
    def _memory(self) -> PictureMemory:
        return PictureMemory(self.job.preprocessing)

    @property
    def _picture_weights(self) -> Floats:
        """(n,) of the pictures that are trained on."""
        labels = _labels(self.job.parts.train)
        weights = self._class_weights[labels]
        if self.job.sources is None or self.job.recipe.sampling.sources == "none":
            return weights
        sources = [self.job.sources[picture] for picture in self.job.parts.train]
        return weights * sampling.source_weights(labels.tolist(), sources)

    @cached_property
    def _class_weights(self) -> Floats:
        classes = self.model.output.shape[-1]
        return sampling.class_weights(_labels(self.job.parts.train).tolist(), classes, self.job.recipe.sampling.balance)


def _labels(pictures: Sequence[LabelledImage]) -> npt.NDArray[np.int64]:
    return np.array([picture.label for picture in pictures])


def _loss(logits: Floats, labels: npt.NDArray[np.int64]) -> float:
    """Mean loss after the scaling that follows: without it, the modest probe would look worse than it is."""
    scaled = log_softmax(logits * best_factor(logits, labels), axis=1)
    return float(-scaled[np.arange(len(labels)), labels].mean())
