"""Every option of a training run, in one typed record that is read from a recipe file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from training.errors import RecipeError

RECIPES_DIR = Path(__file__).parent / "recipes"

# What `tomllib` raises for text that is no TOML, for a number of 5,000 digits and for as many nested brackets.
_NO_TOML = (ValueError, RecursionError)

Epochs = Annotated[int, Field(ge=0, le=1000)]
Rate = Annotated[float, Field(gt=0, le=10)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Head(_Options):
    """The last layer: a logistic regression on the features of the backbone."""

    views: Annotated[int, Field(ge=1, le=100)] = 3
    """How often each picture is looked at: once as it is served, then varied as augmentation says."""
    l2: Annotated[float, Field(gt=0, le=1000)] = 0.4
    """Half of it weighs the squared norm of the layer against the mean loss. More is more modest, and generalises to
    other sources better."""


class Phase(NamedTuple):
    """A part of fine-tuning."""

    unfreeze: str
    epochs: int
    learning_rate: float


class FineTune(_Options):
    """Training of the backbone. One phase for each entry of `unfreeze`, each starting where the last one ended."""

    unfreeze: tuple[str, ...] = ("conv5", "conv1")
    """The lowest stage that each phase trains; all stages above it are trained too."""
    epochs: tuple[Epochs, ...] = (3, 2)
    learning_rate: tuple[Rate, ...] = (1e-3, 3e-4)
    """Peak rate of each phase, reached after the warm-up; a half cosine takes it to zero."""
    momentum: Fraction = 0.9
    warm_up: Fraction = 0.1
    """Share of a phase's steps in which the rate rises from zero."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    weight_averaging: Annotated[float, Field(ge=0, lt=1)] = 0.99
    """Momentum of the exponential moving average of the weights, a step; the average is what is kept. 0: none."""
    patience: Annotated[int, Field(ge=1)] = 3
    """Epochs without a better validation loss after which a phase ends. Its best epoch is kept."""
    interpolation: Fraction = 1.0
    """Share of the fine-tuned weights in the result; the rest is the linear probe's (WiSE-FT, Wortsman et al. 2022).

    1 is plain fine-tuning. Less gives up a little on pictures like the training ones for more on those from elsewhere.
    """

    def phases(self) -> list[Phase]:
        """The phases in their order."""
        return [Phase(*phase) for phase in zip(self.unfreeze, self.epochs, self.learning_rate, strict=True)]

    @model_validator(mode="after")
    def _phases_agree(self) -> FineTune:
        if not len(self.unfreeze) == len(self.epochs) == len(self.learning_rate):
            raise ValueError(
                "Expected as many epochs and learning_rate as unfreeze. "
                f"Received: unfreeze={self.unfreeze}, epochs={self.epochs}, learning_rate={self.learning_rate}"
            )
        return self


class Augmentation(_Options):
    """How training pictures are varied, see augmentation.py."""

    smallest_crop: Annotated[float, Field(gt=0, le=1)] = 0.35
    """Area of the smallest random crop, as a fraction of the picture."""
    mirror: Fraction = 0.5
    """Probability of a left-right mirror image."""
    rotation_deg: Annotated[float, Field(ge=0, le=180)] = 10.0
    """Largest rotation to either side, in degrees, of half of the pictures."""
    colour: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Largest relative change of brightness, contrast and saturation."""
    grey: Fraction = 0.1
    """Probability of a picture without colours."""


class Rejection(_Options):
    """How the model is taught to say "none of these", see calibrate.py."""

    accepted_share: Annotated[float, Field(ge=0.5, le=1)] = 0.95
    """Share of the pictures held back that is to be accepted. More accepts more pictures of other things, too."""
    unknown: str | None = None
    """A folder with pictures of other things, in any folders: what the model should not take for its classes."""


class Recipe(_Options):
    """A training run."""

    architecture: str = "resnet50v1.5"
    weights: str = "model"
    """Where the backbone starts: `model` (the active one in models/), `imagenet` (downloaded by Keras), `none`, or a
    file: a model of ours (.h5) or Keras weights of the backbone (.weights.h5)."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.15
    batch_size: Annotated[int, Field(ge=1, le=4096)] = 32
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Of the arithmetic while training; weights stay float32. `auto`: bfloat16 where the processor computes in it."""
    head: Head = Head()
    fine_tune: FineTune = FineTune()
    augmentation: Augmentation = Augmentation()
    rejection: Rejection = Rejection()


def load(name_or_path: str, overrides: Iterable[str] = ()) -> Recipe:
    """Reads a recipe, ours by name or any TOML file by path, and applies `key=value` overrides.

    Args:
        name_or_path: `animals`, or `my/recipe.toml`.
        overrides: such as `fine_tune.patience=2` or `weights=imagenet`; the value is TOML, or else a string.

    Raises:
        RecipeError: no such recipe, no TOML, an unknown option or a value out of range.
    """
    path = _path(name_or_path)
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, *_NO_TOML) as err:
        raise RecipeError(f"The recipe {path} cannot be read: {err}.") from err
    for override in overrides:
        _apply(options, override)
    try:
        return Recipe.model_validate(options)
    except ValidationError as err:
        raise RecipeError("; ".join(_explain(error) for error in err.errors())) from err


def names() -> list[str]:
    """The recipes that come with the project."""
    return sorted(path.stem for path in RECIPES_DIR.glob("*.toml"))


def _path(name_or_path: str) -> Path:
    if name_or_path in names():
        return RECIPES_DIR / f"{name_or_path}.toml"
    if Path(name_or_path).is_file():
        return Path(name_or_path)
    raise RecipeError(f"Expected a recipe out of: {', '.join(names())}, or a TOML file. Received: {name_or_path!r}")


def _apply(options: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise RecipeError(f"Expected --set key=value, such as fine_tune.patience=2. Received: {override!r}")
    *tables, last = key.strip().split(".")
    target = options
    for table in tables:
        target = target.setdefault(table, {})
        if not isinstance(target, dict):
            raise RecipeError(f"{table!r} in {key.strip()!r} is no group of options.")
    target[last] = _value(text.strip())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except _NO_TOML:
        return text


def _explain(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = get_close_matches(where, option_names(), n=1, cutoff=0.5)
        return f"There is no option {where!r}." + (f" Did you mean {near[0]!r}?" if near else "")
    return f"{where or 'recipe'}: {error['msg']}. Received: {error['input']!r}"


def option_names() -> list[str]:
    """Every option that a recipe or `--set` can name, with its group."""
    groups: dict[str, type[BaseModel]] = {
        "head": Head,
        "fine_tune": FineTune,
        "augmentation": Augmentation,
        "rejection": Rejection,
    }
    inner = [f"{group}.{name}" for group, record in groups.items() for name in record.model_fields]
    return [name for name in Recipe.model_fields if name not in groups] + inner
