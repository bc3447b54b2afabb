"""What a training says before it begins."""

from __future__ import annotations

from pathlib import Path

from recognizer import architectures
from training import plan
from training.audit.findings import FindingKind
from training.config import FineTune, Head, Recipe
from training.data.dataset import Dataset, LabelledImage, Superseded
from training.data.split import Split
from training.job import Job


def make_job(recipe: Recipe, parts: Split) -> Job:
    preprocessing = architectures.get(recipe.architecture).preprocessing
    return Job(Dataset(("cat", "dog", "goose"), (*parts.train, *parts.validation)), parts, recipe, preprocessing)


def test_it_names_pictures_steps_and_what_is_trained() -> None:
    pictures = tuple(LabelledImage(Path(f"{number}.jpg"), 0, str(number)) for number in range(100))
    recipe = Recipe(
        fine_tune=FineTune(unfreeze=("conv5", "conv1"), epochs=(2, 0), learning_rate=(0.01, 0.01)), time_budget_min=30
    )

    lines = list(plan.lines(make_job(recipe, Split(train=pictures[:70], validation=pictures[70:]))))

    assert lines == [
        "70 pictures of 3 classes to train resnet50v1.5 on, 30 held back.",
        "  last layer: on features of 3 views of each picture, before and after the phases",
        "  phase 1: conv5 and up, 2 epochs of 3 steps of 32 pictures, rate 0.01",
        "  all of it in 30 minutes",
    ]


def test_it_says_where_the_last_layer_of_triplets_comes_from() -> None:
    recipe = Recipe(head=Head(training="triplet", views=2))

    lines = list(plan.lines(make_job(recipe, Split(train=(), validation=()))))

    assert lines[1] == "  last layer: mean embeddings of 2 views of each picture, after the phases"


def picture(name: str, label: int) -> LabelledImage:
    return LabelledImage(Path(name), label, name)


def test_of_several_folders_it_says_what_each_gives() -> None:
    before, after = picture("farm/cat/2.jpg", 0), picture("more/dog/2.jpg", 1)
    pictures = Dataset(
        ("cat", "dog", "goose"),
        (picture("farm/cat/1.jpg", 0), picture("farm/dog/1.jpg", 1), after, picture("more/goose/1.jpg", 2)),
        folders=(Path("farm"), Path("more"), Path("empty")),
        superseded=(Superseded(before, after),),
    )

    lines = list(plan.origins(pictures))

    assert lines == [
        "  farm: 2",
        "  more: 2, new classes: goose",
        "  empty: no other pictures",
        "  1 picture is in another class in a later folder, and that counts",
    ]


def test_of_a_single_folder_it_says_nothing_more() -> None:
    assert list(plan.origins(Dataset(("cat",), (picture("farm/cat/1.jpg", 0),), folders=(Path("farm"),)))) == []


def test_copies_in_several_classes_are_worth_a_look() -> None:
    assert "2 pictures look like copies of pictures in another class" in next(
        plan.doubts({FindingKind.NEAR_CONFLICT: 2})
    )
    assert list(plan.doubts({FindingKind.COPY: 2})) == []
