"""The database tables of Studio: projects, their classes, the pictures in them and their signs, what was trained."""

from __future__ import annotations

import uuid
from contextlib import suppress

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognizer.model_file.class_names import compared
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_NAME_LENGTH
from webui.accounts.identity import Caller
from webui.jobs.models import Job

MAX_PROJECT_NAME = 60
MAX_FILE_NAME = 255
MAX_FOLDER = 100
MOST_PROJECTS = 100
"""Of one account."""
MOST_CLASSES = 200
"""Of a project."""


class Projects(models.QuerySet["Project"]):
    """A query set of projects that knows who may see them."""

    def of(self, caller: Caller) -> Projects:
        """Those that a caller may see and change: his own; staff all of them."""
        if caller.user is None:
            return self.none()
        return self.all() if caller.is_staff else self.filter(owner=caller.user)


class Project(models.Model):
    """Classes with their pictures, to train a model on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=MAX_PROJECT_NAME)
    created = models.DateTimeField(_("time"), default=timezone.now, editable=False)

    objects = Projects.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ("-created", "-id")

    def __str__(self) -> str:
        return self.name

    def other_things(self) -> PictureClass:
        """The class of other things, made where there is none; one of their name may be there, with a number behind."""
        name = gettext("Other things")
        for called in (name, *(f"{name} {number}" for number in range(2, MOST_CLASSES + 2))):
            if found := self.classes.filter(is_other=True).first():
                return found
            with suppress(IntegrityError), transaction.atomic():
                return PictureClass.objects.create(project=self, name=called, is_other=True)
        return self.classes.get(is_other=True)

    @classmethod
    def lock(cls, project: uuid.UUID) -> None:
        """Has nobody else write or remove files of a project before this transaction ends."""
        cls.objects.select_for_update().filter(id=project).first()

    def unsorted(self) -> PictureClass:
        """The place of pictures that are not sorted yet, made where there is none."""
        return PictureClass.every.get_or_create(project=self, is_unsorted=True)[0]

    def place_of_unsorted(self) -> PictureClass | None:
        """The place of pictures that are not sorted yet; None where nobody has put any there."""
        return PictureClass.every.filter(project=self, is_unsorted=True).first()

    def class_like(self, name: str) -> PictureClass | None:
        """The class that a person cannot tell from one of that name, such as Cat from cat; None where there is none.

        Names of which nothing is left to compare, such as _ or no name at all, mean a class only where they are equal.
        """
        return next((each for each in self.classes.all() if compared(each.name) == compared(name)), None)

    def class_called(self, name: str) -> PictureClass | None:
        """The class of a name, made where there is none; None where there are too many."""
        found = self.classes.filter(name=name).first()
        if found is not None:
            return found
        if self.classes.count() >= MOST_CLASSES:
            return None
        try:
            with transaction.atomic():
                return PictureClass.objects.create(project=self, name=name)
        except IntegrityError:  # Made at the same time.
            return self.classes.get(name=name)


class _Classes(models.Manager["PictureClass"]):
    """Classes as a person means them: not the place of pictures that are not sorted yet."""

    def get_queryset(self) -> models.QuerySet[PictureClass]:
        return super().get_queryset().filter(is_unsorted=False)


class PictureClass(models.Model):
    """One class of a project; or, out of sight of `objects` and `Project.classes`, its place of unsorted pictures."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="classes")
    name = models.CharField(_("name"), max_length=MAX_CLASS_NAME_LENGTH)
    is_other = models.BooleanField(default=False)
    """Pictures of other things, which the model is to answer with none of these."""
    is_unsorted = models.BooleanField(default=False)
    """Pictures that nobody has said anything of yet; they take part in no training."""

    objects = _Classes()
    every: models.Manager[PictureClass] = models.Manager()

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ("is_other", "id")
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="studio_class_once"),
            models.UniqueConstraint(
                fields=("project",), condition=models.Q(is_other=True), name="studio_one_class_of_other_things"
            ),
            models.UniqueConstraint(
                fields=("project",), condition=models.Q(is_unsorted=True), name="studio_one_place_of_unsorted"
            ),
        )

    def __str__(self) -> str:
        return gettext("Not sorted yet") if self.is_unsorted else self.name


class Pictures(models.QuerySet["Picture"]):
    """A query set of pictures that knows which take part in a training."""

    def labelled(self) -> Pictures:
        """Those that somebody has put into a class, or among the other things."""
        return self.filter(picture_class__is_unsorted=False)


