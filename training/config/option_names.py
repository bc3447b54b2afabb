"""The names of all options, as recipes and `--set` spell them."""

from __future__ import annotations

from training.config.augmentation import Augmentation
from training.config.fine_tune import FineTune
from training.config.optimizer import OPTIMIZERS
from training.config.recipe import Head, Recipe, Regularization, Rejection, Sampling
from training.config.schedule import SCHEDULES
from training.config.values import Options

CHOICES: dict[str, dict[str, type[Options]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}
"""The groups whose `name` chooses one of several records of options."""
GROUPS: dict[str, tuple[type[Options], ...]] = {
    "head": (Head,),
    "fine_tune": (FineTune,),
    **{group: tuple(records.values()) for group, records in CHOICES.items()},
    "regularization": (Regularization,),
    "sampling": (Sampling,),
    "augmentation": (Augmentation,),
    "rejection": (Rejection,),
}


def option_names() -> list[str]:
    """The name of every option of a recipe, with its group: `fine_tune.patience`."""
    inner = [f"{group}.{name}" for group, records in GROUPS.items() for record in records for name in fields_of(record)]
    return [name for name in Recipe.model_fields if name not in GROUPS] + list(dict.fromkeys(inner))


def fields_of(record: type[Options]) -> list[str]:
    """The fields of a record of options; `name`, where it has one, first."""
    return sorted(record.model_fields, key=lambda name: name != "name")
