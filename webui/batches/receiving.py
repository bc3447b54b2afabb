"""Receives the pictures of a batch into one zip file on the disk, piece by piece.

    body -> a zip file as it is             -> FILE
         -> a form with one zip file        -> FILE
         -> a form with many pictures       -> a zip file of them, without compression -> FILE

A body is never whole in memory, and what is wrong with one leaves FILE for the caller to remove.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from django.conf import settings
from django.http import HttpRequest, QueryDict

from recognizer.bulk import zip_pictures
from recognizer.bulk.image_files import PassedOver
from recognizer.bulk.zip_pictures import Limits, TooMuch, ZipPicture
from recognizer.errors import UnsupportedFormat
from recognizer.images.decode import MAX_BYTES
from webui.batches.form_stream import PIECE_BYTES, FormStream, StreamedPart
from webui.inference import form_parts
from webui.inference.form_parts import MalformedForm
from webui.inference.uploads import declared_length
from webui.problems import InvalidRequest, MissingImage

_EXPECTED = "Expected a zip file as the body, or a multipart form with a zip file or with pictures."
# After so many bytes it is asked again whether there is room for more.
_ASK_EVERY_BYTES = 64 * 2**20
_MOST_FIELD_BYTES = 2**16
_ZIP_SIGN_BYTES = 4
_ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})


@dataclass(frozen=True)
class Allowed:
    """What one batch may be."""

    packed_bytes: int
    entries: int
    """Files and folders in a zip file, with those that are no pictures."""
    pictures: Limits


CheckForm = Callable[[QueryDict], None]
"""Looks at what stands in a form before its first file; raises where it is not to be taken."""


def any_form(_fields: QueryDict) -> None:
    """Takes a body whatever stands in it, and one that is no form, too."""


@dataclass(frozen=True)
class Received:
    """What was sent."""

    pictures: list[ZipPicture]
    passed_over: list[PassedOver]


def receive(
    request: HttpRequest, file: Path, allowed: Allowed, is_room: Callable[[], None], check: CheckForm = any_form
) -> Received:
    """Writes what is sent to the disk, and looks at what is in it.

    Args:
        request: nothing of its body has been read.
        file: the zip file to write; it is not there yet.
        allowed: what it may be.
        is_room: raises where there is no more room; asked now and then.
        check: asked before a file is written.

    Raises:
        InvalidRequest: it did not arrive whole, or is malformed.
        MissingImage: there is no picture in it.
        UnsupportedFormat: it is neither a zip file nor a form.
        InvalidZip: the zip file cannot be used, see `zip_pictures.py`.
        TooMuch: there are too many pictures, or too many bytes.
        OSError: it cannot be written.
    """
    try:
        _write(_Body(request, allowed.packed_bytes, is_room), request, file, allowed, check)
        return _looked_at(file, allowed)
    except MalformedForm as err:
        raise InvalidRequest(f"The multipart form is malformed or incomplete. {err} Send it again.") from err


def declared(request: HttpRequest) -> int | None:
    """How many bytes a request says that it has; None of a chunked one, which does not say."""
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    return None if chunked else declared_length(request.META)


class _Body:
    """A request's body while it arrives."""

    def __init__(self, request: HttpRequest, most_bytes: int, is_room: Callable[[], None]) -> None:
        self._request = request
        self._most = most_bytes
        self._is_room = is_room
        self._received = 0
        self._declared = declared(request)
        if (self._declared or 0) > most_bytes:
            raise _too_large(most_bytes)

    def read(self, size: int) -> bytes:
        """The next bytes; none where the body ends, as it said it would."""
        try:
            data: bytes = self._request.read(size)
        except OSError as err:  # Django's UnreadablePostError is one.
            raise _broken_off() from err
        before, self._received = self._received, self._received + len(data)
        if self._declared is None and self._received >= self._most:
            raise _too_large(self._most)
        if not data and self._declared is not None and self._received < self._declared:
            raise _broken_off()
        if self._received // _ASK_EVERY_BYTES > before // _ASK_EVERY_BYTES:
            self._is_room()
        return data

    def pieces(self) -> Iterator[bytes]:
        """All that is left."""
        while data := self.read(PIECE_BYTES):
            yield data


