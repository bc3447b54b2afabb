"""The errors of the web interface, and their translation into HTTP: a status for every code, RFC 9457 documents."""

from __future__ import annotations

import errno
import functools
import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, Error, IntegrityError, NotSupportedError, ProgrammingError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.multipartparser import MultiPartParserError

from recognizer.errors import CallerError, ImageError, MenagerieError, OperatorError, Overloaded
from recognizer.predictions.documents import Absent, Document

View = Callable[..., HttpResponseBase]
Response = TypeVar("Response", bound=HttpResponse)

STATUS_BY_CODE = {
    "invalid_request": HTTPStatus.BAD_REQUEST,
    "missing_image": HTTPStatus.BAD_REQUEST,
    "unauthenticated": HTTPStatus.UNAUTHORIZED,
    "forbidden": HTTPStatus.FORBIDDEN,
    "not_found": HTTPStatus.NOT_FOUND,
    "method_not_allowed": HTTPStatus.METHOD_NOT_ALLOWED,
    "already_reviewed": HTTPStatus.CONFLICT,
    "switch_running": HTTPStatus.CONFLICT,
    "model_is_set": HTTPStatus.CONFLICT,
    "not_trainable": HTTPStatus.CONFLICT,
    "image_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "batch_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "unsupported_format": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "invalid_image": HTTPStatus.UNPROCESSABLE_ENTITY,
    "invalid_zip": HTTPStatus.UNPROCESSABLE_ENTITY,
    "throttled": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_batches": HTTPStatus.TOO_MANY_REQUESTS,
    "too_many_jobs": HTTPStatus.TOO_MANY_REQUESTS,
    "internal_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "model_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "database_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "pictures_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "on_another_server": HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded": HTTPStatus.SERVICE_UNAVAILABLE,
    "storage_full": HTTPStatus.INSUFFICIENT_STORAGE,
}
"""Every code that the API answers with."""

RETRY_AFTER_S = 5

_API_PATHS = ("/api/", "/hf/", "/photoprism/", "/v1/", "/v2/")

NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
"""Of a disk that is full, or may not be written to any more."""
# Of these a request or the code is at fault, not the database.
_NOT_ITS_FAULT = (IntegrityError, DataError, ProgrammingError, NotSupportedError)

_logger = logging.getLogger(__name__)


class Problem(Document):
    """What went wrong, as an RFC 9457 problem document."""

    type: str
    """`urn:menagerie:problem:` and the code."""
    title: str
    """In a few words, the same for each problem of this code."""
    status: int
    """The HTTP status."""
    detail: str
    """What is wrong here, and what to do next."""
    code: str
    """A stable word for programs, see the documentation."""
    reason: Absent[str] = None
    """A stable word for the cause, where a code has several with a cure each."""
    errors: Absent[list[PictureProblem]] = None
    """What is wrong with each of several pictures."""
    sentence: Absent[str] = None
    """The same for people, in the language that the request prefers, where a page of ours may have to show it."""


class PictureProblem(Document):
    """What is wrong with one picture of several."""

    filename: str | None
    error: Problem


class InvalidRequest(CallerError):
    """The request cannot be understood."""


class TooManyPictures(InvalidRequest):
    """There are more pictures in one request than are answered at once."""

    title = "There are too many pictures in the request"
    reason = "too_many"


class MissingImage(CallerError):
    """There is no picture in the request."""

    code = "missing_image"
    title = "There is no picture in the request"


class NotFound(CallerError):
    """There is nothing at this address."""

    code = "not_found"
    title = "There is nothing at this address"


class MethodNotAllowed(CallerError):
    """The address exists, but does not answer to this method."""

    code = "method_not_allowed"
    title = "The method is not allowed here"

    def __init__(self, received: str | None, allowed: str) -> None:
        super().__init__(f"Expected the method {allowed}. Received: {received}")
        self.allowed = allowed


class Unauthenticated(CallerError):
    """The request names no account, or its API key is not valid."""

    code = "unauthenticated"
    title = "Who asks is not known"


class Forbidden(CallerError):
    """The caller is known, but may not do this."""

    code = "forbidden"
    title = "This page is not open to your account"


class AccountsUnavailable(Overloaded):
    """The database of accounts does not answer."""

    def __init__(self) -> None:
        super().__init__("Accounts cannot be looked up at this moment. Send the request again in a few seconds.")


class DatabaseUnavailable(OperatorError):
    """The database is gone, locked, damaged or read-only, or its disk is full."""

    code = "database_unavailable"
    title = "The database cannot be used"

    def __init__(self) -> None:
        super().__init__(
            "The database cannot be used at this moment, and this needs it. Pictures are answered all the same. The"
            " server's log says why."
        )


class TooBusy(Overloaded):
    """The queue for the model is full, or the request waited in it for too long."""

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ClientGone(Overloaded):
    """The client closed its connection while its request waited, so nobody reads the answer."""


class Throttled(CallerError):
    """The client has had what it may have for now."""

    code = "throttled"
    title = "Too much at once"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"You have had what one client may have for now. Try again in {retry_after_s} seconds.")
        self.retry_after_s = retry_after_s


