"""What can be wrong with what a person gives to training."""

from __future__ import annotations

from recognizer.errors import CallerError, MenagerieError, OperatorError


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


class RunError(CallerError):
    """An earlier training is in the way, or cannot be gone on with as it was asked."""

    code = "invalid_run"
    title = "The training cannot start"


class CheckpointError(OperatorError):
    """What is kept of an unfinished training."""

    code = "invalid_checkpoint"
    title = "The training cannot be kept"


class TrainingStopped(MenagerieError):
    """Somebody stopped it; what is done is kept."""

    code = "stopped"
    title = "Stopped"
