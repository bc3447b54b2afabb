"""The texts that pages and scripts share, in the reader's language: class names, certainty, likeness, errors."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from recognizer import terminal
from recognizer.explain.heat_place import EVERYWHERE
from recognizer.images.decode import MAX_BYTES
from recognizer.images.decoding_limits import MAX_MEMORY_BYTES

_CLASS_NAMES: dict[str, Promise] = {
    "cat": pgettext_lazy("class name", "cat"),
    "chicken": pgettext_lazy("class name", "chicken"),
    "dog": pgettext_lazy("class name", "dog"),
    "horse": pgettext_lazy("class name", "horse"),
}

_HEAT_PLACES: dict[str, Promise] = {
    "top left": gettext_lazy("It looked mostly at the top left."),
    "top middle": gettext_lazy("It looked mostly at the top."),
    "top right": gettext_lazy("It looked mostly at the top right."),
    "middle left": gettext_lazy("It looked mostly at the middle left."),
    "middle": gettext_lazy("It looked mostly at the middle."),
    "middle right": gettext_lazy("It looked mostly at the middle right."),
    "bottom left": gettext_lazy("It looked mostly at the bottom left."),
    "bottom middle": gettext_lazy("It looked mostly at the bottom."),
    "bottom right": gettext_lazy("It looked mostly at the bottom right."),
    EVERYWHERE: gettext_lazy("It looked all over the picture."),
}
"""Where the most heat of a heat map is; see `recognizer.explain.heat_place`."""

_CERTAINTIES: tuple[tuple[float, Promise], ...] = (
    (0.95, gettext_lazy("almost certain")),
    (0.8, gettext_lazy("fairly sure")),
    (0.5, gettext_lazy("unsure")),
    (0.0, gettext_lazy("only guessing")),
)
"""What a score is called from which one on: of a hundred answers of a calibrated model at 0.8, some 80 are right."""

_LIKENESSES: tuple[tuple[float, Promise], ...] = (
    (0.8, gettext_lazy("Much like what it learned")),
    (0.5, gettext_lazy("Somewhat like what it learned")),
    (0.2, gettext_lazy("Not much like what it learned")),
    (0.0, gettext_lazy("Quite unlike what it learned")),
)
"""What a likeness is called from which one on; below 0.5 a picture is none of the classes."""


@dataclass(frozen=True)
class Perhaps:
    """What is said of a picture that is perhaps of a class, though it was turned away."""

    headline: str
    doubt: str
    """Why it is none of the classes."""
    yes: str
    """What somebody says to whom it is one."""


PERHAPS_FROM_LIKENESS = 0.2
PERHAPS_FROM_SCORE = 0.8
"""From which likeness and score on a picture that was turned away is perhaps of its nearest class. Of 358 photographs
of the classes animals-3 turns 6 away, of which these find 3; of 493 turned away of 500 of other things, 10."""

_PERHAPS: dict[str, tuple[Promise, Promise, Promise]] = {
    "cat": (
        gettext_lazy("Perhaps a cat"),
        gettext_lazy("It looks unlike the cats it learned from."),
        gettext_lazy("Yes, a cat"),
    ),
    "chicken": (
        gettext_lazy("Perhaps a chicken"),
        gettext_lazy("It looks unlike the chickens it learned from."),
        gettext_lazy("Yes, a chicken"),
    ),
    "dog": (
        gettext_lazy("Perhaps a dog"),
        gettext_lazy("It looks unlike the dogs it learned from."),
        gettext_lazy("Yes, a dog"),
    ),
    "horse": (
        gettext_lazy("Perhaps a horse"),
        gettext_lazy("It looks unlike the horses it learned from."),
        gettext_lazy("Yes, a horse"),
    ),
}
_PERHAPS_OTHER = (
    gettext_lazy("Perhaps: {label}"),
    gettext_lazy("It looks unlike the pictures of “{label}” it learned from."),
    gettext_lazy("Yes, {label}"),
)
"""The same of a class that only its model names."""

_ERROR_SENTENCES: dict[str, Promise] = {
    "invalid_image": gettext_lazy("This picture cannot be read. Save it as JPEG or PNG and choose it again."),
    "unsupported_format": gettext_lazy(
        "This kind of file cannot be read here. Save the picture as JPEG or PNG and choose it again."
    ),
    "image_too_large": gettext_lazy(
        "This picture is too large: at most %(megabytes)d MB, and %(memory)d MB of memory to decode."
        " Choose a smaller copy."
    ),
    "invalid_zip": gettext_lazy(
        "This zip file cannot be used. Pack the pictures again as an ordinary zip file, without a password."
    ),
    "batch_too_large": gettext_lazy("That is more than a batch may have. Send fewer pictures at a time."),
    "too_many_batches": gettext_lazy(
        "You have as many batches as you may have. Wait until one is done, or delete one."
    ),
    "too_many_jobs": gettext_lazy("Three jobs of yours wait or run already. Wait until one is done."),
    "not_trainable": gettext_lazy("This cannot be trained yet: see below what is missing."),
    "storage_full": gettext_lazy(
        "The server has no room for the pictures. Try again later, and tell whoever runs this server."
    ),
    "missing_image": gettext_lazy("Choose at least one picture first."),
    "invalid_request": gettext_lazy(
        "The pictures did not arrive as they should. Choose them again, at most %(max_images)d at a time."
    ),
    "unauthenticated": gettext_lazy("You are not logged in any more. Log in, then try again."),
    "changed_account": gettext_lazy("Somebody else is logged in by now, so this was not sent."),
    "forbidden": gettext_lazy("Your account may not do this."),
    "not_found": gettext_lazy("This is not there any more. Load the page again."),
    "throttled": gettext_lazy("Too much at once. Wait a minute, then go on."),
    "overloaded": gettext_lazy("The model is still starting or busy. Try again in a few seconds."),
    "model_unavailable": gettext_lazy(
        "The model could not be loaded. Whoever runs this server finds the reason in its log."
    ),
    "database_unavailable": gettext_lazy(
        "The server cannot use its database right now, and this page needs it. Pictures are still answered. Whoever"
        " runs this server finds the reason in its log."
    ),
    "pictures_unavailable": gettext_lazy(
        "The server cannot reach the storage of the pictures right now, and this needs it. Pictures are still answered."
        " Whoever runs this server finds the reason in its log."
    ),
    "on_another_server": gettext_lazy(
        "This is kept on another server of this site. Whoever runs the site has to send such addresses there."
    ),
    "internal_error": gettext_lazy("Something went wrong on the server. The fault is in its log."),
    "unread": gettext_lazy("It could not be read."),
    "unreachable": gettext_lazy("The server cannot be reached. Check the connection and try again."),
}

_REASON_SENTENCES: dict[str, Promise] = {
    "damaged": gettext_lazy(
        "This picture is damaged or incomplete. Copy or download it again, or open it, save it anew and choose that."
    ),
    "not_an_image": gettext_lazy(
        "This file is not a picture that can be read here. Choose a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF file."
    ),
    "empty": gettext_lazy("This file is empty: a copy or download broke off. Copy or download it again."),
    "too_many": gettext_lazy(
        "Those were too many pictures: at most %(max_images)d at a time. Choose fewer, or send them in several goes."
    ),
    "pointer": gettext_lazy(
        "This file only says where the picture is, as Git LFS and git-annex do. Fetch the picture itself and choose"
        " it again."
    ),
}
"""The same for the reasons of an error that has several."""


_STAGE_SIGHTS: tuple[Promise, ...] = (
    gettext_lazy("strokes and colours"),
    gettext_lazy("simple textures"),
    gettext_lazy("patterns and curves"),
    gettext_lazy("parts: eyes, fur, feathers"),
    gettext_lazy("whole things"),
)
"""What a network's stages see, from the input up; of more or fewer stages, each has what lies nearest."""


