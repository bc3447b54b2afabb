"""Tells the parts of a data set, such as train and test, from its classes; both are folders of pictures.

whole/train/cat  whole/test/cat   parts: no pictures of their own, and the same folders in both
whole/cat/2024   whole/dog/2024   classes: what the same folders in both are called is no class
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from recognizer.bulk.image_files import picture_files, why_no_folder, why_no_picture
from recognizer.model_file.class_names import looks
from training.errors import DatasetError

_TRAINING = frozenset({"train", "training", "trainset", "traindata", "trainval", "learn", "learning", "fit"})
_TRAINING_ABROAD = frozenset(
    {"lernen", "trainingsdaten", "entrenamiento", "entrainement", "apprentissage", "treino", "treinamento"}
    | {"addestramento", "обучение", "训练", "訓練", "学習", "学習用", "訓練用", "훈련", "학습"}
)
# Beside labels, or pictures without one: test_images are for a test all the same.
_TRAINING_BESIDE_OTHERS = frozenset({"images", "jpegimages", "labeled", "labelled"})
_OTHERS = frozenset(
    {"test", "tests", "testing", "testset", "testdata", "val", "valid", "validation", "validate", "valset", "dev"}
    | {"unlabeled", "unlabelled", "labels", "annotations", "masks", "trimaps", "groundtruth", "segmentations"}
    | {"eval", "evaluation", "holdout", "heldout", "pred", "predict", "prediction", "unseen", "query", "gallery"}
    | {"prueba", "validacion", "validação", "teste", "prova", "essai", "testdaten", "validierung", "тест", "проверка"}
    | {"测试", "验证", "測試", "驗證", "テスト", "検証", "評価", "評価用", "시험", "테스트", "검증"}
)
# What lies within classes: days and years, cameras and batches. Never the name of a class.
_NO_CLASS = re.compile(
    r"\d{4,}|\d+([-_. ]\d+)+"
    r"|(batch|part|set|session|cam|camera|site|day|week|month|year|group|roll|shoot|visit|trip|img)[-_. ]*\d+"
    r"|images?|imgs?|photos?|pictures?|jpe?gs?|pngs?|raw|originals?|new|old|more",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]*|[^\W\d_a-zA-Z]+")
_LEAST_SHARED = 0.5
# Names such as cat.0.jpg and dog_12.jpg, as of the data sets of competitions.
_NUMBERED = re.compile(r"(?P<name>[^\W\d_]{2,})(?P<rest>[ ._-]*\(?\d+\)?\..*)", re.DOTALL)
_MOST_NAMES = 8
_LOOKED_AT = 50


def refuse(data: Path, found: Sequence[tuple[Path, Sequence[Path]]]) -> None:
    """Refuses parts: else a network would learn to tell training pictures from test pictures.

    Args:
        data: the data folder.
        found: the folders in it, each with the picture files below it.

    Raises:
        DatasetError: they are parts of a data set.
    """
    filled = [(folder, pictures) for folder, pictures in found if pictures]
    inner = {folder: _classes_below(folder, pictures) for folder, pictures in filled}
    nested = [folder for folder in inner if inner[folder][1]]
    by_wording = bool(nested) and all(_role(folder.name) for folder in inner)
    chosen = [folder for folder, _ in filled] if by_wording else _sharing(nested, inner)
    if not chosen:
        return
    classes = sorted({name for folder in chosen for name in inner[folder][1]})
    training = [folder for folder in chosen if inner[folder][1] and _role(folder.name) == "training"]
    give = training[:1] or [folder for folder in chosen if inner[folder][1]]
    options = " ".join(f"--data {shlex.quote(str(inner[folder][0]))}" for folder in give)
    which = "Give one part" if len(give) == 1 else "Give those that are to be trained on"
    raise DatasetError(
        f"{data} holds the parts of a data set ({_listed(folder.name for folder in chosen)}), not its classes: those"
        f" are in the parts ({_listed(classes)}). {which}: {options}"
        + ("" if by_wording else " Or, if they are classes, give the folders in them names of their own.")
    )


def is_nested(folder: Path, pictures: Sequence[Path]) -> bool:
    """Whether pictures of a folder are in folders of their own, as in a folder around classes."""
    return any(path.parent != folder for path in pictures)


def instead(folders: Sequence[Path]) -> str:
    """Which folder was probably meant, where all pictures of a data folder lie deeper: a sentence, or nothing."""
    for data in folders:
        pictures = [Path(path) for path in picture_files(str(data), pass_over=lambda _: None)]
        inner, names = _classes_below(data, pictures)
        training = next((name for name in names if _role(name) == "training"), None)
        if training and all(map(_role, names)):  # Parts.
            part = inner / training
            inner, names = _classes_below(part, [path for path in pictures if path.is_relative_to(part)])
        if inner != data and len(names) > 1:
            return f" Should {_listed(names)} be the classes: --data {shlex.quote(str(inner))}"
    return ""


def within(pictures: Iterable[Path]) -> str:
    """That classes have parts in them, cat/train and cat/test, which are all taken: a sentence, or nothing.

    Args:
        pictures: paths below the data folder.
    """
    nested = [path.parts for path in pictures if len(path.parts) > 2]
    roles = {role: inner for inner in dict.fromkeys(parts[1] for parts in nested) if (role := _role(inner))}
    if len(roles) < 2 or len({parts[0] for parts in nested}) < 2:
        return ""
    return (
        f"The classes have folders such as {_listed(roles.values())} in them; the pictures of all of those are taken."
    )


def among(class_names: Iterable[str]) -> str:
    """That folders named like parts are taken for classes: a sentence, or nothing."""
    names = list(class_names)
    roles = {role: name for name in names if (role := _role(name))}
    if len(roles) < 2:
        return ""
    others = _listed(name for name in names if not _role(name))
    return (
        f"{_listed(roles.values())} are taken for classes{f', as {others} are' if others else ''}. If they are parts of"
        " a data set, put their pictures into the folders of the classes, or move them away."
    )


def class_folders_in(folder: Path) -> list[Path]:
    """Folders with pictures in them, in a folder; what lies deeper is not looked at."""
    try:
        inside = [path for path in sorted(folder.iterdir()) if path.is_dir() and not why_no_folder(path)]
        return [path for path in inside if any(why_no_picture(p) is None for p in islice(path.iterdir(), _LOOKED_AT))]
    except OSError:
        return []


def by_name(data: Path, pictures: Sequence[Path]) -> str:
    """What to do with pictures whose names say what they show, cat.0.jpg: a sentence, or nothing."""
    numbered = Counter(match["name"] for path in pictures if (match := _NUMBERED.fullmatch(path.name)))
    names = sorted(name for name, count in numbered.items() if count > 1)
    if not 1 < len(names) <= _MOST_NAMES or sum(numbered[name] for name in names) < len(pictures):
        return ""
    words = " ".join(map(shlex.quote, names))
    return (
        f" Their names say which: cd {shlex.quote(str(data))} && for c in {words}; do mkdir -p $c && find . -maxdepth 1"
        ' -type f -name "$c[!a-zA-Z]*" -exec mv {} $c/ \\; ; done'
    )


def _classes_below(folder: Path, pictures: Sequence[Path]) -> tuple[Path, list[str]]:
    """The folder around what may be classes, below folders that hold a single one, and their names."""
    names = list(dict.fromkeys(path.relative_to(folder).parts[0] for path in pictures))
    if any(path.parent == folder for path in pictures):
        return folder, []
    if len(names) == 1:
        inside = _classes_below(folder / names[0], pictures)
        return inside if inside[1] else (folder, [])
    return folder, names


def _sharing(nested: Sequence[Path], inner: dict[Path, tuple[Path, list[str]]]) -> list[Path]:
    """Folders that have the same folders in them as another one."""
    classes = {folder: {looks(name) for name in inner[folder][1] if not _is_no_class(name)} for folder in nested}
    return [
        folder
        for folder in nested
        if any(
            len(classes[folder] & classes[other]) > _LEAST_SHARED * max(len(classes[folder]), len(classes[other]), 1)
            for other in nested
            if other != folder
        )
    ]


def _is_no_class(name: str) -> bool:
    return bool(_NO_CLASS.fullmatch(name)) or _role(name) is not None


def _role(name: str) -> str | None:
    """What a part is for, by its name: training_set, seg_test, ValidSet."""
    words = {word.lower().rstrip("集組组") for word in (*_WORDS.findall(name), *re.findall(r"[^\W\d_]+", name))}
    if words & (_TRAINING | _TRAINING_ABROAD):
        return "training"
    if words & _OTHERS:
        return "other"
    return "training" if words & _TRAINING_BESIDE_OTHERS else None


def _listed(names: Iterable[str]) -> str:
    found = list(dict.fromkeys(names))
    return ", ".join(found[:_MOST_NAMES]) + (", ..." if len(found) > _MOST_NAMES else "")
