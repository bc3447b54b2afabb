"""What a run of the benchmark measures, as it is handed to the process of each contender."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import pictures
from benchmarks.pictures import Kind


@dataclass(frozen=True)
class Plan:
    """Options that hold for all contenders."""

    model: str
    """Path of the H5 file."""
    folder: str
    """Where converted models, pictures and logs are kept."""
    seconds: float
    """For each measurement."""
    cores: int
    connections: tuple[int, ...] = (1, 8, 32)
    images: str | None = None
    """A folder of pictures that int8 graphs of others are calibrated with; None: drawn ones."""

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The inverse of `to_json`."""
        fields = json.loads(text)
        return cls(**{**fields, "connections": tuple(fields["connections"])})

    def to_json(self) -> str:
        """The plan as text, for another process."""
        return json.dumps(asdict(self))

    @property
    def path(self) -> Path:
        """`folder` as a path."""
        return Path(self.folder)

    def jpegs(self, kind: Kind) -> list[bytes]:
        """The pictures of this kind."""
        return pictures.jpegs(kind, self.path / "pictures")


Step = Callable[[str], None]
"""Says what is being measured now."""
