from __future__ import annotations

import pytest

from recognizer.charts.confusion_matrix import ConfusionMatrix, confusion_matrix

MOST_CLASSES = 25


def confusion(counts: list[list[int]] | None, names: list[str]) -> ConfusionMatrix | None:
    return confusion_matrix(counts, names, most_classes=MOST_CLASSES)


def test_each_cell_says_how_strongly_it_is_coloured() -> None:
    found = confusion([[99, 1], [0, 0]], ["cat", "dog"])

    assert found is not None
    assert [[cell.level for cell in row.cells] for row in found.rows] == [[9, 1], [0, 0]]
    assert [cell.is_right for cell in found.rows[0].cells] == [True, False]


def test_mistakes_are_counted_the_commonest_first() -> None:
    found = confusion([[5, 1, 0], [3, 5, 0], [0, 0, 9]], ["cat", "dog", "hen"])

    assert found is not None
    assert [(mistake.actual, mistake.predicted, mistake.pictures, mistake.whole) for mistake in found.mistakes] == [
        ("dog", "cat", 3, 8),
        ("cat", "dog", 1, 6),
    ]
    assert found.wrong == 4


def test_of_many_classes_only_the_mistakes_are_shown() -> None:
    size = MOST_CLASSES + 1
    counts = [[1] * size for _ in range(size)]

    found = confusion(counts, [str(number) for number in range(size)])

    assert found is not None
    assert found.rows == []
    assert len(found.mistakes) == 10


@pytest.mark.parametrize("counts", [None, [], [[1]], [[1, 2], [3]], [[1, 2, 3], [1, 2, 3]]])
def test_counts_of_other_classes_are_none(counts: list[list[int]] | None) -> None:
    assert confusion(counts, ["cat", "dog"]) is None
