"""What would help most: each sentence follows from figures, and none is said without them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.utils import translation
from scipy.stats import binomtest

from training.evaluation.confidence_intervals import Share
from webui.studio import advice, chance
from webui.studio.findings import Begun, Findings, OfClass, Others, Pair, Sign

ENOUGH = Begun(others=10)


def of_class(name: str, right: int, held_back: int, *, copies: int = 0) -> OfClass:
    pictures = 5 * held_back
    return OfClass(
        name=name, trained_on=4 * held_back, copies=copies, pictures=pictures, held_back=held_back, right=right
    )


def findings(*classes: OfClass, mixed: Mapping[tuple[str, str], int] | None = None, **changes: object) -> Findings:
    """Of a model with no failure shown."""
    fields: dict[str, object] = {
        "right": sum(each.right for each in classes),
        "held_back": sum(each.held_back for each in classes),
        "turned_away": 0,
        "classes": classes,
        "failures": (),
        "pairs": tuple(Pair(actual=a, said=s, count=n) for (a, s), n in (mixed or {}).items()),
    }
    return Findings.model_validate({**fields, **changes})


def test_where_all_is_well_nothing_is_said() -> None:
    assert advice.sentences(findings(of_class("cup", 20, 20), of_class("mug", 20, 20)), ENOUGH) == []


def test_a_class_with_more_mistakes_than_its_share_is_named() -> None:
    found = findings(of_class("cup", 19, 20), of_class("mug", 12, 20), mixed={("mug", "cup"): 8, ("cup", "mug"): 1})

    (said,) = advice.sentences(found, ENOUGH)

    assert said.startswith("“mug” is the hardest: 8 of 9 mistakes are pictures of it.")


@pytest.mark.parametrize("wrong", [(4, 5), (1, 2), (0, 2)])
def test_mistakes_that_chance_would_spread_so_say_nothing_of_a_class(wrong: tuple[int, int]) -> None:
    found = findings(of_class("cup", 20 - wrong[0], 20), of_class("mug", 20 - wrong[1], 20))

    assert advice.sentences(found, ENOUGH) == []


def test_of_two_classes_that_are_mixed_up_both_are_named() -> None:
    classes = of_class("cup", 18, 20), of_class("mug", 17, 20), of_class("pot", 19, 20)
    found = findings(*classes, mixed={("mug", "cup"): 3, ("cup", "mug"): 2, ("pot", "cup"): 1})

    (said,) = advice.sentences(found, ENOUGH)

    assert said.startswith("Most of its mistakes are between “cup” and “mug”: 5 of 6.")


def test_what_hardly_differs_counts_as_one() -> None:
    (said,) = advice.sentences(findings(of_class("cup", 20, 20, copies=30), of_class("mug", 20, 20)), ENOUGH)

    assert said.startswith("Of the 100 pictures of “cup”, 30 hardly differ from another one")


def test_a_class_that_was_hardly_measured_is_named_with_its_interval() -> None:
    (said,) = advice.sentences(findings(of_class("cup", 20, 20), of_class("mug", 3, 3)), ENOUGH)

    assert "“mug”: it was measured on 3 pictures, so it may name anything from 11 to 25 of 25 rightly" in said


def test_without_other_things_it_says_so() -> None:
    (said,) = advice.sentences(findings(of_class("cup", 20, 20), of_class("mug", 20, 20)), Begun(others=9))

    assert "hardly seen other things" in said


@pytest.mark.parametrize(("p_value", "is_said"), [(0.001, True), (0.03, False), (0.5, False)])
def test_that_failures_are_dark_is_said_where_it_is_more_than_chance(p_value: float, *, is_said: bool) -> None:
    sign = Sign(sign="dark", failures=6, of_failures=9, others=4, of_others=51, p_value=p_value)
    said = advice.sentences(findings(of_class("cup", 20, 20), of_class("mug", 20, 20), signs=(sign,)), ENOUGH)

    assert [
        each.startswith("6 of the 9 pictures that it fails on are dark, and 4 of the 51 others.") for each in said
    ] == ([True] if is_said else [])


@pytest.mark.parametrize(("accepted", "is_said"), [(8, True), (4, False), (2, False)])
def test_other_things_that_are_taken_for_a_class_are_counted(accepted: int, *, is_said: bool) -> None:
    others = Others(pictures=40, accepted=accepted)
    said = advice.sentences(findings(of_class("cup", 20, 20), of_class("mug", 20, 20), others=others), ENOUGH)

    assert [each.startswith("It takes 8 of 40 other things for one of your classes.") for each in said] == (
        [True] if is_said else []
    )


def test_no_more_than_three_things_are_said() -> None:
    sign = Sign(sign="blurred", failures=6, of_failures=9, others=4, of_others=51, p_value=0.0001)
    found = findings(of_class("cup", 20, 20, copies=30), of_class("mug", 2, 8), signs=(sign,))

    with translation.override("zh-hans"):
        assert len(advice.sentences(found, Begun())) == 3


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (1, 1), (3, 3), (57, 60), (0, 60), (999, 1000)])
def test_the_interval_is_the_one_that_training_prints(part: int, whole: int) -> None:
    assert chance.interval(part, whole) == pytest.approx(Share(part, whole).interval, abs=1e-9)


def test_the_chance_of_so_many_is_exact() -> None:
    assert chance.at_least(8, 9, 0.5) == pytest.approx(binomtest(8, 9, 0.5, alternative="greater").pvalue)
