"""Lists the options by the names that recipes and `--set` use."""

from __future__ import annotations

from training.config.augmentation import Augmentation
from training.config.fine_tune import FineTune
from training.config.optimizer import OPTIMIZERS
from training.config.recipe import Head, Recipe, Regularization, Rejection, Sampling
from training.config.schedule import SCHEDULES
from training.config.values import Options

# The groups whose `name` decides which options they have.
KINDS: dict[str, dict[str, type[Options]]] = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES}
GROUPS: dict[str, tuple[type[Options], ...]] = {
    "head": (Head,),
    "fine_tune": (FineTune,),
    **{group: tuple(kinds.values()) for group, kinds in KINDS.items()},
    "regularization": (Regularization,),
    "sampling": (Sampling,),
    "augmentation": (Augmentation,),
    "rejection": (Rejection,),
}


def option_names() -> list[str]:
    """Every option that a recipe or `--set` can name, with its group."""
    inner = [f"{group}.{name}" for group, records in GROUPS.items() for record in records for name in fields_of(record)]
    return [name for name in Recipe.model_fields if name not in GROUPS] + list(dict.fromkeys(inner))


def fields_of(record: type[Options]) -> list[str]:
    """The fields of a record, its name first."""
    return sorted(record.model_fields, key=lambda name: name != "name")
