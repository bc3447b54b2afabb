"""The types of options, such as fractions, and the base of all records of options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field

# Strict: `true` is no 1, and "1" no number.
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
BelowOne = Annotated[float, Field(strict=True, ge=0, lt=1)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]
Penalty = Annotated[float, Field(strict=True, ge=0, le=1000)]
Epsilon = Annotated[float, Field(strict=True, gt=0, le=1)]
# Of a file, a folder or a network.
Name = Annotated[str, Field(min_length=1)]


class Options(BaseModel):
    """A record of options, frozen, which refuses those that it does not have."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def chosen_by_name(default: str) -> Discriminator:
    """A discriminator that tells the records of a group apart by their `name`; one without is the `default`."""

    def name_of(value: Any) -> Any:
        return value.get("name", default) if isinstance(value, dict) else getattr(value, "name", None)

    return Discriminator(name_of)
