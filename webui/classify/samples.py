"""Sample pictures that come with the project, for visitors who have none at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from webui.inference.uploads import Upload

FIELD = "sample"

_FOLDER = Path(__file__).parents[1] / "static" / "webui" / "samples"


@dataclass(frozen=True)
class Sample:
    """One sample picture."""

    filename: str
    description: Promise
    """What is in it, for those who do not see it."""

    @property
    def static_path(self) -> str:
        """The picture's path as `{% static %}` takes it."""
        return f"webui/samples/{self.filename}"


SAMPLES = (
    Sample("hen.jpg", gettext_lazy("Drawing of a hen on grass")),
    Sample("horse.jpg", gettext_lazy("Drawing of a brown horse on grass")),
    Sample("cup.jpg", gettext_lazy("Drawing of a cup of coffee")),
    # Made by `python -m docs.samples`.
    Sample("teacup.jpg", gettext_lazy("The same cup, changed a little so that it fools the network")),
    Sample("dreamt-cat.jpg", gettext_lazy("What the network draws when it is asked for a cat")),
    Sample("dreamt-dog.jpg", gettext_lazy("What the network draws when it is asked for a dog")),
)


def upload(filename: str | None) -> Upload | None:
    """A sample picture by its name, as if it had been sent; None where there is no such sample."""
    if filename not in {sample.filename for sample in SAMPLES}:
        return None
    return Upload(filename, (_FOLDER / filename).read_bytes())
