"""The tree of errors, by who is at fault: the caller, the operator, or too many callers at once.

Each class carries a stable `code` and a short `title`; the text of an instance is a plain sentence
that says what to do next. HTTP statuses and exit codes are given to them at the edges.
"""

from __future__ import annotations

from typing import TypeVar

Kept = TypeVar("Kept", bound=Exception)


def without_traceback(error: Kept) -> Kept:
    """The error, to be kept: without what led to it, which would keep the bytes of pictures in memory."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class MenagerieError(Exception):
    """The root of the tree; never raised itself."""

    code = "error"
    title = "Something went wrong"
    reason = ""
    """What is the matter, in a stable word, where a code has several causes with a cure each; else empty."""


class CallerError(MenagerieError):
    """What was sent or asked for is wrong; the same call will fail again."""

    code = "invalid_request"
    title = "The request is wrong"


class FileNameError(CallerError):
    """A model file's name says no name and version."""

    code = "invalid_file_name"
    title = "The file name cannot be a model's"


class ImageError(CallerError):
    """One picture could not be used; others in the same call are not affected."""


class InvalidImage(ImageError):
    """The bytes are no picture, or a broken one."""

    code = "invalid_image"
    title = "The picture cannot be read"


class DamagedImage(InvalidImage):
    """The bytes begin as a picture, and are broken or incomplete: another copy of it may be whole."""

    reason = "damaged"


class NotAnImage(InvalidImage):
    """The bytes are something else: no copy of them will ever be read."""

    reason = "not_an_image"


class EmptyFile(InvalidImage):
    """There are no bytes, or nothing but zeros: a download, or a copy, that never came."""

    reason = "empty"


class PointerFile(InvalidImage):
    """The bytes are a text of Git LFS or git-annex that says where the picture is."""

    reason = "pointer"


class UnsupportedFormat(ImageError):
    """A file of a kind that we do not read."""

    code = "unsupported_format"
    title = "The file format is not supported"


class ImageTooLarge(ImageError):
    """More bytes or more pixels than we accept."""

    code = "image_too_large"
    title = "The picture is too large"


class OperatorError(MenagerieError):
    """The installation is wrong: a model file, a setting, a folder. Callers cannot mend it."""

    code = "misconfigured"
    title = "The installation needs attention"


class NotInstalled(OperatorError):
    """A package of an extra is missing: one that serving does not need."""

    code = "not_installed"
    title = "Not installed"

    def __init__(self, package: str, *, install_line: str) -> None:
        super().__init__(f"This command needs {package}. Get it with: {install_line}")


class ArtifactError(OperatorError):
    """A model file is missing, broken, or asks for something we refuse to do."""

    code = "invalid_model"
    title = "The model file cannot be used"


class Overloaded(MenagerieError):
    """Nothing is wrong but the moment; the same call will work later."""

    code = "overloaded"
    title = "Too many requests at the moment"


class NotEnoughMemory(Overloaded, ImageError):
    """There was no memory to decode one picture, though it takes no more than any may; others are not affected."""
