"""The database tables of the history: answers, corrections of them, and links by which others see them."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_NAME_LENGTH
from webui.accounts.identity import Caller

MAX_FILENAME = 200
UNCERTAIN_BELOW = 0.8
"""An answer with a lower score is uncertain."""


class Answers(models.QuerySet["Answer"]):
    """A query set of answers that knows whose they are."""

    def visible_to(self, caller: Caller) -> Answers:
        """The answers that a caller may see: staff all, others those to their own pictures, nobody none."""
        return self if caller.is_staff else self.belonging_to(caller)

    def belonging_to(self, caller: Caller) -> Answers:
        """The answers to a caller's own pictures."""
        if caller.user is not None:
            return self.filter(user=caller.user)
        # Without `user`: a visitor has none, and SQLite would look for all who have none.
        return self.filter(visitor=caller.visitor) if caller.visitor else self.none()

    def uncertain(self) -> Answers:
        """The answers that name a class with a score below `UNCERTAIN_BELOW`."""
        return self.filter(known=True, score__lt=UNCERTAIN_BELOW)


_NEWEST = (F("created").desc(), F("id").desc())


class Answer(models.Model):
    """What a model said about one picture."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_index=False,  # An index below begins with it.
        verbose_name=_("account"),
    )
    visitor = models.CharField(_("visitor"), max_length=32, blank=True)
    """The browser of somebody without an account; empty for an account, and for a program without a key."""
    filename = models.CharField(_("file name"), max_length=MAX_FILENAME, blank=True)
    width = models.PositiveIntegerField(_("width"))
    """Of the upright picture as it was sent, in pixels, like `height`."""
    height = models.PositiveIntegerField(_("height"))
    model = models.CharField(_("model"), max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version of the model: animals-1."""
    model_digest = models.CharField(max_length=80)
    label = models.CharField(_("class"), max_length=MAX_CLASS_NAME_LENGTH)
    """The best class; where `known` is false, the nearest one."""
    known = models.BooleanField(_("is one of the classes"))
    score = models.FloatField(_("score"))
    """Probability of `label`, 0 to 1."""
    familiarity = models.FloatField(_("familiarity"), null=True)
    likeness = models.FloatField(_("likeness"), null=True)
    """How like what the model learned the picture is, 0 to 1; none of older answers, and of models without a scale."""
    passes = models.PositiveSmallIntegerField(_("looks"), null=True)
    """How often the network looked at it; none of older answers."""
    top = models.JSONField(default=list)
    """[class, score] of the best classes, best first."""
    picture_bytes = models.PositiveIntegerField(default=0)
    """Size of the kept picture; 0 where there is none."""

    objects = Answers.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ("-created", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(user__isnull=True) | Q(visitor=""), name="answer_of_one_caller"),
        )
        # Each begins with what is asked for, goes on in the order of the page, and ends with what further filters
        # need: what is not in the index has to be fetched from the table, row by row, at ten times the cost.
        indexes = (
            models.Index(*_NEWEST, "label", "known", "score", "model", "user", "filename", name="answer_newest"),
            models.Index("user", *_NEWEST, "label", "known", "score", "model", "filename", name="answer_of_user"),
            models.Index("visitor", *_NEWEST, name="answer_of_visitor"),
            models.Index("label", "known", *_NEWEST, "score", "model", "user", "filename", name="answer_by_label"),
            models.Index("model", *_NEWEST, "label", "known", "score", "user", "filename", name="answer_by_model"),
            models.Index(
                "score", "id", "known", "label", "model", "user", "created", "filename", name="answer_by_score"
            ),
        )

    def __str__(self) -> str:
        return f"{self.filename or self.id}: {self.label if self.known else '-'} ({self.model})"

    @property
    def said(self) -> Correction | None:
        """What somebody has said about it; None where nobody has."""
        try:
            return self.correction
        except ObjectDoesNotExist:
            return None


class CorrectionKind(models.TextChoices):
    """What a correction says about an answer."""

    RIGHT = "right", _("right")
    CLASS = "class", _("another class")
    NONE = "none", _("none of these")
    NEW_CLASS = "new_class", _("a class the model does not have")


class State(models.TextChoices):
    """What staff have decided about a correction."""

    PENDING = "pending", _("waiting for review")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")


class Correction(models.Model):
    """What somebody says is really in a picture; at most one for each answer."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="correction")
    kind = models.CharField(_("kind"), max_length=10, choices=CorrectionKind)
    label = models.CharField(_("class"), max_length=MAX_CLASS_NAME_LENGTH, blank=True)
    """The right class; empty for `CorrectionKind.NONE`."""
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("account")
    )
    """Who said so; none for a visitor."""
    created = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    surprise = models.FloatField(_("surprise"))
    """-log of the probability that the model gave to what is right: it learns most from what surprises it."""
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewed = models.DateTimeField(_("reviewed"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ("-surprise", "-created")
        indexes = (models.Index("state", F("surprise").desc(), name="correction_to_review"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label}" if self.label else str(self.get_kind_display())


def new_token() -> str:
    """A token that nobody guesses, and that says nothing of others."""
    return secrets.token_urlsafe(24)


class Share(models.Model):
    """A link by which whoever has it sees one answer, until its owner revokes it."""

    answer = models.OneToOneField(Answer, on_delete=models.CASCADE, related_name="share")
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    """192 random bits. It is kept as it is, so that its owner can copy the link again."""
    created = models.DateTimeField(_("shared since"), default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.answer_id}"
