"""Django's request, whose form parser blames the client for every form that it cannot read."""

from __future__ import annotations

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict


class FormRequest(WSGIRequest):
    """A request whose form is a bad one where Django's parser fails over the names of its parts."""

    def parse_file_upload(self, META: Any, post_data: Any) -> tuple[QueryDict, MultiValueDict[str, Any]]:  # noqa: N803
        """The fields and the files of a form; see `HttpRequest.parse_file_upload`.

        Raises:
            MultiPartParserError: it is malformed.
        """
        try:
            return super().parse_file_upload(META, post_data)
        except TypeError as err:  # Of `filename*=...; filename*0=...`; Django expects ValueError alone.
            raise MultiPartParserError("A name in the form contradicts itself.") from err
