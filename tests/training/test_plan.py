"""What a training says before it begins."""

from __future__ import annotations

from pathlib import Path

from training import plan
from training.config import FineTune, Head, Recipe
from training.dataset import LabelledImage
from training.split import Split


def test_it_names_pictures_steps_and_what_is_trained() -> None:
    pictures = tuple(LabelledImage(Path(f"{number}.jpg"), 0, str(number)) for number in range(100))
    recipe = Recipe(
        fine_tune=FineTune(unfreeze=("conv5", "conv1"), epochs=(2, 0), learning_rate=(0.01, 0.01)), time_budget_min=30
    )

    lines = list(plan.lines(recipe, Split(train=pictures[:70], validation=pictures[70:]), 3))

    assert lines == [
        "70 pictures of 3 classes to train resnet50v1.5 on, 30 held back.",
        "  last layer: on features of 3 views of each picture, before and after the phases",
        "  phase 1: conv5 and up, 2 epochs of 3 steps of 32 pictures, rate 0.01",
        "  all of it in 30 minutes",
    ]


def test_it_says_where_the_last_layer_of_triplets_comes_from() -> None:
    recipe = Recipe(head=Head(training="triplet", views=2))

    lines = list(plan.lines(recipe, Split(train=(), validation=()), 3))

    assert lines[1] == "  last layer: mean embeddings of 2 views of each picture, after the phases"
