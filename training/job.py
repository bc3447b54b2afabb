"""The job of a training run: which pictures to train which network on, by which recipe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer import architectures
from recognizer.preprocessing import Preprocessing
from training.config import Recipe
from training.data.dataset import Dataset
from training.data.groups import Groups
from training.data.split import Split

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Job:
    """What a training run is to do; handed on whole from the pipeline to training, export and cross-validation."""

    dataset: Dataset
    """The pictures that can be used, and their classes."""
    parts: Split
    """Which of the pictures are trained on, and which are held back."""
    recipe: Recipe
    preprocessing: Preprocessing
    """How a picture becomes the network's input; stored with the model, so that serving does the same."""
    sources: Groups | None = None
    """Where each picture comes from; None where nobody knows."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the network's outputs."""
        return self.dataset.class_names

    @property
    def held_back(self) -> Dataset:
        """The pictures held back, as a data set of their own."""
        return Dataset(self.class_names, self.parts.validation)

    def place_of(self, picture: Path) -> str:
        """Where a picture lies below the data folder that it was found in, as `mug/cup.jpg`."""
        return (self.dataset.below(picture) or Path(picture.name)).as_posix()

    def build_network(self) -> keras.Model:
        """Builds the network that the job trains, its weights still random."""
        return architectures.build(
            self.recipe.architecture,
            len(self.class_names),
            self.preprocessing,
            unit_embedding_size=self.recipe.head.unit_embedding_size,
        )
