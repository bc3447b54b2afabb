"""Takes pictures out of requests, within limits and without touching the disk.

    multipart form -> BoundedMemoryUploadHandler -> form_uploads -> [Upload]
    raw body       -> body_upload                                -> [Upload]

Django alone would write larger uploads to temporary files.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from recognizer.errors import ImageTooLarge, UnsupportedFormat
from recognizer.images.decode import MAX_BYTES
from webui.problems import InvalidRequest, MissingImage

FIELD = "image"


@dataclass(frozen=True)
class Upload:
    """One picture as it was sent."""

    filename: str | None
    """Without folders; None for a raw body."""
    data: bytes | None
    """None: the file had more than `MAX_BYTES`, and its bytes were dropped."""

    def content(self) -> bytes:
        """The bytes of the picture's file.

        Raises:
            ImageTooLarge: there were too many.
        """
        if self.data is None:
            raise ImageTooLarge(f"The file has more than {MAX_BYTES // 2**20} MB. Send a smaller copy.")
        return self.data


class BoundedMemoryUploadHandler(FileUploadHandler):
    """Keeps files in memory; of one with more than `MAX_BYTES` it keeps the size only."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begins a file; see `FileUploadHandler.new_file`."""
        super().new_file(*args, **kwargs)
        self._kept = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Takes the next bytes; None tells Django that no other handler needs them."""
        if start + len(raw_data) <= MAX_BYTES:
            self._kept.write(raw_data)
        else:
            self._kept = io.BytesIO()

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Ends a file; its `size` is the true one, even where its bytes were dropped."""
        self._kept.seek(0)
        return InMemoryUploadedFile(
            self._kept, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )

    def upload_interrupted(self) -> None:
        """The request ended within a file.

        Raises:
            MultiPartParserError: always. Django alone would drop the file and go on.
        """
        raise MultiPartParserError("The request ends within a file.")


def form_uploads(request: HttpRequest) -> list[Upload]:
    """The pictures in the fields called `image` of a multipart form, at least one.

    Raises:
        InvalidRequest: the form is malformed, or has more than `MAX_IMAGES` files.
        MissingImage: there is no such file.
    """
    try:
        files = request.FILES.getlist(FIELD)
    except (MultiPartParserError, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, UnreadablePostError) as err:
        raise malformed(err) from err
    if len(files) > settings.MAX_IMAGES:
        raise too_many_images()
    if not files:
        raise MissingImage(f"Expected at least one file in the multipart field {FIELD!r}, sent with its filename.")
    return [Upload(file.name, _content(file)) for file in files]


def body_upload(request: HttpRequest) -> Upload:
    """The picture that is the body of the request.

    Raises:
        UnsupportedFormat: the content type is not that of an image.
        MissingImage: there is no body.
        ImageTooLarge: over `MAX_BYTES`.
        InvalidRequest: the connection broke.
    """
    media_type, length = request.content_type or "", declared_length(request.META)
    if not media_type.startswith("image/"):
        expected = f"Expected a multipart form with the field {FIELD!r}, or an image with its content type as the body."
        if not length:
            raise MissingImage(expected)
        raise UnsupportedFormat(f"{expected} Received: Content-Type={media_type[:100] or None!r}")
    try:
        return Upload(None, None if length > MAX_BYTES else request.read())
    except (UnreadablePostError, OSError) as err:
        raise malformed(err) from err


def declared_length(environ: Mapping[str, Any]) -> int:
    """The length of a request's body by its `Content-Length`, in bytes; 0 where that is missing or no number."""
    text = str(environ.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def malformed(error: Exception) -> InvalidRequest:
    """The error for a form that cannot be read."""
    if isinstance(error, TooManyFilesSent):
        return too_many_images()
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        return InvalidRequest(f"The form has too much beside its files. Send pictures as files in the field {FIELD!r}.")
    return InvalidRequest("The multipart form is malformed or incomplete. Send it again.")


def too_many_images() -> InvalidRequest:
    """The error for a request with more than `settings.MAX_IMAGES` files."""
    return InvalidRequest(
        f"Expected at most {settings.MAX_IMAGES} pictures in one request. Send the others in another."
    )


def _content(file: UploadedFile[bytes]) -> bytes | None:
    return None if (file.size or 0) > MAX_BYTES else file.read()
