"""What values of options can be, and how records of them behave."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field

# Strict: `true` is no 1, and "1" no number.
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
BelowOne = Annotated[float, Field(strict=True, ge=0, lt=1)]
Share = Annotated[float, Field(strict=True, gt=0, le=1)]
Penalty = Annotated[float, Field(strict=True, ge=0, le=1000)]
Epsilon = Annotated[float, Field(strict=True, gt=0, le=1)]


class Options(BaseModel):
    """A group of options: unchangeable, and nothing in it that nobody asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def chosen_by_name(default: str) -> Discriminator:
    """Tells the records of a group apart by their `name`; one without a name is the `default`."""

    def name_of(value: Any) -> Any:
        return value.get("name", default) if isinstance(value, dict) else getattr(value, "name", None)

    return Discriminator(name_of)
