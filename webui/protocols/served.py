"""The model that answers, for requests that name the one they want."""

from __future__ import annotations

from recognizer import Recognizer
from webui import services
from webui.problems import NotFound


def named(model: str, version: str | None = None) -> Recognizer:
    """The model that answers.

    Args:
        model: its name, `animals`, or name and version, `animals-2`.
        version: `2`; None: whichever answers.

    Raises:
        NotFound: it is another one.
        Overloaded: it is still starting.
        ModelUnavailable: it could not be loaded.
    """
    recognizer = services.current().model.recognizer()
    refuse_another(recognizer, model, version)
    return recognizer


def refuse_another(recognizer: Recognizer, model: str, version: str | None) -> None:
    """Refuses a request that asked for another model than the one that answers it.

    Raises:
        NotFound: it did.
    """
    name, own_version = recognizer.metadata.name, recognizer.metadata.version
    if model not in {name, f"{name}-{own_version}"}:
        raise NotFound(f"Expected the model that is served, {name!r}. Received: model={model[:200]!r}")
    if version not in {None, own_version}:
        raise NotFound(
            f"Expected the version that is served, {own_version!r}. Received: version={str(version)[:200]!r}"
        )
