"""Of several servers, the one on which long work and Studio lie: their files are in its data folder alone.

    a worker starts -> claim(): the data folder's id is written into the database, unless another's stands there
    a request for Studio, batches, dreams or exports -> is_here()? -> answered : refused with a sentence

A server by itself is its own home, and nothing is asked. Servers that share the data folder are all at home.
"""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from recognizer import files
from recognizer.errors import OperatorError
from webui.config import data_folder
from webui.jobs import folder
from webui.jobs.models import Home
from webui.problems import is_api, problem_response

GetResponse = Callable[[HttpRequest], HttpResponseBase]

LIES_THERE = re.compile(
    r"/(studio|batches|dreams)(/|$)|/models/[^/]+/exports/|/api/v1/(batches|projects|trainings)(/|$)"
)
"""The addresses whose answers lie in the data folder of one server; docs/deploy/nginx-several.conf sends them there."""

_NAME = ".home"
_MAX_BYTES = 100


class OnAnotherServer(OperatorError):
    """What is asked for lies on another server of the same site."""

    code = "on_another_server"
    title = "This lies on another server"

    def __init__(self) -> None:
        super().__init__(
            "Studio, batches, dreams and exports are kept on one server of this site, which is not this one. Its proxy"
            " has to send such addresses there."
        )


class HomeElsewhere(OperatorError):
    """Another server does the long work already."""

    code = "home_elsewhere"
    title = "Another server does the long work"


def claim(*, anew: bool = False) -> None:
    """Makes this data folder the one of long work, where no other is; `anew`: even where another is.

    Raises:
        HomeElsewhere: another is.
        OSError: the folder cannot be written.
    """
    if not settings.ENVIRONMENT.is_one_of_several:
        return
    ours = {"folder": _id() or _new_id(), "host": socket.gethostname()[:100]}
    if anew:
        Home.objects.update_or_create(pk=1, defaults=ours)
        return
    found, _ = Home.objects.get_or_create(pk=1, defaults=ours)
    if found.folder != ours["folder"]:
        raise HomeElsewhere(
            f"Long work and Studio lie in the data folder of another server ({found.host}). Set MENAGERIE_WORKER=0"
            " here; or, if that server is gone for good, copy its data folder, and run `manage take_long_work` here."
        )


def is_here() -> bool:
    """Whether long work and Studio lie in this data folder, or in one that nobody shares."""
    if not settings.ENVIRONMENT.is_one_of_several:
        return True
    ours = _id()
    return ours is not None and Home.objects.filter(pk=1, folder=ours).exists()


def only_at_home(get_response: GetResponse) -> GetResponse:
    """Middleware that refuses what lies on another server, instead of saying that there is nothing."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not LIES_THERE.match(request.path_info) or is_here():
            return get_response(request)
        if is_api(request):
            return problem_response(OnAnotherServer())
        raise OnAnotherServer

    return middleware


def _id() -> str | None:
    try:
        return files.read_at_most(folder.root() / _NAME, _MAX_BYTES).decode("ascii") or None
    except (OSError, UnicodeDecodeError):
        return None


def _new_id() -> str:
    data_folder.make(folder.root())
    text = secrets.token_hex(16)
    files.write_whole(folder.root() / _NAME, text.encode(), mode=files.OWNER_ONLY)
    return text
