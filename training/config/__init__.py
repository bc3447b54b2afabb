"""The recipe: every option of a training run, typed, with its default and meaning. TOML file -> reading -> Recipe."""

from training.config.augmentation import Augmentation
from training.config.fine_tune import HEAD, FineTune, Phase
from training.config.optimizer import OPTIMIZERS, Optimizer
from training.config.option_names import option_names
from training.config.reading import RECIPES_DIR, load, names, toml_value
from training.config.recipe import Head, Recipe, Regularization, Rejection, Sampling
from training.config.schedule import SCHEDULES, Schedule

__all__ = [
    "HEAD",
    "OPTIMIZERS",
    "RECIPES_DIR",
    "SCHEDULES",
    "Augmentation",
    "FineTune",
    "Head",
    "Optimizer",
    "Phase",
    "Recipe",
    "Regularization",
    "Rejection",
    "Sampling",
    "Schedule",
    "load",
    "names",
    "option_names",
    "toml_value",
]
