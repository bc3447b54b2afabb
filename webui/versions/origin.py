"""Says in plain words where a version comes from, and how it looks at a picture."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.results import Data, Import, Provenance, StartingWeights, flat
from recognizer.preprocessing import Preprocessing
from webui.wording import class_name

Fact = tuple[str, str]
"""What it is about, and what is so."""

_SHOWN_CLASSES = 20


def facts(metadata: ModelMetadata, provenance: Provenance) -> list[Fact]:
    """How the version was made, as far as its file says so."""
    candidates = [
        (_("Trained"), _finished(provenance)),
        (_("Took"), _duration(provenance.training_seconds)),
        (_("Pictures"), _pictures(provenance.data)),
        (_("By class"), _by_class(provenance.data)),
        (_("Network"), _network(metadata, provenance.imported)),
        *(_original(provenance.imported) if provenance.imported else []),
        (_("Began with"), _beginning(provenance.starting_weights)),
        (_("Machine"), provenance.machine),
        (_("Software"), _software(provenance)),
        (_("Code"), _code(provenance)),
        (_("Data digest"), provenance.data.digest if provenance.data else None),
    ]
    return [(name, value) for name, value in candidates if value]


def options(provenance: Provenance) -> list[Fact]:
    """Every option of the recipe: fine_tune.epochs, 2, 2."""
    return list(flat(provenance.recipe.to_dict())) if provenance.recipe else []


def way_of_looking(preprocessing: Preprocessing) -> list[str]:
    """What happens to a picture before the network sees it, step by step."""
    size, share = preprocessing.input_size, f"{100 * preprocessing.crop_fraction:g}%"
    if preprocessing.fit == "crop":
        seen = _(
            "Of the short side, the central %(share)s is kept, as a square: the ends of a long picture are not seen."
        )
    elif preprocessing.crop_fraction == 1:
        seen = _("The whole picture is seen, stretched to a square.")
    else:
        seen = _("The central %(share)s of each side is kept and stretched to a square.")
    return [
        seen % {"share": share},
        _("It is scaled to %(size)d × %(size)d pixels (%(interpolation)s).")
        % {"size": size, "interpolation": preprocessing.interpolation},
        _("The numbers of each pixel, %(order)s, are centred on %(mean)s and divided by %(std)s.")
        % {
            "order": _channels(preprocessing.channel_order),
            "mean": _numbers(preprocessing.mean),
            "std": _numbers(preprocessing.std),
        },
    ]


def _channels(order: str) -> str:
    return {"rgb": _("red, green, blue"), "bgr": _("blue, green, red"), "grey": _("brightness alone")}[order]


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _network(metadata: ModelMetadata, imported: Import | None) -> str:
    if imported is None or imported.layers is None:
        return metadata.architecture
    layers = ngettext("%(n)d layer imported", "%(n)d layers imported", imported.layers) % {"n": imported.layers}
    around = _("%(layers)s, around %(backbone)s") % {"layers": layers, "backbone": imported.backbone}
    return around if imported.backbone else layers


def _original(imported: Import) -> list[Fact]:
    """The file of another program that the version was made of."""
    return [
        (_("Imported"), _date(imported.at)),
        (_("Original file"), imported.file),
        (_("Written by"), f"Keras {imported.keras}".strip()),
        (_("Digest of the original"), imported.digest),
    ]


def _finished(provenance: Provenance) -> str | None:
    return _date(provenance.finished) if provenance.finished else None


def _date(when: datetime) -> str:
    return date_format(localtime(when) if is_aware(when) else when, "DATETIME_FORMAT")


def _duration(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    minutes = max(1, round(seconds / 60))
    return ngettext("%(minutes)d minute", "%(minutes)d minutes", minutes) % {"minutes": minutes}


def _pictures(data: Data | None) -> str | None:
    if data is None or data.train is None or data.validation is None:
        return None
    return _("%(train)d to learn from, %(held_back)d held back to judge it") % {
        "train": data.train,
        "held_back": data.validation,
    }


def _by_class(data: Data | None) -> str | None:
    if data is None or not data.images:
        return None
    shown = [f"{class_name(name)} {count}" for name, count in list(data.images.items())[:_SHOWN_CLASSES]]
    return pgettext("between classes", ", ").join(shown) + (" …" if len(data.images) > len(shown) else "")


def _beginning(weights: StartingWeights | None) -> str | None:
    if weights is None:
        return None
    if weights.kind == "none":
        return _("nothing: random numbers")
    if weights.kind == "imagenet":
        return _("ImageNet weights of Keras")
    if weights.kind == "model" and weights.name:
        return _("the model %(name)s") % {"name": f"{weights.name}-{weights.version or '?'}"}
    return weights.file or weights.kind


def _software(provenance: Provenance) -> str | None:
    packages = {"Python": provenance.python, **(provenance.packages or {})}
    return ", ".join(f"{name} {version}" for name, version in packages.items() if version) or None


def _code(provenance: Provenance) -> str | None:
    if provenance.git_commit is None:
        return None
    commit = provenance.git_commit[:12]
    return _("commit %(commit)s, with changes") % {"commit": commit} if provenance.git_dirty else commit
