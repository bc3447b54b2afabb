"""Says what a training is going to do, before it does it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from training.config import Recipe
from training.progress import console
from training.split import Split


def tell(recipe: Recipe, parts: Split, classes: int) -> None:
    """Prints the plan, a line for each part of the training."""
    for line in lines(recipe, parts, classes):
        console.print(line, soft_wrap=True, markup=False)


def lines(recipe: Recipe, parts: Split, classes: int) -> Iterator[str]:
    """The plan."""
    train, held_back = len(parts.train), len(parts.validation)
    yield f"{train:,} pictures of {classes} classes to train {recipe.architecture} on, {held_back:,} held back."
    phases = recipe.fine_tune.phases()
    if recipe.head.training == "probe":
        when = ", before and after the phases" if phases else ""
        yield f"  last layer: on features of {recipe.head.views} views of each picture{when}"
    if recipe.head.training == "triplet":
        yield f"  last layer: mean embeddings of {recipe.head.views} views of each picture, after the phases"
    steps = math.ceil(train / recipe.batch_size)
    for number, phase in enumerate(phases, start=1):
        yield (
            f"  phase {number}: {phase.unfreeze} and up, {phase.epochs} epochs of {steps} steps of"
            f" {recipe.batch_size} pictures, rate {phase.learning_rate:g}"
        )
    if recipe.time_budget_min:
        yield f"  all of it in {recipe.time_budget_min:g} minutes"
