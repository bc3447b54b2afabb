"""What the API says of projects, their classes and pictures."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from django.urls import reverse
from pydantic import Field

from recognizer.predictions.documents import Absent, Document, Probability
from webui.studio import checking, training
from webui.studio.api.lookup import CLASS_ID, PICTURE_ID, PROJECT_ID
from webui.studio.models import Picture, PictureClass, Project, Recipe, Sign, SignKind
from webui.studio.training import Counted


class ProjectClass(Document):
    """A class of a project."""

    id: int
    name: str
    is_other: bool
    """Whether it is the one of other things, which the model is to answer with none of these."""
    pictures: int
    """How many it has."""
    lacks: int
    """How many more it needs before a training."""


class ProjectSummary(Document):
    """A project, in a list."""

    id: str
    name: str
    created: datetime
    """ISO 8601, in UTC, like all times."""
    pictures: int
    """How many it has, in all classes."""


class Estimate(Document):
    """How long a training takes on this machine, about."""

    recipe: Recipe
    """`quick`, `animals`: with four looks at each picture, or `thorough`: which trains the network itself."""
    seconds: int
    """With the pictures of now, and nothing else to do before."""


class ProjectAnswer(ProjectSummary):
    """A project with its classes."""

    classes: list[ProjectClass]
    """In the order of their making; that of other things last."""
    unsorted: int
    """Pictures that are in no class yet; no training looks at them."""
    is_ready: bool
    """Whether there is enough to train on."""
    estimates: list[Estimate]
    """How long each recipe takes."""


class ProjectList(Document):
    """Your projects."""

    projects: list[ProjectSummary]
    """The newest first."""


class Named(Document):
    """The name of a project."""

    name: str
    """At most 60 characters."""


class NamedClass(Document):
    """The name of a class."""

    name: str
    """As a folder can be called, and as no other class of the project is."""


class NewClass(Document):
    """A class that is to be made: one with a name, or the one of other things."""

    name: Absent[str] = None
    """As a folder can be called, and as no other class of the project is."""
    other: Absent[bool] = None
    """True: the class of other things, which has its name from here; it is made once."""


class PictureSign(Document):
    """A sign that something may be wrong with a picture."""

    kind: SignKind
    """`copy`: it is nearly the same as another picture, `likeness`: it looks like a class that it is not in, `blurred`,
    or `small`."""
    other: int | None
    """The `id` of the picture that it is nearly the same as; else null."""
    class_: str | None = Field(serialization_alias="class")
    """The class that it looks like; else null."""
    share: Probability | None
    """Of the ten pictures that it looks most like, the share that is of this class; else null."""


class ProjectPicture(Document):
    """A picture of a project."""

    id: int
    filename: str | None
    """As it was sent; null of a picture that came without a name."""
    class_: str | None = Field(serialization_alias="class")
    """The name of its class; null where it is not sorted yet."""
    width: int
    """Of the upright picture, in pixels."""
    height: int
    """As `width`."""
    signs: list[PictureSign]
    """What there is to look at, unless somebody has said that it is fine."""
    file: str
    """The address of the picture as it was sent."""
    thumbnail: str
    """The address of a JPEG of at most 240 x 240 pixels."""


class ProjectPictures(Document):
    """A page of the pictures of a project."""

    pictures: list[ProjectPicture]
    """Those that were added last come first."""
    next: str | None
    """The address of the page after this one; null at the end."""


class PassedPicture(Document):
    """A picture that was not added, and why."""

    filename: str | None
    """Null of a picture that came without a name."""
    code: str
    """`here`: the class has it already, `elsewhere`: another class of the project has it, `small`: it has fewer than 32
    pixels a side, `full`: all projects together have as much as they may; or the code of the problem with the file."""
    detail: str
    """A sentence."""


class AddedPictures(Document):
    """What became of pictures that were sent."""

    class_: ProjectClass | None = Field(serialization_alias="class")
    """Their class, with them; null where they are not sorted yet."""
    added: list[ProjectPicture]
    """Those that the class has now, in the order in which they were sent."""
    passed: list[PassedPicture]
    """Those that were not added, in that order."""


class AddedFolders(Document):
    """What became of the pictures in a zip file."""

    classes: list[ProjectClass]
    """Those that its folders are, with their pictures."""
    added: list[ProjectPicture]
    """The pictures that the project has now, folder by folder."""
    passed: list[PassedPicture]
    """What was not added; here, `code` may be `no_picture`, or `no_class` where the folder's name can be none."""


