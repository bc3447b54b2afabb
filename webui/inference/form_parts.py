"""Splits a multipart form that is in memory into its parts: headers by the standard library, contents as they are.

Django's own parser allows 1 kB for the headers of a part. A file name of 75 Chinese letters, as .NET and requests write
it, takes more; see RFC 7578, section 4.2, and RFC 2231.
"""

from __future__ import annotations

import base64
import email.errors
import email.header
import email.parser
import email.utils
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message

MAX_HEAD_BYTES = 16 * 2**10
"""Of one part. 255 letters of four bytes, percent-encoded and as base64, take less than 5 kB."""

_MAX_PARTS = 200
_MAX_PARAMETERS = 100
# A short boundary also turns up inside pictures.
_MAX_FINDS = 2000
_BOUNDARY = re.compile(rb"\s{0,4}--([ -~]{0,199}[!-~])[ \t]*\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")


class MalformedForm(Exception):
    """The form is broken or ends early."""


@dataclass(frozen=True)
class Part:
    """One part of a form."""

    name: str
    filename: str | None
    """Without folders; None where the part names none."""
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Head:
    """What the headers of a part say."""

    name: str
    filename: str | None
    """Without folders; None where the part names none."""
    media_type: str
    encoding: str
    """Of its content, in small letters: empty, or base64."""


def boundary_of(body: bytes, stated: Mapping[str, str] | None) -> bytes | None:
    """What separates the parts: as the content type says, or else as the body begins; None: this is no form.

    Args:
        body: the form, or its beginning.
        stated: the parameters of its content type.
    """
    boundary = (stated or {}).get("boundary", "").rstrip().encode("utf-8", errors="replace")
    begins = _BOUNDARY.match(body)
    return boundary if boundary and b"--" + boundary in body else begins[1] if begins else None


def split(body: bytes, boundary: bytes) -> Iterator[Part]:
    """The parts of a form, in their order.

    Raises:
        MalformedForm: it cannot be read, ends within a part, or has no boundary.
    """
    if not boundary:
        raise MalformedForm("It has no boundary.")
    start: int | None = None
    count = 0
    for at, end, is_last in _lines(body, b"--" + boundary):
        if start is not None:
            count += 1
            if count > _MAX_PARTS:
                raise MalformedForm(f"It has more than {_MAX_PARTS} parts.")
            yield _part(body, start, at)
        if is_last:
            return
        start = end
    if not count or body[start:].strip():
        raise MalformedForm("It ends within a part.")


def _lines(body: bytes, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Of each line that separates parts: where the part before ends, where the next one begins, is it the last?"""
    at, finds = body.find(mark), 0
    while at >= 0:
        finds += 1
        if finds > _MAX_FINDS:
            raise MalformedForm("Its boundary is found too often.")
        after = at + len(mark)
        line_end = body.find(b"\n", after, after + 80)
        line = body[after : after + 80 if line_end < 0 else line_end].strip()
        if body[at - 1 : at] in {b"", b"\n"} and line in {b"", b"--"}:
            before = at - 2 if body[at - 2 : at] == b"\r\n" else max(0, at - 1)
            yield before, len(body) if line_end < 0 else line_end + 1, line == b"--"
        at = body.find(mark, after)


def _part(body: bytes, start: int, end: int) -> Part:
    head_end = _HEAD_END.search(body, start, min(end, start + MAX_HEAD_BYTES + 4))
    if head_end is None:
        raise MalformedForm(f"The headers of a part do not end, or have more than {MAX_HEAD_BYTES // 2**10} kB.")
    head = read_head(body[start : head_end.start()])
    return Part(head.name, head.filename, head.media_type, _content(body[head_end.end() : end], head.encoding))


def read_head(data: bytes) -> Head:
    """The headers of a part, given without the empty line at their end.

    Raises:
        MalformedForm: they are too many, or cannot be read.
    """
    if data.count(b";") > _MAX_PARAMETERS:
        raise MalformedForm("The headers of a part have too many parameters.")
    message = email.parser.HeaderParser().parsestr(data.decode("utf-8", errors="replace"))
    try:
        name, filename = _names(message)
    except (TypeError, ValueError) as err:  # Of parameters as RFC 2231 has them: contradictory, in no such encoding.
        raise MalformedForm("The headers of a part cannot be read.") from err
    return Head(
        name=name.strip(),
        filename=None if filename is None else _without_folders(filename),
        media_type=message.get_content_type() if "content-type" in message else "",
        encoding=str(message.get("content-transfer-encoding", "")).strip().lower(),
    )


def _names(message: Message) -> tuple[str, str | None]:
    """The name of a part, and that of its file."""
    parameters = dict(message.get_params([], "content-disposition"))  # The encoded ones come last.
    filename = parameters.get("filename", parameters.get("file"))
    return _text(parameters.get("name", "")), None if filename is None else _text(filename)


def _text(value: str | tuple[str | None, str | None, str]) -> str:
    """A parameter, whether it came plain, as RFC 2231 has it, or as the encoded word that .NET sends."""
    text = email.utils.collapse_rfc2231_value(value)
    if not text.startswith("=?"):
        return text
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (email.errors.HeaderParseError, LookupError, ValueError):
        return text


def _without_folders(filename: str) -> str:
    name = re.split(r"[/\\]", filename)[-1]
    return "".join(letter for letter in name if letter.isprintable())


def _content(content: bytes, encoding: str) -> bytes:
    if encoding != "base64":
        return content
    try:
        return base64.b64decode(content.translate(None, b" \t\r\n"), validate=True)
    except ValueError as err:
        raise MalformedForm("A part says that it is base64, and is not.") from err
