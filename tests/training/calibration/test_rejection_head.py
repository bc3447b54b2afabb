"""A rejection head learns what is unknown, from made pictures alone and from real ones."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.model_file import ood_score
from recognizer.model_file.numbers import Floats, rounded, unit_length
from recognizer.model_file.rejection_head import HeadScore
from recognizer.model_file.rejection_record import HeadRejection
from tests.training.calibration.kinds import FEATURES, KINDS, backbone_head, embeddings
from training.calibration import rejection_head
from training.calibration.background import Labels
from training.calibration.rejection_head import Pictures

OWN = (3, 8)
OTHERS = [kind for kind in range(KINDS) if kind not in OWN]


def pictures(kinds: list[int], *, seed: int, views: int = 1) -> Pictures:
    """Each view is another picture of the same kind."""
    shown = [embeddings(kinds, seed=100 * seed + view) for view in range(views + 1)]
    return Pictures(shown[0], tuple(shown[1:]))


def known(count: int = 40, *, seed: int = 1) -> tuple[Pictures, Labels]:
    labels = np.arange(count) % 2
    return pictures(np.take(OWN, labels).tolist(), seed=seed), labels


def scores(score: HeadScore, kinds: list[int], *, times: int = 20) -> Floats:
    """Of pictures that nothing was fitted on."""
    return score(embeddings(kinds * times, seed=999))


def separates(score: HeadScore, others: list[int] = OTHERS) -> bool:
    return bool(np.quantile(scores(score, [*OWN]), 0.02) > np.quantile(scores(score, others), 0.98))


def test_unknown_pictures_are_made_where_there_are_none() -> None:
    score = rejection_head.fit(backbone_head(), *known(), None, seed=1)

    assert separates(score)


def test_the_head_alone_tells_them_too() -> None:
    """Without what the backbone's own head says, that is, from made pictures of kinds whose pictures it never saw."""
    score = rejection_head.fit(backbone_head(), *known(), None, seed=1)
    alone = HeadScore(score.backbone, score.own, score.kernel, score.bias, backbone_weight=0.0)

    known_ones, others = scores(alone, [*OWN]), scores(alone, OTHERS)
    assert (known_ones[:, None] > others).mean() > 0.99
    assert np.median(others) < 0 < np.median(known_ones)


def test_real_unknown_pictures_push_their_kind_away() -> None:
    near = pictures([0] * 20, seed=5)

    without = rejection_head.fit(backbone_head(), *known(), None, seed=1)
    shown = rejection_head.fit(backbone_head(), *known(), near, seed=1)

    assert separates(shown)
    assert scores(shown, [0]).mean() < scores(without, [0]).mean()


def test_real_unknown_pictures_teach_what_the_backbone_has_no_class_for() -> None:
    """A direction that no class of the backbone lies in; the user's pictures do not, either."""
    strange = unit_length(embeddings([*OWN] * 20, seed=3)) + 0.3 * np.linalg.svd(backbone_head().kernel)[2][-1]
    unknown = np.asarray(7 * unit_length(strange.astype(np.float32)), np.float32)

    without = rejection_head.fit(backbone_head(), *known(), None, seed=1)
    shown = rejection_head.fit(backbone_head(), *known(), Pictures(unknown[:20], ()), seed=1)

    assert (shown(unknown[20:]) < np.quantile(scores(shown, [*OWN]), 0.02)).mean() > 0.9
    assert (without(unknown[20:]) < np.quantile(scores(without, [*OWN]), 0.02)).mean() < 0.9


def test_the_kinds_that_are_the_classes_are_noted_and_not_held_against_them() -> None:
    score = rejection_head.fit(backbone_head(), *known(), None, seed=1)

    assert (score.own[list(OWN)] > 0.8).all()
    assert score.own[OTHERS].max() < 0.1
    assert score.backbone_weight == 1.0


def test_where_the_backbone_hardly_knows_the_classes_its_word_counts_half() -> None:
    labels = np.arange(40) % 2
    between = unit_length(embeddings([0] * 40)) + unit_length(embeddings([1] * 40))  # Neither of two.
    features = np.where(labels[:, None] == 0, between, unit_length(embeddings([2] * 40)) + unit_length(embeddings([5])))
    unsure = Pictures(7 * unit_length(np.asarray(features, np.float32)), ())

    elsewhere = pictures([0, 1, 2, 5] * 10, seed=2)
    score = rejection_head.fit(backbone_head(), unsure, labels, elsewhere, seed=1)

    assert score.backbone_weight == 0.5


