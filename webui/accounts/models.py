"""The database tables of accounts and of their API keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TOKEN_PREFIX = "mng_"  # noqa: S105 - it only says that what follows is one of our tokens.
_SECRET_BYTES = 32


class Role(models.TextChoices):
    """What an account may do; Django's two flags, by one name."""

    MEMBER = "member", _("Member: keeps a history, makes API keys")
    STAFF = "staff", _("Staff: reviews corrections, changes the model, creates accounts of members")
    ADMINISTRATOR = "administrator", _("Administrator: does all of that, and creates accounts of staff")


class User(AbstractUser):
    """An account of a member; with `is_staff`, of one who reviews corrections and activates models."""

    @property
    def role(self) -> Role:
        """The account's role."""
        if self.is_superuser:
            return Role.ADMINISTRATOR
        return Role.STAFF if self.is_staff else Role.MEMBER

    @property
    def role_name(self) -> str:
        """The role in a word."""
        names = {Role.MEMBER: _("member"), Role.STAFF: _("staff"), Role.ADMINISTRATOR: _("administrator")}
        return str(names[self.role])

    def may_manage(self, other: User) -> bool:
        """Whether this account gives another one passwords and deactivates it: not itself, nor one that may do more."""
        return self.pk != other.pk and self.is_staff and (self.is_superuser or other.role == Role.MEMBER)


class Scope(models.TextChoices):
    """What an API key may be used for."""

    CLASSIFY = "classify", _("classify pictures")
    READ = "read", _("read history and models")
    WRITE = "write", _("correct and delete answers in the history")
    STUDIO = "studio", _("change projects in Studio and train models")
    ACTIVATE = "activate", _("activate models")
    """For accounts of staff only."""


class ApiKey(models.Model):
    """An API key of an account. The token itself is shown once; what is kept is its digest."""

    NAME_LENGTH = 100

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys", verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    hint = models.CharField(_("begins with"), max_length=12)
    """The first letters of the token, by which its owner knows it again."""
    digest = models.CharField(max_length=64, unique=True, editable=False)
    """Hexadecimal SHA-256 of the token, which has 256 random bits: nothing to guess, so no slow hash."""
    scopes = models.JSONField(_("may"), default=list)
    """Some of `Scope`."""
    created = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    last_used = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def used_just_now(self) -> bool:
        """Whether it was used within the last minute."""
        return self.last_used is not None and timezone.now() - self.last_used < timedelta(minutes=1)

    @classmethod
    def make(cls, user: User, name: str, scopes: list[str]) -> tuple[ApiKey, str]:
        """A new API key and its token, which cannot be had a second time."""
        token = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        hint = token[: len(TOKEN_PREFIX) + 4]
        key = cls.objects.create(user=user, name=name, hint=hint, digest=digest_of(token), scopes=scopes)
        return key, token


def digest_of(token: str) -> str:
    """The hexadecimal SHA-256 of a token, by which its key is found."""
    return hashlib.sha256(token.encode()).hexdigest()


class Spent(models.Model):
    """Of several servers that share rate limits: when a client's allowance has grown again."""

    MAX_CLIENT = 120

    client = models.CharField(max_length=MAX_CLIENT, primary_key=True)
    """The name of the allowance, and who: an API key, an account, or an address."""
    full_at = models.FloatField()
    """In seconds since 1970."""

    def __str__(self) -> str:
        return self.client