class Picture(models.Model):
    """A picture of a class; its file is named after its digest."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pictures")
    picture_class = models.ForeignKey(PictureClass, on_delete=models.CASCADE, related_name="pictures")
    digest = models.CharField(max_length=64)
    """SHA-256 of the file, in hexadecimal."""
    name = models.CharField(_("file name"), max_length=MAX_FILE_NAME, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    """Of the file and its thumbnail."""
    fingerprint = models.BigIntegerField(null=True)
    """By which near copies are found, see `recognizer.images.near_copies`; null where it holds too little for one."""
    folder = models.CharField(max_length=MAX_FOLDER, blank=True, default="")
    """Inside the folder of its class, as it was sent; empty where it was in none."""
    taken = models.DateTimeField(null=True)
    """When, by the camera's clock, which is taken for UTC; null where the file does not say."""

    objects = Pictures.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("project", "digest"), name="studio_picture_once"),)
        indexes = (models.Index(fields=("picture_class", "-id"), name="studio_by_class"),)

    def __str__(self) -> str:
        return self.name or self.digest[:12]


class SignKind(models.TextChoices):
    """What there is to look at."""

    COPY = "copy"
    """It is nearly the same as another picture of the project."""
    LIKENESS = "likeness"
    """It looks like a class that it is not in."""
    BLURRED = "blurred"
    SMALL = "small"


class Sign(models.Model):
    """A sign that something may be wrong with a picture; of one that is not sorted, a likeness is a suggestion."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="signs")
    kind = models.CharField(max_length=10, choices=SignKind)
    other = models.ForeignKey(Picture, on_delete=models.CASCADE, null=True, related_name="+")
    """The picture that it is nearly the same as."""
    other_class = models.ForeignKey(PictureClass, on_delete=models.CASCADE, null=True, related_name="+")
    """The class that it looks like."""
    share = models.FloatField(null=True)
    """Of the votes of the pictures that it looks like, those for that class, 0 to 1."""
    is_fine = models.BooleanField(default=False)
    """Somebody has looked, and said so."""

    class Meta:
        verbose_name = _("sign")
        verbose_name_plural = _("signs")
        constraints = (models.UniqueConstraint(fields=("picture", "kind"), name="studio_sign_once"),)

    def __str__(self) -> str:
        return f"{self.kind} ({self.picture_id})"

    @property
    def percent(self) -> int:
        """The share in percent."""
        return round(100 * (self.share or 0))


class Comparison(models.Model):
    """A job that compares a project's pictures by what a model takes for alike."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="comparisons")
    model = models.CharField(_("model"), max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version of the model that looks: pets-1."""
    pictures = models.PositiveIntegerField()
    """How many it was begun with."""
    is_taken_up = models.BooleanField(default=False)
    """Whether what came of it is among the signs."""

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        ordering = ("-job__created",)

    def __str__(self) -> str:
        return f"{self.project} ({self.model})"


class Recipe(models.TextChoices):
    """How thoroughly a model is trained; the values are names of recipes in training/recipes."""

    QUICK = "quick", _("Quick")
    USUAL = "animals", _("Careful")
    THOROUGH = "thorough", _("Thorough")


class Run(models.Model):
    """One training: on which pictures, how, and which model came of it."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="runs")
    recipe = models.CharField(max_length=20, choices=Recipe, default=Recipe.QUICK)
    model = models.CharField(_("model"), max_length=2 * MAX_NAME_LENGTH + 1, unique=True)
    """Name and version of the model that comes of it: pets-1."""
    pictures = models.PositiveIntegerField()
    """How many it was begun with."""
    digest = models.CharField(max_length=64)
    """Of the classes and pictures that it was begun with, so that a change is seen."""
    right = models.PositiveIntegerField(null=True)
    """Of the pictures that were held back, how many it answers rightly; null until it has ended."""
    held_back = models.PositiveIntegerField(null=True)
    by_groups = models.BooleanField(default=True)
    """Whether whole folders or days are held back, where the pictures suggest any; see groups.py."""

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ("-job__created",)

    def __str__(self) -> str:
        return f"{self.model} ({self.recipe})"


class Origin(models.Model):
    """What a model of Studio has started from, kept where its training is not any more."""

    model = models.CharField(max_length=2 * MAX_NAME_LENGTH + 1, unique=True)
    """Name and version: pets-1."""
    weights = models.CharField(max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version of the model whose network it was: animals-3."""

    def __str__(self) -> str:
        return f"{self.model} from {self.weights}"


class Record(models.Model):
    """What a training was begun with, picture by picture, and what became of them; see record.py and findings.py."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True)
    pictures = models.BinaryField()
    """Packed: about 60 bytes for each."""
    begun = models.JSONField(default=dict)
    found = models.JSONField(null=True)
    """Null until it has ended."""

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")

    def __str__(self) -> str:
        return str(self.run_id)
