"""One problem of each code, for the documentation."""

from __future__ import annotations

from recognizer.bulk.zip_pictures import InvalidZip, TooMuch
from recognizer.errors import DamagedImage, ImageTooLarge, MenagerieError, UnsupportedFormat
from webui.history.pictures import PicturesUnavailable
from webui.inference.served_model import ModelUnavailable
from webui.jobs.home import OnAnotherServer
from webui.problems import (
    AccountsUnavailable,
    DatabaseUnavailable,
    Forbidden,
    InvalidRequest,
    MethodNotAllowed,
    MissingImage,
    NotFound,
    StorageFull,
    Throttled,
    TooManyBatches,
    TooManyJobs,
    Unauthenticated,
    unexpected,
)
from webui.review.api import Reviewed
from webui.studio.api.not_trainable import NotTrainable
from webui.versions.models import SwitchRunning
from webui.versions.switching import Pinned

_ALL: tuple[MenagerieError, ...] = (
    InvalidRequest("Expected a whole number of at least 1. Received: top_k='none'"),
    MissingImage("Expected a multipart form with a file in the field 'image'."),
    Unauthenticated("The API key is not valid. It may have been revoked."),
    Forbidden("The API key may not do this: it does not have the scope 'read'."),
    NotFound("Expected one of the versions that GET /api/v1/models lists, such as animals-1."),
    MethodNotAllowed("PUT", "GET"),
    Reviewed(),
    SwitchRunning("Another version is being tried. Try again when that has ended."),
    Pinned("MENAGERIE_MODEL is set: this server answers with that file, whatever is active."),
    NotTrainable("Expected at least 10 pictures in each class.", "pictures"),
    ImageTooLarge("The file has more than 50 MB. Send a smaller copy."),
    UnsupportedFormat("Expected Content-Encoding: gzip or deflate, or none. Received: Content-Encoding='br'"),
    DamagedImage("The picture is damaged or incomplete. Copy or download it again, or send another."),
    Throttled(12),
    TooMuch("The batch has more than 10000 pictures. Send the others in another.", "too_many"),
    InvalidZip("The zip file is cut off. Copy or download it again.", "damaged"),
    TooManyBatches("You have three jobs that are not done. Send this when one of them is."),
    TooManyJobs("Expected at most 3 jobs of one person at a time. Wait until one is done."),
    StorageFull("There is no room for this on the server's disk. Whoever runs it finds more in its log."),
    unexpected(),
    DatabaseUnavailable(),
    PicturesUnavailable(),
    OnAnotherServer(),
    ModelUnavailable("The model could not be loaded. The server's log says why."),
    AccountsUnavailable(),
)
PROBLEMS = {error.code: error for error in _ALL}
