"""The contents of a model's page: its evaluation, and what else is known about the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recognizer import Recognizer
from training.audit.inspect import Audit
from training.evaluation.by_source import BySource
from training.evaluation.evaluate import Evaluation
from training.evaluation.open_set import OpenSetEvaluation

Origin = Literal["held back", "trained on", "given"]
"""Where the pictures come from: held back from the training data, the training data itself, or from elsewhere."""


@dataclass(frozen=True)
class Contents:
    """Everything that goes into the page about a model."""

    recognizer: Recognizer
    evaluation: Evaluation
    origin: Origin
    divided: BySource | None = None
    """The evaluation source by source, where the sources of its pictures are known."""
    unknown: OpenSetEvaluation | None = None
    """How the model answers unknown pictures, where there were any."""
    audit: Audit | None = None
    """The audit of the pictures that the model was trained on, where there was one."""
    photographs: bool = True
    """False leaves out every photograph, every heat map, and the names of picture files."""
