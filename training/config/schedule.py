"""The options of the learning rate schedules, each with its own numbers; another schedule's are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from training.config.values import Fraction, Options, Share, chosen_by_name


class _Schedule(Options):
    warm_up: Fraction = 0.1
    """Share of a phase's steps in which the rate rises to the phase's own, in equal steps from the first one on."""


class Constant(_Schedule):
    """A learning rate that stays the same to the end of a phase."""

    name: Literal["constant"] = "constant"


class Exponential(_Schedule):
    """A learning rate that falls by the same factor in every epoch, a little each step."""

    name: Literal["exponential"] = "exponential"
    factor: Share = 0.9
    """What is left of the rate after an epoch."""


class Plateau(_Schedule):
    """A learning rate that falls when the validation loss no longer does."""

    name: Literal["plateau"] = "plateau"
    factor: Share = 0.3
    """What is left of the rate after a fall."""
    patience: Annotated[int, Field(strict=True, ge=1, le=1000)] = 2
    """Epochs without a better validation loss before a fall; with as many as `fine_tune.patience`, training ends."""
    min_delta: Annotated[float, Field(strict=True, ge=0, le=1000)] = 0.0
    """How much lower a validation loss must be to be better."""


class Cyclic(_Schedule):
    """A learning rate that rises and falls in triangles (Smith 2017)."""

    name: Literal["cyclic"] = "cyclic"
    cycle_epochs: Annotated[float, Field(strict=True, gt=0, le=1000)] = 4.0
    """Epochs from one peak to the next."""
    lowest: Fraction = 0.1
    """The rate between two peaks, as a share of the peak."""


class Cosine(_Schedule):
    """A learning rate that falls along half a cosine (Loshchilov and Hutter 2017, without restarts)."""

    name: Literal["cosine"] = "cosine"
    end: Fraction = 0.0
    """The rate at the end, as a share of the peak."""


Schedule = Annotated[
    Annotated[Constant, Tag("constant")]
    | Annotated[Exponential, Tag("exponential")]
    | Annotated[Plateau, Tag("plateau")]
    | Annotated[Cyclic, Tag("cyclic")]
    | Annotated[Cosine, Tag("cosine")],
    chosen_by_name(default="cosine"),
]
SCHEDULES: dict[str, type[Options]] = {
    "constant": Constant,
    "exponential": Exponential,
    "plateau": Plateau,
    "cyclic": Cyclic,
    "cosine": Cosine,
}
