"""Links by which whoever has one sees an answer, without an account.

    its owner, who has an account -> one link for an answer -> revoked; or gone with the answer or the account

A link lives as long as MENAGERIE_KEEP_DAYS lets its answer live, even where the answer stays for training.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from webui.accounts.identity import Caller
from webui.accounts.own_origin import own_origins
from webui.history.models import Answer, Share


@dataclass(frozen=True)
class Sharing:
    """What the page of an answer says to its owner about its link."""

    link: str
    """The whole address; empty where there is no link."""
    since: datetime | None
    ends: datetime


def offered(request: HttpRequest, answer: Answer, caller: Caller) -> Sharing | None:
    """What the caller may know of an answer's link; None for everybody but its owner, and where none may be made."""
    if not _may_be_shared(answer, caller):
        return None
    ends = answer.created + timedelta(days=settings.ENVIRONMENT.keep_days)
    try:
        share = answer.share
    except ObjectDoesNotExist:
        return Sharing("", None, ends)
    return Sharing(own_origins(request)[0] + reverse("shared", args=[share.token]), share.created, ends)


def share(answer: Answer, caller: Caller) -> bool:
    """Makes the link of an answer, if it may have one; one that it has stays. Returns whether it has one."""
    if not _may_be_shared(answer, caller):
        return False
    Share.objects.get_or_create(answer=answer)
    return True


def revoke(answer: Answer) -> None:
    """Ends the link of an answer for good: another one will have another token."""
    Share.objects.filter(answer=answer).delete()


def find(token: str) -> Answer | None:
    """The answer that a token opens; None where there is none, or none any longer."""
    living = Share.objects.filter(answer__created__gt=_oldest(), answer__user__is_active=True)
    share = living.filter(token=token).select_related("answer").first() if "\0" not in token else None
    return share.answer if share else None


def _may_be_shared(answer: Answer, caller: Caller) -> bool:
    is_owner = caller.user is not None and caller.key is None and answer.user_id == caller.user.pk
    return is_owner and answer.picture_bytes > 0 and answer.created > _oldest()


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=settings.ENVIRONMENT.keep_days)
