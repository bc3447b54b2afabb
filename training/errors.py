"""What can be wrong with what a person gives to training."""

from __future__ import annotations

from recognizer.errors import CallerError


class RecipeError(CallerError):
    """The recipe, or an option of it."""

    code = "invalid_recipe"
    title = "The recipe is wrong"


class DatasetError(CallerError):
    """The folders of pictures."""

    code = "invalid_dataset"
    title = "The pictures cannot be used"


class WeightsError(CallerError):
    """The starting weights."""

    code = "invalid_weights"
    title = "The starting weights cannot be used"
