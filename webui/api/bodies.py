"""The bodies of requests, as an endpoint declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recognizer.predictions.documents import Document


@dataclass(frozen=True)
class Body:
    """What is sent to an endpoint."""

    about: str
    forms: Mapping[str, Document | Mapping[str, Any]]
    """By media type: an example of the document, or a media type object of OpenAPI."""

    @property
    def is_file(self) -> bool:
        """Whether files can be sent as fields of a form."""
        return "multipart/form-data" in self.forms
