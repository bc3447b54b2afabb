"""Reads the pictures out of a request's body, whatever its content type says they are.

    unpack -> picture                          -> [Upload]
           -> form, all of its files           -> form_parts.split -> [Upload]
           -> JSON, base64, name=value pairs   -> picture_text     -> [Upload]

Clients send a wrong type, or none, as often as the right one: what the body begins with is believed first.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, QueryDict, UnreadablePostError

from recognizer.errors import ImageError, ImageTooLarge, UnsupportedFormat, without_traceback
from recognizer.images.decode import MAX_BYTES
from recognizer.images.decoding_limits import Cost
from recognizer.images.formats import SNIFFED_BYTES, foreign_kind, sniff
from webui.inference import form_parts, picture_text
from webui.inference.admission import Load, Turn, Weight, weigh
from webui.inference.form_parts import MalformedForm, Part
from webui.problems import InvalidRequest, MissingImage, TooManyPictures

FIELD = "image"

# Before anything is read: a body of this length is taken to be costly, for it is copied, and holds much to decode.
_MEDIUM_BYTES, _COSTLY_BYTES = 4 * 2**20, 16 * 2**20

_MAX_FIELD_BYTES = 2**20
"""Of all that is in a form beside its pictures."""
_EXPECTED = (
    f"Expected a multipart form with a file in the field {FIELD!r}, a picture as the body, or JSON with its base64:"
    f' {{"{FIELD}": "..."}}.'
)
_GZIP_OR_ZLIB, _RAW_DEFLATE = 47, -15
# bgzip makes a member of each 64 kB.
_GZIP_MEMBER, _MAX_MEMBERS, _PIECE_BYTES = b"\x1f\x8b", 20_000, 2**16


@dataclass(frozen=True)
class Upload:
    """One picture as it was sent."""

    filename: str | None
    """Without folders; None for a raw body."""
    data: bytes | ImageError
    """The file; or what is wrong with it, where its bytes were not kept."""

    def content(self) -> bytes:
        """The bytes of the picture's file.

        Raises:
            ImageError: there were too many, or they were no base64.
        """
        if isinstance(self.data, ImageError):
            raise self.data
        return self.data


@dataclass(frozen=True)
class Sent:
    """What the body of a request says."""

    uploads: list[Upload]
    """May be empty for forms, which can name a picture that we have."""
    fields: QueryDict = field(default_factory=QueryDict)
    """Of a form, what is beside its pictures."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of JSON, those of `picture_text.OPTIONS` that are there."""

    def pictures(self) -> list[Upload]:
        """The uploads.

        Raises:
            MissingImage: there are none.
        """
        if not self.uploads:
            raise MissingImage(_EXPECTED)
        return self.uploads


