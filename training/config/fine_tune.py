"""The options of fine-tuning: its phases, what each of them trains, and when they end."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from training.config.values import BelowOne, Fraction, Options, Share

Epochs = Annotated[int, Field(strict=True, ge=0, le=1000)]
Rate = Annotated[float, Field(strict=True, gt=0, le=10)]


HEAD = "head"
"""Name of the layers above all stages of a network, between its features and its logits."""


class Phase(NamedTuple):
    """A phase of fine-tuning: the lowest stage that it trains, its epochs, its peak learning rate."""

    unfreeze: str
    epochs: int
    learning_rate: float


class FineTune(Options):
    """Fine-tuning of the backbone: one phase for each entry of `unfreeze`, each starting where the last one ended."""

    unfreeze: tuple[str, ...] = ("conv5", "conv1")
    """The lowest stage that each phase trains, with all above it. `head`: only the layers above all stages."""
    epochs: tuple[Epochs, ...] = (3, 2)
    """Epochs of each phase; 0 skips it."""
    learning_rate: tuple[Rate, ...] = (1e-3, 3e-4)
    """Peak learning rate of each phase; the schedule says how it changes within the phase."""
    layer_decay: Share = 1.0
    """Learning rate of a stage, as a share of that of the stage above it. 1: all alike."""
    statistics: Literal["auto", "frozen", "trained"] = "auto"
    """Statistics of batch normalisations: kept, or learned. `auto`: frozen, unless the network starts from nothing."""
    weight_averaging: BelowOne = 0.99
    """Momentum of the exponential moving average of the weights, a step; the average is what is kept. 0: none."""
    patience: Annotated[int, Field(strict=True, ge=1, le=1000)] = 3
    """Epochs without a better validation loss after which a phase ends. Its best epoch is kept."""
    min_delta: Annotated[float, Field(strict=True, ge=0, le=1000)] = 0.0
    """How much lower a validation loss must be to be better."""
    interpolation: Fraction | Literal["auto"] = 1.0
    """Share of the fine-tuned weights in the result; the rest is the linear probe's (WiSE-FT, Wortsman et al. 2022).

    1 is plain fine-tuning. Less gives up a little on pictures like the training ones for more on those from elsewhere.
    `auto`: out of 0, 0.25, 0.5, 0.75 and 1, the one with the lowest loss on the pictures held back.
    """

    def phases(self) -> list[Phase]:
        """The phases in their order, without those of no epochs."""
        phases = (Phase(*phase) for phase in zip(self.unfreeze, self.epochs, self.learning_rate, strict=True))
        return [phase for phase in phases if phase.epochs]

    @model_validator(mode="after")
    def _phases_agree(self) -> FineTune:
        if not len(self.unfreeze) == len(self.epochs) == len(self.learning_rate):
            raise ValueError(
                "Expected as many epochs and learning_rate as unfreeze. "
                f"Received: unfreeze={self.unfreeze}, epochs={self.epochs}, learning_rate={self.learning_rate}"
            )
        return self
