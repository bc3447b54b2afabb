"""The errors that training adds to recognizer's tree: wrong recipes, pictures and weights, and runs in the way."""

from __future__ import annotations

from recognizer.errors import CallerError, MenagerieError, OperatorError


class RecipeError(CallerError):
    """A recipe, or an option of it, is wrong."""

    code = "invalid_recipe"
    title = "The recipe is wrong"


class DatasetError(CallerError):
    """The folders of pictures cannot be trained on or measured with."""

    code = "invalid_dataset"
    title = "The pictures cannot be used"


class WeightsError(CallerError):
    """The starting weights are missing or do not fit the network."""

    code = "invalid_weights"
    title = "The starting weights cannot be used"


class RunError(CallerError):
    """An earlier training run is in the way, or cannot be resumed as it was asked."""

    code = "invalid_run"
    title = "The training cannot start"


class CheckpointError(OperatorError):
    """The state of an unfinished training cannot be written or read."""

    code = "invalid_checkpoint"
    title = "The training cannot be kept"


class OutcomeError(OperatorError):
    """A model is written, and the file that says what became of each picture is not."""

    code = "outcome_not_written"
    title = "The outcome cannot be written"


class TrainingStopped(MenagerieError):
    """A person stopped the training; what is done is kept."""

    code = "stopped"
    title = "Stopped"


class OtherCode(OperatorError):
    """A machine of a cluster has other code, and would compute something else."""

    code = "other_code"
    title = "The machines differ"


class DreamError(CallerError):
    """A network cannot dream of what was asked for."""

    code = "invalid_dream"
    title = "The dream cannot begin"
