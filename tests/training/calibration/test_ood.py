"""Which rejection is chosen, and at which threshold."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.model_file import ood_score
from training.calibration.embeddings import Embedded
from training.calibration.ood import COMPARED, HeldBack, UnknownEmbeddings, _deciding, fit_rejection, threshold
from training.calibration.ood_scores import Known, learn_known

KINDS = 4


def seen(embedding: np.ndarray) -> Embedded:
    return Embedded(embedding[:, :2].astype(np.float32) * 3, embedding.astype(np.float32))


def pictures(count: int, seed: int) -> np.ndarray:
    """Embeddings (2 * count, 8) of two classes that are long in directions of their own."""
    noise = np.random.default_rng(seed).normal(0, 0.2, (2 * count, 8))
    return noise + np.repeat(np.eye(2, 8), count, axis=0)


def known() -> Known:
    return learn_known(seen(pictures(60, seed=1)), np.repeat([0, 1], 60), seed=1)


def held_back(validation: Embedded) -> list[HeldBack]:
    return [HeldBack(known(), validation)]


def unknown(distance: float) -> UnknownEmbeddings:
    """Kinds that lie beside the first class, all to the same side but for a direction of their own."""
    noise = np.random.default_rng(2).normal(0, 0.2, (KINDS * 20, 8))
    to_the_side = np.repeat(np.eye(8)[3 : 3 + KINDS], 20, axis=0) * 0.2
    embedding = noise + np.eye(8)[0] + distance * np.eye(8)[2] + to_the_side
    kinds = np.repeat([f"kind {n}" for n in range(KINDS)], 20)
    return UnknownEmbeddings(seen(embedding), np.repeat(["near", "far"], KINDS * 10), kinds)


def test_without_unknown_pictures_the_similarity_alone_decides() -> None:
    record, measure, _ = fit_rejection(known(), held_back(seen(pictures(50, seed=3))), None, accepted_share=0.9, seed=1)

    assert (record.method, record.comparison, record.unknown_pictures) == ("neighbours", (), 0)
    assert measure.unknown_weights is None


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 1.0])
@pytest.mark.parametrize("others", [None, unknown(0.6)])
def test_the_stated_share_of_pictures_held_back_is_accepted(share: float, others: UnknownEmbeddings | None) -> None:
    validation = seen(pictures(50, seed=3))

    record, measure, _ = fit_rejection(known(), held_back(validation), others, accepted_share=share, seed=1)

    accepted = (measure(validation.embedding) >= record.threshold).mean()
    assert share <= accepted <= share + 0.02
    assert record.accepted_share == share


def test_unknown_pictures_that_help_are_learned_from() -> None:
    record, measure, _ = fit_rejection(
        known(), held_back(seen(pictures(50, seed=3))), unknown(0.6), accepted_share=0.95, seed=1
    )

    assert record.method == "neighbours_and_unknown"
    assert (record.unknown_pictures, record.unknown_kinds, record.trials) == (80, 4, 5)
    assert measure.unknown_weights is not None


def test_a_folder_of_a_few_pictures_does_not_decide() -> None:
    others = unknown(0.6)
    few = seen(pictures(1, seed=5) + 9 * np.eye(8)[7])  # Two pictures of another folder, on the other side.
    together = UnknownEmbeddings(
        Embedded(*(np.concatenate([getattr(part, name) for part in (others.seen, few)]) for name in vars(few))),
        np.concatenate([others.folders, np.repeat("unknown", 2)]),
        np.concatenate([others.kinds, np.repeat("unknown", 2)]),
    )

    assert _deciding(together) == ["far", "near"]
    assert _deciding(UnknownEmbeddings(few, np.repeat("unknown", 2), np.repeat("unknown", 2))) == ["unknown"]


def test_pictures_of_other_things_may_each_have_a_folder_of_their_own() -> None:
    others = unknown(0.6)
    names = np.array([f"kind {n}" for n in range(len(others.folders))])
    alone = UnknownEmbeddings(others.seen, names, names)

    record, _, taken = fit_rejection(known(), held_back(seen(pictures(50, seed=3))), alone, accepted_share=0.9, seed=1)

    assert record.unknown_pictures == len(names)
    assert taken is not None
    assert 0 < taken.whole <= len(names)


def test_the_comparison_has_every_method_on_every_folder() -> None:
    record, *_ = fit_rejection(
        known(), held_back(seen(pictures(50, seed=3))), unknown(0.6), accepted_share=0.95, seed=1
    )

    assert tuple(row.method for row in record.comparison) == COMPARED
    for row in record.comparison:
        assert set(row.unknown) == {"near", "far"}
        assert all(s.lowest <= s.mean <= s.highest for s in row.unknown.values())


@pytest.mark.parametrize("far", [40, 4])
def test_what_is_taken_for_a_class_is_counted_picture_by_picture(far: int) -> None:
    """A folder of a few pictures counts for a few."""
    others = unknown(0.6)
    kept = np.flatnonzero((others.folders == "near") | (np.cumsum(others.folders == "far") <= far))
    some = UnknownEmbeddings(others.seen[kept], others.folders[kept], others.kinds[kept])

    record, _, counted = fit_rejection(
        known(), held_back(seen(pictures(50, seed=3))), some, accepted_share=0.95, seed=2
    )

    served = next(row.unknown for row in record.comparison if row.method == record.method)
    assert counted is not None
    assert counted.whole == len(kept)  # Each is in the half that was not shown, in one trial at least.
    assert counted.part == pytest.approx(40 * served["near"].mean + far * served["far"].mean, abs=1)


def test_without_unknown_pictures_none_are_counted() -> None:
    *_, counted = fit_rejection(known(), held_back(seen(pictures(50, seed=3))), None, accepted_share=0.9, seed=1)

    assert counted is None


def test_the_same_pictures_and_seed_give_the_same_rejection() -> None:
    one, other = (
        fit_rejection(known(), held_back(seen(pictures(50, seed=3))), unknown(0.6), accepted_share=0.95, seed=1)
        for _ in "ab"
    )

    assert one[0] == other[0]
    assert ood_score.to_bytes(one[1]) == ood_score.to_bytes(other[1])


def test_the_record_fits_its_numbers() -> None:
    record, measure, _ = fit_rejection(
        known(), held_back(seen(pictures(50, seed=3))), unknown(0.6), accepted_share=0.95, seed=1
    )

    again = ood_score.from_bytes(ood_score.to_bytes(measure), record)

    probe = pictures(5, seed=9).astype(np.float32)
    assert again(probe).tolist() == measure(probe).tolist()  # Chosen on rounded numbers, so nothing moves.


def test_the_threshold_is_the_largest_that_enough_scores_reach() -> None:
    scores = np.array([5, 1, 4, 2, 3], np.float32)

    assert threshold(scores, 0.8) == 2
    assert threshold(scores, 1.0) == 1
