"""Which recipes are compared, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.config.optimizer import Adam
from training.errors import RecipeError
from training.sweep.candidates import candidates


def test_each_recipe_has_every_combination_of_the_values() -> None:
    found = candidates(["animals", "quick"], ["head.l2=[0.1, 0.4]", "precision=['float32']"], ["head.views=2"])

    assert [candidate.name for candidate in found] == [
        'animals head.l2=0.1 precision="float32"',
        'animals head.l2=0.4 precision="float32"',
        'quick head.l2=0.1 precision="float32"',
        'quick head.l2=0.4 precision="float32"',
    ]
    assert [candidate.recipe.head.l2 for candidate in found] == [0.1, 0.4, 0.1, 0.4]
    assert {candidate.recipe.head.views for candidate in found} == {2}


def test_values_may_be_lists(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('fine_tune.unfreeze = ["conv5"]\nfine_tune.learning_rate = [0.01]\n')

    found = candidates([str(tmp_path / "mine.toml")], ["fine_tune.epochs=[[1], [2]]"], [])

    assert [(each.name, each.recipe.fine_tune.epochs) for each in found] == [
        ("mine fine_tune.epochs=[1]", (1,)),
        ("mine fine_tune.epochs=[2]", (2,)),
    ]


def test_values_may_be_groups_of_options_and_any_text() -> None:
    varied = ['optimizer=[{name="adam"}, {name="sgd"}]', 'weights=["models/\U0001f431-1.h5"]']

    found = candidates(["animals"], varied, [])

    assert [each.recipe.optimizer.name for each in found] == ["adam", "sgd"]
    assert {each.recipe.weights for each in found} == {"models/\U0001f431-1.h5"}
    assert found[0].name == 'animals optimizer={"name": "adam"} weights="models/\U0001f431-1.h5"'


def test_an_option_of_a_group_that_varies_may_vary_too() -> None:
    found = candidates(["animals"], ['optimizer=[{name="adam"}]', "optimizer.beta_1=[0.5, 0.8]"], [])

    assert [each.name for each in found] == [
        'animals optimizer={"name": "adam"} optimizer.beta_1=0.5',
        'animals optimizer={"name": "adam"} optimizer.beta_1=0.8',
    ]
    assert [each.recipe.optimizer for each in found] == [Adam(beta_1=0.5), Adam(beta_1=0.8)]


@pytest.mark.parametrize(
    ("recipes", "varied", "message"),
    [
        (["animals"], ["head.l2"], "Expected --vary 'key="),
        (["animals"], ["head.l2=0.1"], "Expected --vary 'key="),
        (["animals"], ["head.l2=[]"], "Expected --vary 'key="),
        (["animals"], ["=[1]"], "Expected --vary 'key="),
        (["animals"], [f"head.l2={'[' * 3000}"], "Expected --vary 'key="),
        (["animals"], ["head.l2=[2026-11-29]"], "Expected numbers, texts, groups or lists"),
        (["animals"], ["head.l2=[inf]"], "head.l2: Expected a finite number. Received: inf"),
        (["animals"], ["head.l2=[0.1]\nseed=[1]"], "Expected one value"),
        (["animals"], ['weights=["caf\udce9"]'], "Expected --vary in UTF-8"),
        (["animals"], ["head.l2=[-1]"], "head.l2"),
        (["animals"], ["head.l3=[1]"], "head.l3"),
        (["animals"], ["head.l2=[0.1, 0.1]"], "Expected each recipe once"),
        (["animals", "animals"], [], "Expected each recipe once. Received: animals"),
        (["no-such"], [], "Expected a recipe out of"),
        (["animals"], [f"seed={list(range(15))}", f"head.views={list(range(1, 15))}"], "at most 200 recipes"),
        (["animals"], ["time_budget_min=[5]"], "limits its time"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(recipes: list[str], varied: list[str], message: str) -> None:
    with pytest.raises(RecipeError, match=message.replace("(", r"\(")):
        candidates(recipes, varied, [])