class Moved(Document):
    """Where a picture is to go."""

    class_: str | None = Field(alias="class")
    """The name of a class of its project; null: it is not sorted yet."""


EXAMPLE_CLASS = ProjectClass(id=CLASS_ID, name="mug", is_other=False, pictures=12, lacks=0)
EXAMPLE_SUMMARY = ProjectSummary(
    id=PROJECT_ID, name="Our mugs", created=datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC), pictures=12
)
EXAMPLE_PROJECT = ProjectAnswer(
    **dict(EXAMPLE_SUMMARY),
    classes=[EXAMPLE_CLASS],
    unsorted=0,
    is_ready=False,
    estimates=[Estimate(recipe=Recipe.QUICK, seconds=76), Estimate(recipe=Recipe.USUAL, seconds=79)],
)
EXAMPLE_PICTURE = ProjectPicture(
    id=PICTURE_ID,
    filename="cat.jpg",
    class_="mug",
    width=1600,
    height=1200,
    signs=[PictureSign(kind=SignKind.COPY, other=PICTURE_ID - 1, class_=None, share=None)],
    file=f"/api/v1/projects/{PROJECT_ID}/pictures/{PICTURE_ID}/file",
    thumbnail=f"/api/v1/projects/{PROJECT_ID}/pictures/{PICTURE_ID}.jpg",
)
EXAMPLE_ADDED = AddedPictures(
    class_=EXAMPLE_CLASS,
    added=[EXAMPLE_PICTURE],
    passed=[PassedPicture(filename="again.jpg", code="here", detail="It is there already.")],
)


def project_answer(project: Project) -> ProjectAnswer:
    """What the API says of a project."""
    classes = training.counted(project)
    total = sum(each.pictures for each in classes)
    return ProjectAnswer(
        **dict(project_summary(project.id, project.name, project.created, total)),
        classes=[class_answer(each) for each in classes],
        unsorted=project.pictures.filter(picture_class__is_unsorted=True).count(),
        is_ready=training.lack(classes) is None,
        estimates=_estimates(total),
    )


def project_summary(project_id: uuid.UUID, name: str, created: datetime, pictures: int) -> ProjectSummary:
    """What a list of projects says of one; `pictures` is how many it has."""
    return ProjectSummary(id=str(project_id), name=name, created=created, pictures=pictures)


def _estimates(pictures: int) -> list[Estimate]:
    return [Estimate(recipe=each, seconds=round(training.estimate_s(each, pictures))) for each in Recipe]


def class_answer(counted: Counted) -> ProjectClass:
    """What the API says of a class."""
    found = counted.picture_class
    return ProjectClass(
        id=found.pk, name=found.name, is_other=found.is_other, pictures=counted.pictures, lacks=counted.lacks
    )


def class_now(picture_class: PictureClass) -> ProjectClass:
    """The same of a class whose pictures have not been counted."""
    return class_answer(Counted(picture_class, picture_class.pictures.count()))


def picture_answers(project: Project, pictures: Iterable[Picture]) -> list[ProjectPicture]:
    """What the API says of pictures of a project."""
    rows = list(pictures)
    signs: dict[int, list[PictureSign]] = {row.pk: [] for row in rows}
    found = checking.open_signs(project).filter(picture__in=rows).select_related("other_class")
    for sign in found:
        signs[sign.picture_id].append(_sign_answer(sign))
    return [_picture_answer(row, signs[row.pk]) for row in rows]


def picture_answer(picture: Picture) -> ProjectPicture:
    """What the API says of one picture."""
    [answer] = picture_answers(picture.project, [picture])
    return answer


def _sign_answer(sign: Sign) -> PictureSign:
    other = sign.other_class
    return PictureSign(
        kind=SignKind(sign.kind), other=sign.other_id, class_=other.name if other else None, share=sign.share
    )


def _picture_answer(picture: Picture, signs: list[PictureSign]) -> ProjectPicture:
    at = [picture.project_id, picture.pk]
    return ProjectPicture(
        id=picture.pk,
        filename=picture.name or None,
        class_=picture.picture_class.name or None,
        width=picture.width,
        height=picture.height,
        signs=signs,
        file=reverse("api_project_picture_file", args=at),
        thumbnail=reverse("api_project_thumbnail", args=at),
    )
