"""What the scripts of the pages that ask about pictures say; words in braces are filled in by them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def script_messages() -> dict[str, Any]:
    """Every text by the name that the scripts have for it."""
    return {
        "waiting": _("Waiting"),
        "looking": _("Looking"),
        "cancelled": _("Cancelled"),
        "busy": _("Busy, trying again in {seconds} s"),
        "answered": _("Answered in {ms} ms"),
        "model": _("{name}, version {version}"),
        "named": pgettext("a button and its picture", "{what}: {filename}"),
        "nearest": _("Nearest: {label}"),
        "noneOfThese": _("None of these"),
        "notAnswered": _("No answer"),
        "heat": _("Red areas count most towards “{label}”. {where}"),
        "noHeat": _("This model cannot show what it looked at."),
        "enlarge": _("Enlarge {filename}"),
        "remove": _("Remove {filename}"),
        "removed": _("{filename} removed"),
        "startedOver": _("All pictures removed"),
        "restored": _("{filename} is back"),
        "backAgain": _("Your last answers are shown again."),
        "allRestored": _("All pictures are back"),
        "pasted": _("Pasted picture"),
        **_announced(),
        **_of_many(),
        **_of_accounts(),
    }


def _announced() -> dict[str, Any]:
    return {
        "announceResult": _("{filename}: {label}, {certainty}, {percent}"),
        "announceUnknown": _("{filename}: none of these; the nearest is {label}, {percent}"),
        "announcePerhaps": _("{filename}: {headline}. {doubt}"),
        "announceError": _("{filename}: {sentence}"),
        "announceMany": _("{total} pictures: {sentence}"),
        "announceCancelled": _("Cancelled. {unanswered}"),
    }


def _of_many() -> dict[str, Any]:
    return {
        "answers": _("Answers"),
        "progress": _("{done} of {total} answered"),
        "progressFailed": _("{done} of {total} answered, {failed} not"),
        "unanswered": _("{done} answered, {failed} not"),
        "goesOn": _("{done} answered, {failed} not. It goes on by itself when the connection is back."),
        "retryOne": _("Try this one again"),
        "retryAll": _("Try these {count} again"),
        "listComma": pgettext("between counts of pictures", ", "),
        "counted": {
            "more": _("{count} of other classes"),
            "perhaps": _("{count} perhaps one of these"),
            "unknown": _("{count} it does not know"),
            "unreadable": _("{count} could not be read"),
            "missing": _("{count} not answered"),
        },
        "tallies": {
            "all": pgettext("pictures", "all"),
            "perhaps": pgettext("answers", "perhaps"),
            "unknown": pgettext("answers", "none of these"),
            "unreadable": pgettext("pictures", "not readable"),
            "missing": pgettext("pictures", "no answer"),
        },
        "leastSure": _("It is least sure of these two:"),
        "leastSureOne": _("It is least sure of this one:"),
        "shown": _("{count} of {total} pictures shown"),
        "page": _("{first} to {last} of {total}"),
        "rightAll": _("Right, all {count}"),
        "rightAllSaid": _("Noted as right: {count}"),
        "rightAllTaken": _("Taken back: {count}"),
    }


def _of_accounts() -> dict[str, str]:
    return {
        "loggedOut": _(
            "You are not logged in any more. What is on this page stays: log in as {before} again, come back to this"
            " tab, and it goes on."
        ),
        "otherAccount": _("You are logged in as {name} now. What is on this page belongs to {before}."),
        "newAccount": _("You are logged in as {name} now. What is on this page was asked without an account."),
        "goOnAs": _("Go on as {name}"),
        "goOnWithout": _("Go on without an account"),
        "backIn": _("You are logged in again."),
    }
