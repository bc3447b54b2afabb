"""Made unknown pictures, against what the same comes to in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.model_file.numbers import Floats, unit_length
from recognizer.model_file.rejection_head import BackboneHead
from tests.training.calibration.kinds import CENTRE, FEATURES, KINDS, MEANS, backbone_head, embeddings
from training.calibration import background
from training.calibration.background import Background, Labels

OWN = (3, 8)
"""The kinds that are the user's classes 0 and 1."""


def known(count: int = 60) -> tuple[Floats, Labels]:
    """Embeddings of pictures of the user's classes, as they are, and their labels."""
    labels = np.arange(count) % 2
    return embeddings(np.take(OWN, labels), seed=1), labels


def place(
    head: BackboneHead, features: Floats, labels: Labels, unknown: Floats | None = None
) -> tuple[Background, Floats, Floats]:
    unit, probabilities = unit_length(features), head.probabilities(features)
    return background.place(head, unit, labels, probabilities, unknown), unit, probabilities


def cosines(a: Floats, b: Floats) -> Floats:
    return np.asarray((unit_length(a) * unit_length(b)).sum(axis=1))


def test_prototypes_are_covariance_times_weights_and_of_the_same_mean_length() -> None:
    head, (features, labels) = backbone_head(), known()

    placed, unit, _ = place(head, features, labels)

    rests = np.concatenate([unit[labels == label] - unit[labels == label].mean(axis=0) for label in (0, 1)])
    covariance = np.cov(rests.T, bias=True)
    shrunk = 0.8 * covariance + 0.2 * np.trace(covariance) / FEATURES * np.eye(FEATURES)
    expected = (head.kernel - head.kernel.mean(axis=0)) @ shrunk
    expected *= 0.3 / np.linalg.norm(expected, axis=1).mean()
    np.testing.assert_allclose(placed.prototypes, expected, atol=1e-4)
    assert np.linalg.norm(placed.prototypes, axis=1).mean() == pytest.approx(0.3)


def test_prototypes_point_where_the_kinds_lie_though_no_picture_of_them_was_seen() -> None:
    placed, *_ = place(backbone_head(), *known(400))

    assert (cosines(placed.prototypes, MEANS - MEANS.mean(axis=0)) > 0.8).all()


def test_rests_have_the_mean_of_nothing_in_each_class() -> None:
    features, labels = known()

    placed, *_ = place(backbone_head(), features, labels)

    for label in (0, 1):
        np.testing.assert_allclose(placed.rests[labels == label].mean(axis=0), 0, atol=1e-6)


def test_made_pictures_are_prototypes_around_the_centre_each_with_a_rest() -> None:
    placed = Background(np.eye(2, 3, dtype=np.float32), np.full(3, 10, np.float32), np.zeros((1, 3), np.float32))
    varied = Background(placed.prototypes, placed.centre, np.array([[0, 0, 1], [0, 0, 2]], np.float32))

    plain, made = placed.draw(2, np.random.default_rng(1)), varied.draw(50, np.random.default_rng(1))

    assert plain.tolist() == [[11, 10, 10], [10, 11, 10]] * 2
    assert made[:, :2].tolist() == [[11, 10], [10, 11]] * 50
    assert set(made[:, 2]) == {11, 12}
    assert made.dtype == np.float32


def test_the_centre_is_the_one_that_was_measured() -> None:
    placed, *_ = place(backbone_head(), *known(), unknown=np.ones((5, FEATURES), np.float32))

    assert placed.centre.tolist() == CENTRE.tolist()


def test_else_it_is_the_mean_of_the_unknown_pictures() -> None:
    others = unit_length(embeddings([0, 1, 2]))

    placed, *_ = place(backbone_head(centre=None), *known(), unknown=others)

    np.testing.assert_allclose(placed.centre, others.mean(axis=0), atol=1e-6)


def test_else_it_is_where_the_classes_lie_less_what_the_head_says_they_are() -> None:
    placed, unit, _ = place(backbone_head(centre=None), *known(400))
    labels = np.arange(400) % 2

    own = placed.prototypes[list(OWN)]  # The head is as good as sure of them.
    means = np.stack([unit[labels == label].mean(axis=0) for label in (0, 1)])
    np.testing.assert_allclose(placed.centre, (means - own).mean(axis=0), atol=0.01)
    assert cosines(placed.centre[None], CENTRE[None])[0] > 0.95


def own_classes(features: Floats, labels: Labels, elsewhere: Floats | None = None) -> Floats:
    placed, unit, probabilities = place(backbone_head(), features, labels)
    nothing = np.zeros(KINDS, np.float32) if elsewhere is None else elsewhere
    return background.own_classes(placed, unit, labels, probabilities, nothing, np.random.default_rng(1))


def test_the_kinds_that_are_the_users_are_found() -> None:
    own = own_classes(*known())

    assert (own[list(OWN)] > 0.8).all()
    assert (np.delete(own, OWN) < 0.05).all()


def test_of_a_class_of_several_kinds_all_are_before_the_others() -> None:
    labels = np.arange(90) % 2
    kinds = np.where(labels == 0, np.take([3, 5], np.arange(90) // 2 % 2), 8)

    own = own_classes(embeddings(kinds), labels)

    assert np.sort(own.argsort()[-3:]).tolist() == [3, 5, 8]


def test_what_the_head_sees_in_unknown_pictures_as_well_is_less_the_users() -> None:
    elsewhere = np.zeros(KINDS, np.float32)
    elsewhere[OWN[0]] = 1.0

    own = own_classes(*known(), elsewhere=elsewhere)

    assert own[OWN[0]] == pytest.approx(own_classes(*known())[OWN[0]] / 2, abs=0.1)


def test_what_the_head_sees_where_nothing_of_the_users_lies_is_not_theirs() -> None:
    """A head that takes one of the user's kinds for another one, which lies elsewhere."""
    features, labels = known()
    head = backbone_head()
    placed, unit, probabilities = place(head, features, labels)
    mistaken = probabilities.copy()
    mistaken[:, [OWN[0], 0]] = probabilities[:, [0, OWN[0]]]

    own = background.own_classes(placed, unit, labels, mistaken, np.zeros(KINDS, np.float32), np.random.default_rng(1))

    assert own[0] < 0.1


@pytest.mark.parametrize("labels", [[0, 1], [0, 0, 0, 1]])
def test_a_class_of_one_picture_is_a_class(labels: list[int]) -> None:
    own = own_classes(embeddings(np.take(OWN, labels)), np.array(labels))

    assert np.isfinite(own).all()
    assert (own[list(OWN)] > np.delete(own, OWN).max()).all()


def test_the_ridge_is_the_one_of_the_normal_equations() -> None:
    rng = np.random.default_rng(1)
    x, target = rng.normal(size=(40, 9)).astype(np.float32), rng.choice([-1.0, 1.0], 40)
    weight = rng.uniform(0.1, 1, 40)
    weight /= weight.sum()

    found = background._ridge(x, target, weight)

    centred = x - weight @ x
    expected = np.linalg.solve(
        centred.T @ (weight[:, None] * centred) + background._RIDGE * np.eye(9), centred.T @ (weight * target)
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_ridge_of_nothing_to_tell_apart_is_nothing() -> None:
    found = background._ridge(np.ones((4, 3), np.float32), np.array([1.0, 1, -1, -1]), np.full(4, 0.25))

    assert found.tolist() == [0, 0, 0]
