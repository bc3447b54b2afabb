"""The operation that adds a zip file of class folders to a project.

body -> zip file, in memory -> pictures, each in its folder -> class by class, a few at a time -> adding
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from zipfile import ZipFile

from django.conf import settings
from django.http import HttpRequest

from recognizer.bulk import zip_pictures
from recognizer.bulk.image_files import PassedOver
from recognizer.bulk.zip_pictures import Limits, ZipPicture
from recognizer.errors import ImageError, without_traceback
from webui import services
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Operation
from webui.inference import client_watch, uploads
from webui.inference.admission import Turn, Weight
from webui.inference.uploads import Upload
from webui.problems import InvalidRequest
from webui.studio import adding, class_names
from webui.studio.api import documents
from webui.studio.api.classes import in_english
from webui.studio.api.documents import EXAMPLE_CLASS, EXAMPLE_PICTURE, AddedFolders, PassedPicture
from webui.studio.api.lookup import PROJECT, project_of
from webui.studio.api.pictures import on_a_full_disk, passed_answer
from webui.studio.models import PictureClass, Project

MOST_PICTURES = 500
"""In one request, which waits for all of them: a minute, of a phone's photographs."""
_MOST_ENTRIES = 2000
"""With folders, and the files that programs put beside pictures."""
_MOST_UNPACKED_TIMES = 4
"""So many times what a request may have, all pictures together may have unpacked: they hardly get smaller in a zip."""
_AT_ONCE_BYTES = 32 * 2**20
_EXPECTED = "Expected a zip file with one folder for each class."


@Operation(
    "POST",
    "studio",
    {
        200: AddedFolders(
            classes=[EXAMPLE_CLASS],
            added=[EXAMPLE_PICTURE],
            passed=[PassedPicture(filename="mug/notes.txt", code="no_picture", detail="No picture.")],
        )
    },
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    body=Body(
        f"A zip file with up to {MOST_PICTURES} pictures.",
        {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    ),
    problems=(
        *("invalid_request", "unsupported_format", "image_too_large"),
        *("invalid_zip", "batch_too_large", "not_found", "storage_full"),
    ),
)
def add_folders(request: HttpRequest, project_id: uuid.UUID) -> AddedFolders:
    """Adds the pictures of a zip file to one of your own projects: the folder that a picture lies in is its class.

    A folder inside that of a class which the project has already is kept as the group of its pictures: groups are held
    back in whole, or not at all.
    Classes are made where there are none. What is no picture, lies in no folder, or cannot be used is `passed` with the
    reason. A zip file that no program for photographs writes is refused whole.
    """
    project = project_of(request, project_id)
    gone, weight = client_watch.gone(request.META), max(uploads.weight_of(request), Weight.MEDIUM)
    with services.current().admission.slot(gone=gone, weight=weight) as turn:
        body = uploads.body_of(request)
        if not body.startswith(zip_pictures.BEGINNINGS):
            raise InvalidRequest(f"{_EXPECTED} Received: {len(body)} bytes of something else.")
        with zip_pictures.opened_file(io.BytesIO(body), most_entries=_MOST_ENTRIES) as archive, on_a_full_disk():
            return _Adding(project, archive, turn).all()


class _Adding:
    """Adds the pictures of a zip file, and notes what becomes of each."""

    def __init__(self, project: Project, archive: ZipFile, turn: Turn) -> None:
        self._project, self._archive, self._turn = project, archive, turn
        self._classes: list[PictureClass] = []
        self._added: list[documents.ProjectPicture] = []
        self._passed: list[PassedPicture] = []

    def all(self) -> AddedFolders:
        """Adds all of them."""
        limits = Limits(MOST_PICTURES, _MOST_UNPACKED_TIMES * settings.ENVIRONMENT.max_request_bytes)
        known = class_names.known(self._project)
        by_folder: dict[tuple[str, str], list[ZipPicture]] = {}
        for each in zip_pictures.pictures(self._archive, self._pass_over, limits):
            folders = PurePosixPath(each.path).parent.parts or ("",)
            by_folder.setdefault(class_names.placed(folders, known), []).append(each)
        for (name, folder), found in by_folder.items():
            self._add(name, folder, found)
        classes = {each.pk: each for each in self._classes}.values()
        return AddedFolders(
            classes=[documents.class_now(each) for each in classes], added=self._added, passed=self._passed
        )

    def _add(self, name: str, folder: str, found: Sequence[ZipPicture]) -> None:
        try:
            with in_english():
                target = class_names.named(self._project, name)
        except InvalidRequest as err:
            self._passed += [PassedPicture(filename=each.path, code="no_class", detail=str(err)) for each in found]
            return
        self._classes.append(target)
        for some in self._a_few(found):
            added = adding.add(some, target, self._turn, folder=folder)
            self._added += documents.picture_answers(self._project, added.pictures)
            self._passed += map(passed_answer, added.passed)

    def _a_few(self, found: Sequence[ZipPicture]) -> Iterator[list[Upload]]:
        """The pictures, so many at a time as memory is for."""
        some: list[Upload] = []
        size = 0
        for each in found:
            some.append(self._read(each))
            size += each.entry.file_size
            if len(some) == settings.MAX_IMAGES or size > _AT_ONCE_BYTES:
                yield some
                some, size = [], 0
        if some:
            yield some

    def _read(self, picture: ZipPicture) -> Upload:
        name = PurePosixPath(picture.path).name
        try:
            return uploads.from_bytes(name, zip_pictures.read(self._archive, picture))
        except ImageError as err:
            return Upload(name, without_traceback(err))

    def _pass_over(self, passed: PassedOver) -> None:
        self._passed.append(PassedPicture(filename=str(passed.path)[:500], code="no_picture", detail=passed.reason))
