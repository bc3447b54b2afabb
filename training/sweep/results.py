"""The result of a trial: what its model made of each picture that was left out, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.confidence_intervals import Share

RIGHT, WRONG, UNREADABLE = "10-"


@dataclass(frozen=True)
class Result:
    """How the model of a trial did."""

    answers: str
    """A letter for each picture left out, in the order of their digests: right, wrong, or unreadable."""
    held_back: Share
    """Right answers on pictures held back of the groups trained on."""
    cpu_s: float
    """CPU seconds of the training and of judging it, without features that were there before."""

    @property
    def left_out(self) -> Share:
        """Right answers on pictures of groups that were not trained on."""
        return Share(self.answers.count(RIGHT), len(self.answers) - self.answers.count(UNREADABLE))

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Result:
        """From what `to_dict` gave.

        Raises:
            ValueError, TypeError, LookupError: it is something else.
        """
        result = cls(str(kept["answers"]), Share(**kept["held_back"]), float(kept["cpu_s"]))
        if not result.answers or not set(result.answers) <= {RIGHT, WRONG, UNREADABLE}:
            raise ValueError("no answers")
        return result