def class_name(name: str) -> str:
    """A class in the reader's language; a model's own other names stay as they are."""
    return str(_CLASS_NAMES.get(name, name))


_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})


def isolated(text: str) -> str:
    """A text to be shown in a line with other text: what is written right to left would take numbers beside it along.

    The marks are U+2068 and U+2069, of https://www.unicode.org/reports/tr9/; `<bdi>` does the same.
    """
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT & set(map(unicodedata.bidirectional, text)) else text


def spellings(name: str) -> set[str]:
    """A class as every language of the pages calls it, and as its model does."""
    found = {name}
    if name in _CLASS_NAMES:
        for language, _said in settings.LANGUAGES:
            with translation.override(language):
                found.add(str(_CLASS_NAMES[name]))
    return found


def class_names() -> dict[str, str]:
    """Every class name that is translated, for the page's script."""
    return {name: str(text) for name, text in _CLASS_NAMES.items()}


def counted_classes() -> dict[str, tuple[str, str]]:
    """How one and how several pictures of a class are counted, where the plural is known: {count} cat, {count} cats."""
    one, several = _counted_classes(1), _counted_classes(2)
    return {label: (one[label], several[label]) for label in one}


def _counted_classes(number: int) -> dict[str, str]:
    return {
        "cat": ngettext("{count} cat", "{count} cats", number),
        "chicken": ngettext("{count} chicken", "{count} chickens", number),
        "dog": ngettext("{count} dog", "{count} dogs", number),
        "horse": ngettext("{count} horse", "{count} horses", number),
    }