def _write(body: _Body, request: HttpRequest, file: Path, allowed: Allowed, check: CheckForm) -> None:
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise UnsupportedFormat(f"{_EXPECTED} Content-Encoding is not read here: a zip file is compressed already.")
    begun = body.read(PIECE_BYTES)
    if not begun:
        raise MissingImage(_EXPECTED)
    boundary = form_parts.boundary_of(begun, request.content_params)
    if begun.startswith(zip_pictures.BEGINNINGS) or request.content_type in _ZIP_TYPES:
        check(QueryDict())
        _copy(chain([begun], body.pieces()), file)
    elif boundary:
        _write_form(FormStream(body.read, boundary, begun).parts(), file, allowed.pictures, check)
        for _ in body.pieces():  # What comes after its end.
            pass
    else:
        raise UnsupportedFormat(f"{_EXPECTED} Received: Content-Type={(request.content_type or '')[:100]!r}")


def _copy(pieces: Iterator[bytes], file: Path) -> None:
    with file.open("xb") as out:
        for piece in pieces:
            out.write(piece)


def _write_form(parts: Iterator[StreamedPart], file: Path, limits: Limits, check: CheckForm) -> None:
    """Writes the files of a form: the only one as it is where it is a zip file, else all of them into one."""
    fields = QueryDict(mutable=True)
    files = (part for part in parts if _is_file(part, fields))
    first = next(files, None)
    check(fields)
    if first is None:
        raise MissingImage(_EXPECTED)
    begun = _beginning(first.content)
    if begun.startswith(zip_pictures.BEGINNINGS):
        _copy(chain([begun], first.content), file)
        if next(files, None) is not None:
            raise InvalidRequest(
                "The form has more than one file, and the first is a zip file. Send the zip file alone."
            )
        return
    with ZipFile(file, "x") as archive:
        taken = _Names()
        for part, content in chain([(first, chain([begun], first.content))], ((each, each.content) for each in files)):
            _add(archive, taken.free(part.head.filename or ""), content)
            if taken.count > limits.pictures:
                raise zip_pictures.too_many(limits)


def _is_file(part: StreamedPart, fields: QueryDict) -> bool:
    """Whether a part is a file that somebody chose; what is none is added to the fields, which may not be many."""
    if part.head.filename:
        return True
    content = b""
    for piece in part.content:
        content += piece
        if len(content) > _MOST_FIELD_BYTES or len(fields) > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise InvalidRequest("The form has too much beside its files. Send pictures as files, with their names.")
    fields.appendlist(part.head.name, content.decode("utf-8", errors="replace"))
    return False


def _beginning(content: Iterator[bytes]) -> bytes:
    begun = b""
    for piece in content:
        begun += piece
        if len(begun) >= _ZIP_SIGN_BYTES:
            break
    return begun


def _add(archive: ZipFile, name: str, content: Iterator[bytes]) -> None:
    """Adds a picture, but for what is past `MAX_BYTES`: enough for decoding to refuse one that is larger."""
    left = MAX_BYTES + 1
    with archive.open(ZipInfo(name), "w") as entry:
        for piece in content:
            entry.write(piece[:left])
            left -= min(left, len(piece))


class _Names:
    """The names of files in a form, each made a name of its own: a.jpg, a-2.jpg."""

    def __init__(self) -> None:
        self._taken = dict[str, int]()
        self.count = 0

    def free(self, name: str) -> str:
        """The name, or the next one like it."""
        self.count += 1
        stem, dot, suffix = name.rpartition(".")
        found, number = name, self._taken.get(name, 1)
        while found in self._taken:
            number += 1
            found = f"{stem}-{number}.{suffix}" if dot else f"{name}-{number}"
        self._taken[name] = number
        self._taken.setdefault(found, 1)
        return found


def _looked_at(file: Path, allowed: Allowed) -> Received:
    passed_over = list[PassedOver]()
    with zip_pictures.opened(file, most_entries=allowed.entries) as archive:
        found = zip_pictures.pictures(archive, passed_over.append, allowed.pictures)
    if not found:
        why = f" {passed_over[0].path}: {passed_over[0].reason}" if passed_over else ""
        raise MissingImage(f"There is no picture in what was sent.{why}")
    return Received(found, passed_over)


def _too_large(most_bytes: int) -> TooMuch:
    return TooMuch(
        f"Expected a batch of at most {most_bytes // 2**20:,} MB (MENAGERIE_BATCH_MB). Send fewer pictures in one.",
        "packed",
    )


def _broken_off() -> InvalidRequest:
    return InvalidRequest("The batch did not arrive whole, or too slowly. Nothing of it was kept. Send it again.")
