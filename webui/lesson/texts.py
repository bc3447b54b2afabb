"""The texts of the lesson's scripts, in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_MESSAGES: dict[str, Promise] = {
    "checked": _("The server has computed the same {n} numbers."),
    "checkedMap": _("The server has computed the same map: size, mean, variance, least and largest number agree."),
    "unlike": _("This browser computes other numbers than the server. Load the page again."),
    "picture": _("Picture: press Enter on a pixel to change it"),
    "map": _("Map: each number is explained below"),
    "active": _("Activated map: each number is explained below"),
    "pooled": _("Pooled map: each number is explained beside it"),
    "weight": _("Weight in row {row}, column {column}"),
    "tooLarge": _(
        "The kernel reaches over {reach} numbers, and the picture has {side} in a row. Choose padding, or a smaller"
        " dilation or kernel."
    ),
    "sumOf": _("Row {row}, column {column}: {sum}"),
    "manyProducts": _("{n} products, together {sum}"),
    "denseMore": _("The fully connected layer has {times} times as many weights."),
    "sharedMore": _("Here the convolution has {times} times as many weights."),
    "movingPicture": _("Picture with a cross"),
    "movingMap": _("Map of a convolution, with its largest number marked"),
    "movingUnit": _("Weights of one fully connected unit, one for each pixel"),
    "mapSays": _("Largest: {value}, in row {row}, column {column}"),
    "unitSays": _("The unit says {value}"),
    "ofStandard": _("{share} times the multiply-adds of a standard convolution"),
    "ownPicture": _("Your picture"),
    "dropoutBefore": _("Numbers before dropout"),
    "dropoutAfter": _("Numbers after dropout"),
    "dropoutSays": _("{kept} of {n} are left, times {scale}. Sum before: {before}; after: {after}."),
    "lossMap": _("The loss from above, after {steps} steps. Loss of each: {losses}."),
    "walk": _("Walk"),
    "halt": _("Stop"),
    "next": _("Next number"),
}


def for_script() -> dict[str, str]:
    """Every message by its name; blanks are filled by the script."""
    return {name: str(text) for name, text in _MESSAGES.items()}
