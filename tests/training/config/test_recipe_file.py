"""Recipes: what can be said in one, and what happens to the rest."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from recognizer import architectures
from training import config
from training.config import OPTIMIZERS, SCHEDULES, Augmentation, Recipe
from training.config.optimizer import Adam, Nesterov
from training.config.schedule import Plateau
from training.errors import RecipeError

TRIPLET = ["head.training=triplet", "fine_tune.interpolation=1"]
# What they name is looked for later.
OF_ANY_TEXT = {"architecture", "weights", "rejection.unknown", "rejection.backbone_head"}


@pytest.mark.parametrize("name", config.names())
def test_every_recipe_that_comes_with_the_project_is_valid(name: str) -> None:
    recipe = config.load(name)
    head = (config.RECIPES_DIR / f"{name}.toml").read_text(encoding="utf-8").partition("\n\n")[0]

    assert set(recipe.fine_tune.unfreeze) <= {*architectures.get(recipe.architecture).stages, config.HEAD}
    assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
    assert "python -m training fit --data " in head


def test_a_recipe_can_be_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("seed = 7\n[fine_tune]\npatience = 9\n", encoding="utf-8")

    recipe = config.load(str(path))

    assert (recipe.seed, recipe.fine_tune.patience) == (7, 9)


def test_what_a_recipe_does_not_say_has_a_default(tmp_path: Path) -> None:
    path = tmp_path / "empty.toml"
    path.write_text("", encoding="utf-8")

    assert config.load(str(path)) == Recipe()


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("fine_tune.patience=4", lambda recipe: recipe.fine_tune.patience == 4),
        ("fine_tune.learning_rate=[1e-4, 1e-5]", lambda recipe: recipe.fine_tune.learning_rate == (1e-4, 1e-5)),
        ("weights=imagenet", lambda recipe: recipe.weights == "imagenet"),
        ("weights='a folder/x.h5'", lambda recipe: recipe.weights == "a folder/x.h5"),
        (" head.views = 2 ", lambda recipe: recipe.head.views == 2),
        ("optimizer.name=adam", lambda recipe: recipe.optimizer == Adam()),
        ("optimizer.momentum=0.5", lambda recipe: recipe.optimizer == Nesterov(momentum=0.5)),
        ("schedule={name = 'plateau', patience = 4}", lambda recipe: recipe.schedule == Plateau(patience=4)),
        ("fine_tune.interpolation=auto", lambda recipe: recipe.fine_tune.interpolation == "auto"),
        ("augmentation=none", lambda recipe: recipe.augmentation == Augmentation.none()),
        ("rejection.unknown=foxes", lambda recipe: recipe.rejection.unknown == ("foxes",)),
        ("rejection.unknown=['foxes', 'a/b']", lambda recipe: recipe.rejection.unknown == ("foxes", "a/b")),
        ("input_size=96", lambda recipe: recipe.input_size == 96),
        ("fine_tune.epochs=[0, 0]", lambda recipe: not any(recipe.fine_tune.epochs)),
    ],
)
def test_set_changes_one_option(override: str, read: object) -> None:
    assert callable(read)
    assert read(config.load("animals", [override]))


def test_a_wrong_option_says_which_one_is_near() -> None:
    with pytest.raises(RecipeError, match=r"'fine_tune.pacience'.*'fine_tune.patience'"):
        config.load("animals", ["fine_tune.pacience=2"])


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("fine_tune.momentum=0.5", "optimizer.momentum"),
        ("optimizer.beta1=0.5", "optimizer.beta_1"),
        ("schedule.warmup=0.5", "schedule.warm_up"),
        ("regularisation.l2=0.5", "regularization.l2"),
        ("augmentation.mix_up=1", "augmentation.mixup"),
        ("label_smoothing=0.1", "regularization.label_smoothing"),
    ],
)
def test_an_option_in_another_group_or_spelling_is_found(wrong: str, meant: str) -> None:
    with pytest.raises(RecipeError, match=f"Did you mean '{meant}'"):
        config.load("animals", [wrong])


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["optimizer.name=adam", "optimizer.momentum=0.5"], "optimizer 'adam' has no option 'optimizer.momentum'"),
        (["optimizer.name=sgd", "optimizer.momentum=0.5"], "optimizer 'sgd' has no option 'optimizer.momentum'"),
        (["optimizer.rho=0.5"], "optimizer 'nesterov' has no option 'optimizer.rho'"),
        (["schedule.patience=5"], "schedule 'cosine' has no option 'schedule.patience'"),
        (["optimizer.name=lion"], "optimizer.name: Expected one of: sgd, .*adamw. Received: 'lion'"),
        (["optimizer=adam"], "optimizer: Expected a group of options, such as optimizer.name=adam. Received: 'adam'"),
        (["schedule=[1]"], r"schedule: Expected a group of options, such as schedule.name=constant. Received: \[1\]"),
        (["weights="], "weights: Expected a text that is not empty. Received: ''"),
        (["architecture="], "architecture: Expected a text that is not empty"),
        (["rejection.backbone_head="], "rejection.backbone_head: Expected a text that is not empty"),
        (["rejection.unknown=['foxes', '']"], "rejection.unknown.1: Expected a text that is not empty"),
        (["seed=1\nbatch_size=3"], "Expected one value for each --set"),
        (["seed=1\n[optimizer]\nname='sgd'"], "Expected one value"),
        (["optimizer.name.deeper=adam"], "optimizer.name: Expected one of"),
        (["schedule.name=linear"], "schedule.name: Expected one of: constant, .*cosine. Received: 'linear'"),
        (["fine_tune.interpolation=often"], "Expected a valid number, or 'auto'. Received: 'often'"),
        (["fine_tune.epochs=3"], r"fine_tune.epochs: Expected a list, such as \[1\] or \[1, 2\]. Received: 3"),
        (["head=3"], "head: Expected a group of options. Received: 3"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(overrides: list[str], complaint: str) -> None:
    with pytest.raises(RecipeError, match=complaint):
        config.load("animals", overrides)


def test_values_are_applied_as_they_are_after_the_overrides() -> None:
    values = [("weights", "models/\U0001f431-1.h5"), ("optimizer", {"name": "adam"})]

    recipe = config.load("animals", ["weights=imagenet"], values=values)

    assert (recipe.weights, recipe.optimizer) == ("models/\U0001f431-1.h5", Adam())


def test_another_optimizer_leaves_behind_what_the_recipe_says_for_its_own() -> None:
    recipe = config.load("digits", ["optimizer.name=adam", "schedule.name=plateau"])

    assert recipe.optimizer == Adam()
    assert recipe.schedule == Plateau(warm_up=0)


def test_one_augmentation_can_be_switched_on_where_there_are_none() -> None:
    recipe = config.load("digits", ["augmentation.translation_px=2"])

    assert recipe.augmentation == Augmentation.none().model_copy(update={"translation_px": 2})


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["fine_tune.epochs=[0, 0]", "augmentation.mixup=0.2"], "a probe needs unmixed pictures"),
        (["fine_tune.epochs=[0, 0]", "augmentation.cutmix=1"], "a probe needs unmixed pictures"),
        (["fine_tune.epochs=[0, 0]", "head.training=together", "fine_tune.interpolation=1"], "nothing would be"),
        (["head.training=together", "fine_tune.interpolation=0.5"], "no probe to go back to"),
        (["head.training=together", "fine_tune.interpolation=auto"], "no probe to go back to"),
        (["head.training=triplet"], "head.training=triplet, for there is no probe to go back to"),
        ([*TRIPLET, "augmentation.mixup=0.2"], "a picture has to be of one class.*mixup=0.2"),
        ([*TRIPLET, "augmentation.cutmix=1"], "a picture has to be of one class"),
        ([*TRIPLET, "regularization.label_smoothing=0.1"], "a picture has to be of one class"),
        ([*TRIPLET, "batch_size=4"], "batch_size of 8 to 256.*batch_size=4"),
        ([*TRIPLET, "batch_size=512"], "batch_size of 8 to 256"),
    ],
)
def test_options_that_contradict_each_other_are_refused(overrides: list[str], complaint: str) -> None:
    with pytest.raises(RecipeError, match=complaint):
        config.load("thorough", overrides)


@pytest.mark.parametrize(
    ("weights", "statistics", "frozen"),
    [
        ("model", "auto", True),
        ("imagenet", "auto", True),
        ("none", "auto", False),
        ("none", "frozen", True),
        ("model", "trained", False),
    ],
)
def test_batch_statistics_are_frozen_unless_the_network_starts_from_nothing(
    weights: str, statistics: str, frozen: bool
) -> None:
    recipe = config.load("animals", [f"weights={weights}", f"fine_tune.statistics={statistics}"])

    assert recipe.freezes_statistics is frozen


def kind_with(option: str) -> list[str]:
    """What chooses an optimizer or a schedule that has the option."""
    group, _, field = option.partition(".")
    kinds = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}.get(group, {})
    return [f"{group}.name={name}" for name, record in kinds.items() if field in record.model_fields][:1]


def complaint_about(*overrides: str) -> str:
    """What is said against them; nothing where they are taken."""
    try:
        config.load("animals", list(overrides))
    except RecipeError as error:
        return str(error)
    return ""


def test_no_option_takes_nonsense() -> None:
    nonsense = ("nan", "inf", "-1", "1e300", "9" * 400, "'x'", "[[]]", "{}", "2026-11-22")

    for option, value in product(set(config.option_names()) - OF_ANY_TEXT, nonsense):
        complaint = complaint_about(*kind_with(option), f"{option}={value}")
        assert option.partition(".")[0] in complaint, f"{option}={value}"


@pytest.mark.parametrize(
    "override",
    [
        "seed=-1",
        "seed=many",
        "batch_size=0",
        "validation_fraction=1.0",
        "validation_fraction=nan",
        "fine_tune.interpolation=1.5",
        "fine_tune.epochs=[1]",
        "fine_tune.learning_rate=[0, 0]",
        "fine_tune=3",
        "seed.deeper=3",
        "augmentation.smallest_crop=0",
        "precision=float8",
        "nonsense",
        "=3",
        "head.views=perhaps",
        "seed=true",
        "batch_size=32.0",
        "input_size=7",
        "regularization.dropout=1",
        "optimizer.momentum=1",
        "optimizer.weight_decay=-0.1",
        "fine_tune.layer_decay=0",
        "fine_tune.epochs=[1, -1]",
        "fine_tune.epochs=[1001, 1]",
        "augmentation.rotation_deg=181",
        "augmentation.rand_augment_magnitude=11",
        "augmentation.translation_px=1.5",
        "augmentation=some",
        "sampling.balance=perhaps",
        "grey=maybe",
    ],
)
def test_a_value_out_of_range_is_refused_by_name(override: str) -> None:
    complaint = complaint_about(override)

    assert complaint
    assert override.split("=", maxsplit=1)[0].split(".", maxsplit=1)[0] in complaint


def test_a_path_that_is_not_utf_8_is_refused_before_it_is_to_be_kept() -> None:
    with pytest.raises(RecipeError, match=r"Expected --set in UTF-8.*caf.udce9"):
        config.load("animals", ["weights=caf\udce9.h5"])


@pytest.mark.parametrize("override", ["seed=" + "9" * 5000, "seed=" + "[" * 5000], ids=["digits", "brackets"])
def test_a_hostile_value_is_refused_like_any_other(override: str) -> None:
    with pytest.raises(RecipeError, match="seed"):
        config.load("animals", [override])


@pytest.mark.parametrize(
    "content",
    [
        b"seed = ",
        b"\xff\xfe",
        b"seed = 1\nseed = 2",
        b"[head]\nviews = 'x'",
        b"seed = " + b"9" * 5000,
        b"seed = " + b"[" * 5000,
    ],
    ids=range(6),
)
def test_a_broken_recipe_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)

    with pytest.raises(RecipeError):
        config.load(str(path))


def test_an_unknown_recipe_names_those_there_are() -> None:
    with pytest.raises(RecipeError, match="animals"):
        config.load("no-such-recipe")


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "weights" + ".a" * 5_000 + " = 1",
        "optimizer" + ".a" * 5_000 + " = 1",
        "a" * 2**20 + " = 1",
        "batch_size = 1" + "0" * 5_000,
    ],
)
def test_a_recipe_that_is_too_deep_or_too_long_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text)

    with pytest.raises(RecipeError, match=r"deep|more than|digits|no option"):
        config.load(str(tmp_path / "a.toml"))


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_recipe_that_is_no_plain_file_is_a_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "a.toml")

    with pytest.raises(RecipeError, match=r"folder|plain file"):
        config.load(str(tmp_path / "a.toml"))


def test_the_mark_that_windows_puts_before_a_text_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("batch_size = 7", encoding="utf-8-sig")

    assert config.load(str(tmp_path / "a.toml")).batch_size == 7
