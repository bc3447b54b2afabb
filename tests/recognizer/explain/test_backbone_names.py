"""What the backbone's own head calls a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recognizer.explain.backbone_names import backbone_names, imagenet_names
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.rejection_head import BackboneHead
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import make_head_score, make_ood_score


def source(ood_score: object) -> Artifact:
    return Artifact(Path("x-1.h5"), make_metadata(), "sha256:0", ood_score)  # type: ignore[arg-type]


def head(kinds: int) -> BackboneHead:
    """Of which kind number 232 answers to the first number of an embedding, and 151 to the second."""
    kernel = np.zeros((kinds, 4), np.float32)
    if kinds > 232:
        kernel[232, 0], kernel[151, 1] = 9, 8
    return BackboneHead(kernel, np.zeros(kinds, np.float32), None)


def test_there_are_a_thousand_names_in_imagenets_order() -> None:
    names = imagenet_names()

    assert len(names) == 1000
    assert (names[0], names[232], names[504], names[999]) == ("tench", "Border collie", "coffee mug", "toilet tissue")


def test_the_best_names_come_first() -> None:
    found = backbone_names(source(make_head_score(backbone=head(1000))), np.array([2, 2, 0, 0], np.float32))

    assert [entry.name for entry in found[:2]] == ["Border collie", "Chihuahua"]
    assert len(found) == 3
    assert found[0].score > found[1].score > found[2].score


def test_a_model_without_such_a_head_calls_it_nothing() -> None:
    embedding = np.ones(4, np.float32)

    assert backbone_names(source(None), embedding) == ()
    assert backbone_names(source(make_ood_score()), embedding) == ()
    assert backbone_names(source(make_head_score(backbone=head(3))), embedding) == (), "a head for other kinds"
    assert backbone_names(source(make_head_score(backbone=head(1000))), np.ones(7, np.float32)) == ()