def counted_other_class() -> tuple[str, str]:
    """The same of a class that only its model names, whose plural nobody knows."""
    text = pgettext("so many pictures of a class", "{count} × {label}")
    return text, text


def heat_place(where: str) -> str:
    """Where the most heat of a heat map is, as a sentence."""
    return str(_HEAT_PLACES[where])


def heat_places() -> dict[str, str]:
    """All of them, for the page's script."""
    return {where: str(text) for where, text in _HEAT_PLACES.items()}


def counted(share: float) -> str:
    """A share in percent that was counted: 0.9879 -> 98.8%; only none of all is 0, and only all of them 100."""
    return terminal.percent(share).replace(" ", "")


def percent(score: float) -> str:
    """A score in percent: 0.993 -> 99.3%; the ends are <0.1% and >99.9%, because no answer is certain."""
    if score < 0.001:
        return "<0.1%"
    return ">99.9%" if score > 0.999 else counted(score)


def certainty(score: float) -> str:
    """How sure a score of 0 to 1 is, in words."""
    return next(str(words) for least, words in _CERTAINTIES if score >= least)


def likeness(value: float) -> str:
    """How like what the model learned a picture is, from a likeness of 0 to 1, in words."""
    return next(str(words) for least, words in _LIKENESSES if value >= least)


def perhaps(label: str, score: float, likeness: float | None) -> Perhaps | None:
    """What to say of a picture that was turned away and is perhaps of the class `label`; None where it is not."""
    if likeness is None or likeness < PERHAPS_FROM_LIKENESS or score < PERHAPS_FROM_SCORE:
        return None
    words = _PERHAPS.get(label, _PERHAPS_OTHER)
    return Perhaps(*(str(text).replace("{label}", isolated(class_name(label))) for text in words))


def headline(label: str, score: float, likeness: float | None, *, known: bool) -> str:
    """What an answer says is in the picture, in the fewest words: the one wording of every page."""
    if known:
        return isolated(class_name(label))
    doubtful = perhaps(label, score, likeness)
    return doubtful.headline if doubtful else _("None of these")


def remark(label: str, score: float, likeness: float | None, *, known: bool) -> str:
    """What stands below it: how sure, or why none of the classes, or which of them is nearest."""
    if known:
        return f"{certainty(score)} · {percent(score)}"
    doubtful = perhaps(label, score, likeness)
    return doubtful.doubt if doubtful else _("Nearest: %(label)s") % {"label": isolated(class_name(label))}


def script_perhaps() -> dict[str, Any]:
    """The same for the page's script."""
    return {
        "leastLikeness": PERHAPS_FROM_LIKENESS,
        "leastScore": PERHAPS_FROM_SCORE,
        "words": {label: [str(text) for text in words] for label, words in _PERHAPS.items()},
        "other": [str(text) for text in _PERHAPS_OTHER],
    }


def stage_name(place: int, of: int) -> str:
    """A stage of a network by what it sees, for people: `place` counts from 0 at the input, up to `of` stages."""
    share = place / (of - 1) if of > 1 else 0.0
    sight = _STAGE_SIGHTS[round(share * (len(_STAGE_SIGHTS) - 1))]
    return _("Stage %(number)d of %(all)d: %(sight)s") % {"number": place + 1, "all": of, "sight": sight}


def certainties() -> list[dict[str, float | str]]:
    """Every degree of certainty from the surest on, for the page's script."""
    return [{"least": least, "words": str(words)} for least, words in _CERTAINTIES]


def likenesses() -> list[dict[str, float | str]]:
    """Every degree of likeness from the greatest on, for the page's script."""
    return [{"least": least, "words": str(words)} for least, words in _LIKENESSES]


def error_sentence(code: str, reason: str = "") -> str:
    """The sentence for people about an error, by its reason if it has one: what is wrong, and what to do next."""
    return _filled(_REASON_SENTENCES.get(reason) or _ERROR_SENTENCES.get(code))


def _filled(sentence: Promise | None) -> str:
    """A sentence with the limits in it; where there is none, the one about a fault of the server."""
    values = {"megabytes": MAX_BYTES // 2**20, "memory": MAX_MEMORY_BYTES // 2**20, "max_images": settings.MAX_IMAGES}
    return str(sentence or _ERROR_SENTENCES["internal_error"]) % values


def error_sentences() -> dict[str, str]:
    """Every error sentence by its code, or by its reason where it has one, for the page's script."""
    return {name: _filled(sentence) for name, sentence in (_ERROR_SENTENCES | _REASON_SENTENCES).items()}
