"""The recipe of a training run: all options as one record, and which combinations of them are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from recognizer.model_file.metadata import MAX_UNIT_EMBEDDING_SIZE
from training.config.augmentation import Augmentation
from training.config.fine_tune import FineTune
from training.config.optimizer import Nesterov, Optimizer
from training.config.schedule import Cosine, Schedule
from training.config.values import BelowOne, Name, Options, Penalty

# Two classes with a group of pictures each; 0.3 GB for the comparisons of a step.
_TRIPLET_BATCH = (8, 256)


class Head(Options):
    """How the last layer of the network is trained."""

    training: Literal["probe", "together", "triplet"] = "probe"
    """`probe`: a logistic regression on the features of the backbone, before and after that is trained. `together`:
    trained with the rest, for networks that start from nothing. `triplet`: the phases train an embedding in which
    pictures of a class are near each other, and the class with the nearest mean is the answer."""
    views: Annotated[int, Field(strict=True, ge=1, le=100)] = 3
    """How often a probe or a mean looks at each picture: as it is served, at its central square, varied as augmentation
    says, in another resolution, then varied again."""
    l2: Annotated[float, Field(strict=True, gt=0, le=1000)] = 0.4
    """Half of it weighs the squared norm of a probe against the mean loss. More is more modest, and generalises to
    other sources better."""
    embedding_size: Annotated[int, Field(strict=True, ge=2, le=MAX_UNIT_EMBEDDING_SIZE)] = 128
    """Numbers in the embedding that `triplet` trains."""
    margin: Annotated[float, Field(strict=True, gt=0, le=4)] = 0.2
    """How much farther a picture of another class is to be than one of the same, as a squared distance of 0 to 4."""

    @property
    def unit_embedding_size(self) -> int | None:
        """Size of the network's projection to unit length; None where it has none."""
        return self.embedding_size if self.training == "triplet" else None


class Regularization(Options):
    """What keeps the trained part of the network from learning the pictures by heart."""

    l1: Penalty = 0.0
    """Weight of an L1 penalty in the loss: so many times the sum of the trained kernels' absolute values."""
    l2: Penalty = 0.0
    """Weight of an L2 penalty in the loss: so many times the sum of the trained kernels' squares."""
    dropout: BelowOne = 0.0
    """Share of the last layer's inputs that each training step leaves out. The saved network has no such layer."""
    label_smoothing: BelowOne = 0.0
    """Share of every label that is spread over all classes (Szegedy et al. 2016)."""


class Sampling(Options):
    """What is done about classes with fewer pictures than others."""

    balance: Literal["weights", "sampling", "none"] = "weights"
    """`weights`: their pictures count for more. `sampling`: their pictures are shown more often. `none`: nothing."""
    sources: Literal["weights", "none"] = "weights"
    """Of sources with many pictures, where sources are known, each counts for less to a probe, or `none` does."""


def _one_as_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Rejection(Options):
    """How the model is taught to say "none of these", see training/calibration."""

    accepted_share: Annotated[float, Field(strict=True, ge=0.5, le=1)] | None = None
    """Share of the pictures held back that is to be accepted. More accepts more pictures of other things, too. Left
    out: 0.975 where the backbone has a head of its own and sources are known, else 0.95."""
    unknown: Annotated[tuple[Name, ...] | None, BeforeValidator(_one_as_several)] = None
    """Folders with pictures of other things, in any folders: what the model should not take for its classes."""
    second_look: StrictBool = True
    """Whether an unsure answer is looked at again, at the crop where the first look saw most."""
    backbone_head: Name | None = None
    """The head that the backbone of a weights file came with: an .npz with `kernel` (D, K) and `bias` (K,). Models of
    ours and Keras's ImageNet weights bring theirs along."""


def _none_as_record(value: Any) -> Any:
    return Augmentation.none() if value == "none" else value


class Recipe(Options):
    """The recipe of a training run."""

    architecture: Name = "resnet50v1.5"
    """Name of the network's architecture."""
    weights: Name = "model"
    """Where the backbone starts: `model` (the active one in models/), `imagenet` (downloaded by Keras), `none`, or a
    file: a model of ours (.h5) or Keras weights of the backbone (.weights.h5)."""
    input_size: Annotated[int, Field(strict=True, ge=8, le=1024)] | None = None
    """Side of the square that the network sees, in pixels. Left out: the architecture's own."""
    grey: StrictBool | None = None
    """Whether the network sees grey pictures only. Left out: as its architecture does."""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 1
    """Seed of the split, of the order of the pictures and of their variations."""
    validation_fraction: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.15
    """Share of each class that is held back for validation."""
    batch_size: Annotated[int, Field(strict=True, ge=1, le=4096)] = 32
    """Pictures in a training step."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Precision of the arithmetic in training; weights stay float32. `auto`: bfloat16 where the processor has it."""
    time_budget_min: Annotated[float, Field(strict=True, ge=0, le=1e6)] = 0.0
    """Minutes for the whole run: training ends with the best so far, in time for what comes after it. 0: no limit."""
    head: Head = Head()
    fine_tune: FineTune = FineTune()
    optimizer: Optimizer = Nesterov()
    schedule: Schedule = Cosine()
    regularization: Regularization = Regularization()
    sampling: Sampling = Sampling()
    augmentation: Annotated[Augmentation, BeforeValidator(_none_as_record)] = Augmentation()
    rejection: Rejection = Rejection()

    @property
    def freezes_statistics(self) -> bool:
        """Whether batch normalisations keep the statistics that they started with."""
        chosen = self.fine_tune.statistics
        return self.weights != "none" if chosen == "auto" else chosen == "frozen"

    @model_validator(mode="after")
    def _options_agree(self) -> Recipe:
        if not any(self.fine_tune.epochs):
            self._refuse_what_needs_epochs()
        if self.head.training != "probe" and self.fine_tune.interpolation != 1:
            raise ValueError(
                f"Expected fine_tune.interpolation=1 with head.training={self.head.training}, for there is no probe to"
                f" go back to. Received: fine_tune.interpolation={self.fine_tune.interpolation}"
            )
        if self.head.training == "triplet":
            self._refuse_what_triplets_cannot_have()
        return self

    def _refuse_what_triplets_cannot_have(self) -> None:
        if self.augmentation.mixes or self.regularization.label_smoothing:
            raise ValueError(
                "Expected no augmentation.mixup, augmentation.cutmix or regularization.label_smoothing with"
                " head.training=triplet, for a picture has to be of one class. Received:"
                f" mixup={self.augmentation.mixup:g}, cutmix={self.augmentation.cutmix:g},"
                f" label_smoothing={self.regularization.label_smoothing:g}"
            )
        low, high = _TRIPLET_BATCH
        if not low <= self.batch_size <= high:
            raise ValueError(
                f"Expected a batch_size of {low} to {high} with head.training=triplet: triplets are of one batch, and"
                f" the work grows with its cube. Received: batch_size={self.batch_size}"
            )

    def _refuse_what_needs_epochs(self) -> None:
        received = f"Received: fine_tune.epochs={list(self.fine_tune.epochs)}"
        if self.head.training == "together":
            raise ValueError(f"Expected epochs with head.training=together, or nothing would be trained. {received}")
        if self.augmentation.mixes:
            raise ValueError(
                "Expected epochs with augmentation.mixup or augmentation.cutmix, for a probe needs unmixed pictures. "
                + received
            )