def test_made_pictures_of_the_users_kinds_are_no_background(monkeypatch: pytest.MonkeyPatch) -> None:
    score = rejection_head.fit(backbone_head(), *known(), None, seed=1)
    monkeypatch.setattr(rejection_head, "own_classes", lambda *_: np.zeros(KINDS, np.float32))
    against = rejection_head.fit(backbone_head(), *known(), None, seed=1)

    with_own, without = (
        HeadScore(one.backbone, one.own, one.kernel, one.bias, backbone_weight=0.0) for one in (score, against)
    )
    assert scores(with_own, [*OWN]).mean() > scores(without, [*OWN]).mean() + 0.1


def test_it_has_an_output_a_class_and_the_classes_are_balanced() -> None:
    labels = np.array([0] * 60 + [1] * 4)

    score = rejection_head.fit(backbone_head(), pictures(np.take(OWN, labels).tolist(), seed=1), labels, None, seed=1)

    between = unit_length(embeddings([OWN[0]] * 50)) + unit_length(embeddings([OWN[1]] * 50))
    first, second, _ = (unit_length(between) @ score.kernel.T + score.bias).mean(axis=0)
    assert score.kernel.shape == (3, FEATURES)
    assert first - second == pytest.approx(0, abs=1.2)  # Else 2.


@pytest.mark.parametrize("labels", [[0, 1], [0] * 9 + [1], [0] * 5 + [1] * 5 + [2]])
@pytest.mark.parametrize("real", [False, True])
def test_a_class_of_one_picture_gives_numbers_all_the_same(labels: list[int], real: bool) -> None:
    kinds = np.take([3, 8, 10], labels).tolist()
    unknown = pictures(OTHERS[:4], seed=2) if real else None

    score = rejection_head.fit(backbone_head(centre=None), pictures(kinds, seed=1), np.array(labels), unknown, seed=1)

    assert np.isfinite(score.to_array()).all()
    assert scores(score, kinds[-1:]).mean() > scores(score, OTHERS[:3]).mean()


def test_the_numbers_are_those_that_a_file_holds() -> None:
    score = rejection_head.fit(backbone_head(centre=None), *known(), None, seed=1)
    record = HeadRejection(
        backbone_classes=KINDS, outputs=3, embedding_size=FEATURES, threshold=0.0, accepted_share=0.9
    )

    again = ood_score.from_bytes(ood_score.to_bytes(score), record)

    assert again(embeddings(OTHERS)).tolist() == score(embeddings(OTHERS)).tolist()
    assert rounded(score.to_array()).tolist() == score.to_array().tolist()


def test_the_same_seed_gives_the_same_head() -> None:
    one, same, other = (rejection_head.fit(backbone_head(), *known(), None, seed=seed) for seed in (1, 1, 2))

    assert one.to_array().tolist() == same.to_array().tolist()
    assert one.to_array().tolist() != other.to_array().tolist()


def test_what_was_taken_for_the_centre_is_what_training_goes_on_with() -> None:
    first = rejection_head.fit(backbone_head(centre=None), *known(), None, seed=1)
    again = rejection_head.fit(first.backbone, *known(), None, seed=1)

    assert first.backbone.centre is not None
    assert again.backbone.centre is not None
    assert first.backbone.centre.tolist() == again.backbone.centre.tolist()


def test_pictures_are_chosen_in_all_their_views() -> None:
    shown = Pictures(np.arange(6).reshape(3, 2).astype(np.float32), (np.full((3, 2), 3, np.float32),))

    chosen = shown[np.array([True, False, True])].with_view(np.full((2, 2), 5, np.float32))

    assert chosen.served.tolist() == [[0, 1], [4, 5]]
    assert [view.shape for view in chosen.views] == [(2, 2), (2, 2)]
    np.testing.assert_allclose(np.linalg.norm(chosen.all(), axis=1), 1, rtol=1e-6)
    assert len(chosen.all()) == 6