class NoFiles(FileUploadHandler):
    """Drops files that are sent to pages which take none. Django alone would write large ones to the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Passes over a file; see `FileUploadHandler.new_file`.

        Raises:
            SkipFile: always.
        """
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called."""

    def file_complete(self, file_size: int) -> None:
        """Never called."""


def weight_of(request: HttpRequest) -> Weight:
    """What is known of a request that has not been read: how long its body is, and whether it is compressed."""
    length = declared_length(request.META)
    if length > _COSTLY_BYTES or _encoding(request):
        return Weight.COSTLY
    return Weight.MEDIUM if length > _MEDIUM_BYTES else Weight.LIGHT


def loads_of(uploads: Sequence[Upload], cost: Callable[[bytes], Cost], turn: Turn) -> list[Load]:
    """What each picture of a request needs: its own memory, and the weight of the whole request.

    So a request for which there is no room is turned away before its first picture, not between two.

    Args:
        uploads: the pictures.
        cost: says what it takes to decode one, given as the bytes of its file.
        turn: of the request, which weighs no less than it came in with.
    """
    costs = [_cost_of(upload, cost) for upload in uploads]
    weight = weigh(sum(cost.cpu_s for cost in costs), max((cost.memory_bytes for cost in costs), default=0))
    return [Load(max(weight, turn.load.weight), cost.memory_bytes) for cost in costs]


def _cost_of(upload: Upload, cost: Callable[[bytes], Cost]) -> Cost:
    """Nothing where the bytes of the picture were not kept."""
    try:
        return cost(upload.content())
    except ImageError:
        return Cost(0, 0.0)


def read(request: HttpRequest) -> Sent:
    """The pictures of a request, in their order, at most `MAX_IMAGES`.

    Args:
        request: nothing of its body has been read, thus neither `POST` nor `FILES` asked for.

    Raises:
        InvalidRequest: the connection broke, or the body is malformed.
        TooManyPictures: there are more than `MAX_IMAGES`.
        MissingImage: there is no picture, and no form.
        UnsupportedFormat: the body is neither picture nor form nor JSON, or compressed in a way that is not read.
        ImageTooLarge: it is too long once it is unpacked.
    """
    sent = _understood(body_of(request), request)
    refuse_too_many(len(sent.uploads))
    return sent


def body_of(request: HttpRequest) -> bytes:
    """The whole body of a request, unpacked where it is compressed.

    Raises:
        InvalidRequest: the connection broke, or the body is not compressed as it says.
        UnsupportedFormat: it is compressed in a way that is not read.
        ImageTooLarge: it is too long once it is unpacked.
    """
    try:
        body = request.read()
    except (UnreadablePostError, OSError) as err:
        raise InvalidRequest("The request did not arrive whole. Send it again.") from err
    return _unpacked(body, _encoding(request))


def refuse_too_many(pictures: int) -> None:
    """Refuses a request for its number of pictures.

    Raises:
        TooManyPictures: there are more than `MAX_IMAGES`.
    """
    if pictures > settings.MAX_IMAGES:
        raise TooManyPictures(
            f"Expected at most {settings.MAX_IMAGES} pictures in one request. Send the others in another."
        )


def declared_length(environ: Mapping[str, Any]) -> int:
    """The length of a request's body by its `Content-Length`, in bytes; 0 where that is missing or no number."""
    text = str(environ.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _encoding(request: HttpRequest) -> str:
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding


def _unpacked(body: bytes, encoding: str) -> bytes:
    if not encoding or sniff(body[:SNIFFED_BYTES]):  # Some proxies unpack, and leave the header.
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise UnsupportedFormat(
            f"Expected Content-Encoding: gzip or deflate, or none. Received: Content-Encoding={encoding[:50]!r}"
        )
    most = settings.ENVIRONMENT.max_request_bytes
    try:
        unpacked = _inflated(body, _GZIP_OR_ZLIB, most)
    except zlib.error:
        try:  # What some send as deflate has no zlib header.
            unpacked = _inflated(body, _RAW_DEFLATE, most)
        except zlib.error as err:
            raise InvalidRequest(f"The body is not what Content-Encoding={encoding!r} says. Send it again.") from err
    if len(unpacked) > most:
        raise ImageTooLarge(
            f"The request has over {most // 2**20} MB once it is unpacked; at most so much is accepted"
            " (MENAGERIE_MAX_REQUEST_MB). Send fewer or smaller pictures."
        )
    return unpacked


def _inflated(body: bytes, wbits: int, most: int) -> bytes:
    """At most one byte more than `most`: what follows is never unpacked. Of gzip all members, see RFC 1952."""
    unpacked, at = io.BytesIO(), 0
    for _ in range(_MAX_MEMBERS):
        decompressor = zlib.decompressobj(wbits)
        while not decompressor.eof:
            piece, room = body[at : at + _PIECE_BYTES], most + 1 - unpacked.tell()
            if not room:
                return unpacked.getvalue()
            if not piece:
                raise zlib.error("It ends early.")
            unpacked.write(decompressor.decompress(piece, room))
            at += len(piece) - len(decompressor.unused_data)
        if not body.startswith(_GZIP_MEMBER, at):
            return unpacked.getvalue()
    raise zlib.error("It has too many members.")


def _understood(body: bytes, request: HttpRequest) -> Sent:
    media_type = request.content_type or ""
    beginning = body[:SNIFFED_BYTES].lstrip()
    if not body:
        raise MissingImage(_EXPECTED)
    if sniff(body[:SNIFFED_BYTES]):
        return Sent([from_bytes(None, body)])
    is_form = media_type.startswith("multipart/")
    boundary = form_parts.boundary_of(body, request.content_params if is_form else None)
    if is_form or boundary:
        return _form(body, boundary)
    if beginning[:1] in {b"{", b"["} or beginning.startswith((b'"', b"\xef\xbb\xbf{", b"\xef\xbb\xbf[")):
        return _json(body)
    if picture_text.is_picture(body[:1000].decode("latin-1")):
        return Sent([from_text(body.decode("latin-1"))])
    if media_type == "application/x-www-form-urlencoded" and not foreign_kind(body):
        return _pairs(body)
    if media_type.startswith("image/") or media_type in {"", "application/octet-stream"} or foreign_kind(body):
        return Sent([from_bytes(None, body)])  # Decoding says what it is.
    raise UnsupportedFormat(f"{_EXPECTED} Received: Content-Type={media_type[:100]!r}")


def _form(body: bytes, boundary: bytes | None) -> Sent:
    try:
        return _sent(form_parts.split(body, boundary or b""))
    except MalformedForm as err:
        raise InvalidRequest(f"The multipart form is malformed or incomplete. {err} Send it again.") from err


def _sent(parts: Iterator[Part]) -> Sent:
    uploads, fields = list[Upload](), QueryDict(mutable=True)
    count = size = 0
    for part in parts:
        text = _picture_in_text(part)
        if _is_file(part):
            uploads.append(from_bytes(part.filename, part.content))
        elif text is not None:
            uploads.append(text)
        elif part.filename is None:
            count, size = count + 1, size + len(part.content)
            if size > _MAX_FIELD_BYTES or count > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
                raise InvalidRequest(
                    f"The form has too much beside its files. Send pictures as files in the field {FIELD!r}."
                )
            fields.appendlist(part.name, part.content.decode("utf-8", errors="replace"))
    return Sent(uploads, fields)


def _is_file(part: Part) -> bool:
    """Whether a part is a file: it has a name, or says or shows that it is a picture. An empty file field is none."""
    if part.filename or sniff(part.content[:SNIFFED_BYTES]):
        return True
    return bool(part.content) and (part.filename is not None or part.media_type.startswith("image/"))


def _picture_in_text(part: Part) -> Upload | None:
    if part.filename is None and picture_text.is_picture(part.content[:1000].decode("latin-1")):
        return from_text(part.content.decode("latin-1"))
    return None


def _json(body: bytes) -> Sent:
    texts, options = picture_text.in_json(body)
    if not texts:
        raise MissingImage(f"There is no picture in the JSON. {_EXPECTED}")
    return Sent([from_text(text) for text in texts[: settings.MAX_IMAGES + 1]], options=options)


def _pairs(body: bytes) -> Sent:
    uploads, fields = list[Upload](), QueryDict(mutable=True)
    for name, value in picture_text.in_pairs(body):
        if sniff(value[:SNIFFED_BYTES]):
            uploads.append(from_bytes(None, value))
        elif picture_text.is_picture(value[:1000].decode("latin-1")):
            uploads.append(from_text(value.decode("latin-1")))
        else:
            fields.appendlist(name, value[:_MAX_FIELD_BYTES].decode("utf-8", errors="replace"))
    if uploads or len(body) < _MAX_FIELD_BYTES:
        return Sent(uploads, fields)
    return Sent([from_bytes(None, body)])  # curl's default type, for a file of some kind.


def from_text(text: str) -> Upload:
    """A picture that was sent as base64 or as a data URL; with its error where it is neither."""
    try:
        return from_bytes(None, picture_text.decoded(text))
    except ImageError as err:
        return Upload(None, without_traceback(err))


def from_bytes(filename: str | None, data: bytes) -> Upload:
    """A picture that was sent as a file; without its bytes where there are too many."""
    if len(data) > MAX_BYTES:
        return Upload(filename, ImageTooLarge(f"The file has more than {MAX_BYTES // 2**20} MB. Send a smaller copy."))
    return Upload(filename, data)