class TooManyBatches(CallerError):
    """The caller has as many batches, or as many bytes in them, as one may have at a time."""

    code = "too_many_batches"
    title = "You have too many batches"
    retry_after_s = 60


class TooManyJobs(CallerError):
    """So many jobs of the caller wait or run as one may have at a time."""

    code = "too_many_jobs"
    title = "You have too many jobs"
    retry_after_s = 60


class StorageFull(OperatorError):
    """There is no room on the server's disk for what is sent, or no more that such things may take."""

    code = "storage_full"
    title = "The server has no room for it"


class InternalError(MenagerieError):
    """A fault of the server; the log has its reason."""

    code = "internal_error"
    title = "Something went wrong on the server"


def status_of(error: MenagerieError) -> HTTPStatus:
    """The HTTP status of an error; 500 for one that no caller should ever see."""
    return STATUS_BY_CODE.get(error.code, HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(error: MenagerieError) -> dict[str, Any]:
    """The problem object, for JSON."""
    return problem_document(error).to_dict()


def problem_document(error: MenagerieError) -> Problem:
    """The problem document of an error."""
    return Problem(
        type=f"urn:menagerie:problem:{error.code}",
        title=error.title,
        status=status_of(error).value,
        detail=str(error),
        code=error.code,
        reason=error.reason or None,
    )


def problem_response(error: MenagerieError, **members: object) -> JsonResponse:
    """The problem document as an HTTP answer; `members` are added to the object."""
    response = JsonResponse(problem(error) | members, status=status_of(error), content_type="application/problem+json")
    response["Cache-Control"] = "no-store"
    return with_headers(response, error)


def picture_problem(filename: str | None, error: ImageError) -> PictureProblem:
    """The entry of a picture that cannot be used, among the answers of a request."""
    return PictureProblem(filename=filename, error=problem_document(error))


def all_failed(failed: Sequence[tuple[str | None, ImageError]]) -> JsonResponse:
    """The answer where no picture can be used: the first one's problem, with all of them where there are several.

    Args:
        failed: the name and the error of each picture.
    """
    [(_, first), *others] = failed
    if not others:
        return problem_response(first)
    return problem_response(first, errors=[picture_problem(*each).to_dict() for each in failed])


def with_headers(response: Response, error: MenagerieError) -> Response:
    """The response with the HTTP headers that belong to an error: `Allow`, `WWW-Authenticate` or `Retry-After`."""
    status = status_of(error)
    if isinstance(error, MethodNotAllowed):
        response["Allow"] = error.allowed
    elif status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    elif status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        response["Retry-After"] = str(retry_after_s(error))
    return response


def retry_after_s(error: MenagerieError) -> int:
    """In how many seconds to try again after a 429 or 503."""
    return (
        error.retry_after_s if isinstance(error, TooBusy | Throttled | TooManyBatches | TooManyJobs) else RETRY_AFTER_S
    )


def is_api(request: HttpRequest) -> bool:
    """True for requests of programs, which are answered with problem documents and never with pages.

    Outside `/api/`, `protocols/error_shapes.py` writes the documents as the programs there expect them.
    """
    return request.path_info.startswith(_API_PATHS) or request.path_info == "/v2"


def wants_json(request: HttpRequest) -> bool:
    """Whether a script of one of our pages sends the request: it accepts JSON, and has no use for a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def answers_problems(view: View) -> View:
    """Makes a view of the API answer every error with a problem document, never with a page."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except MenagerieError as err:
            # Not kept in a variable: it would refer to itself, and keep what the request held until it is collected.
            if status_of(err) != HTTPStatus.INTERNAL_SERVER_ERROR:
                return problem_response(err)
            _logger.exception("An error that no caller should see.")
        except (BadRequest, SuspiciousOperation, MultiPartParserError):  # What Django itself answers with 400.
            return problem_response(unreadable())
        except Exception as err:  # The edge of the API: whoever called gets an answer.
            if known := passing(err):
                return problem_response(known)
            _logger.exception("The request failed: %s %s", request.method, request.path)
        return problem_response(unexpected())

    return wrapper


def passing(error: BaseException | None) -> MenagerieError | None:
    """What is to be answered with 503 where an error is no fault of the code; None where it is one.

    A database that cannot be used is written to the log.
    """
    if isinstance(error, MenagerieError):
        return error if status_of(error) == HTTPStatus.SERVICE_UNAVAILABLE else None
    if isinstance(error, SessionInterrupted):  # So Django calls a session that could not be written.
        error = error.__context__ and error.__context__.__context__
    is_full = isinstance(error, OSError) and error.errno in NO_SPACE
    if is_full or (isinstance(error, Error) and not isinstance(error, _NOT_ITS_FAULT)):
        _logger.error("The database cannot be used: %s", str(error).strip())
        return DatabaseUnavailable()
    return None


def unreadable() -> InvalidRequest:
    """The error of a request that Django finds malformed, or too long to be an honest one."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return InvalidRequest(
        f"The request cannot be read: it has a malformed header or form, or more than {most} parameters."
    )


def unexpected() -> InternalError:
    """The error that a caller gets for a fault of the server."""
    return InternalError("The server failed to answer. The fault is in its log; sending the same again may not help.")
