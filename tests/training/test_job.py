"""The job of a training run: what is handed on whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer import architectures
from training.config import Head, Recipe
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.job import Job

CAT, DOG = LabelledImage(Path("cat.jpg"), 0, "a"), LabelledImage(Path("dog.jpg"), 1, "b")


def make_job(architecture: str, **options: object) -> Job:
    preprocessing = architectures.get(architecture).preprocessing
    recipe = Recipe.model_validate({"architecture": architecture, **options})
    return Job(Dataset(("cat", "dog"), (CAT, DOG)), Split(train=(CAT,), validation=(DOG,)), recipe, preprocessing)


def test_the_pictures_held_back_are_a_data_set_with_the_same_classes() -> None:
    held_back = make_job("resnet50").held_back

    assert (held_back.class_names, held_back.images) == (("cat", "dog"), (DOG,))


@pytest.mark.tensorflow
def test_its_network_has_the_classes_and_the_head_of_the_recipe() -> None:
    network = make_job("simple_cnn", head=Head(training="triplet", embedding_size=6)).build_network()

    assert network.output_shape == (None, 2)
    assert network.get_layer(architectures.EMBEDDING_LAYER).output.shape == (None, 6)
