"""Says what a training run is, so that only the same one goes on where another was cut off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from training.code_digest import code_digest
from training.errors import RunError
from training.job import Job
from training.progress import console

# Does not change what a step computes.
_MAY_CHANGE = frozenset({"time_budget_min"})


class RunIdentity(BaseModel):
    """What decides what comes out of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipe: dict[str, Any]
    arithmetic: str
    """What `precision` comes to on this machine."""
    pictures: int
    data: str
    """Digest of the pictures with their classes."""
    split: str
    """Digest of those held back."""
    code: str
    """Digest of our own code."""

    @classmethod
    def of(cls, job: Job, *, arithmetic: str) -> RunIdentity:
        """The identity of a run that is about to begin."""
        return cls(
            recipe=job.recipe.model_dump(mode="json"),
            arithmetic=arithmetic,
            pictures=len(job.dataset.images),
            data=job.dataset.digest(),
            split=job.held_back.digest(),
            code=code_digest(),
        )

    def refuse_another(self, begun: RunIdentity, folder: Path) -> None:
        """Makes sure that this run is the one that was begun; another version of the code is only mentioned.

        Raises:
            RunError: it is another one; says what differs.
        """
        differences = list(self._differences(begun))
        if differences:
            raise RunError(
                f"{folder} holds another training: {'; '.join(differences)}. Give what it was begun with, or start anew"
                " with --overwrite instead of --resume."
            )
        if self.code != begun.code or self.arithmetic != begun.arithmetic:
            console.print("The code or the arithmetic has changed since this training began; the result may differ.")

    def _differences(self, begun: RunIdentity) -> Iterator[str]:
        before, now = _flat(begun.recipe), _flat(self.recipe)
        for name in sorted(before.keys() | now.keys()):
            if before.get(name) != now.get(name) and name not in _MAY_CHANGE:
                yield f"option {name} was {_spelled(before, name)} and is {_spelled(now, name)}"
        if self.data != begun.data:
            yield f"the pictures are others, {begun.pictures} before and {self.pictures} now"
        elif self.split != begun.split:
            yield "other pictures are held back for validation"


def _flat(options: Mapping[str, Any], group: str = "") -> dict[str, Any]:
    """Options by the names that `--set` knows them by."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        found |= _flat(value, f"{group}{name}.") if isinstance(value, Mapping) else {f"{group}{name}": value}
    return found


def _spelled(options: Mapping[str, Any], name: str) -> str:
    return repr(options[name]) if name in options else "not there"
