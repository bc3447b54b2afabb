"""`python -m recognizer import`: imports a network that plain Keras saved."""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recognizer import files
from recognizer.commands.compile_graph import comparison
from recognizer.errors import CallerError, MenagerieError
from recognizer.folders import command_line, serve_line
from recognizer.model_file.metadata import MAX_NAME_LENGTH
from recognizer.registry.file_names import name_and_version
from recognizer.registry.versions import MODELS_DIR
from recognizer.terminal import cell

if TYPE_CHECKING:
    from recognizer.keras_import.import_model import Imported

_PRESETS = ("none", "0..1", "-1..1", "caffe", "torch")
_DESCRIPTION = """
Makes a model file of a network that plain Keras saved (.h5, .keras), without running anything that the file holds,
compares its scores with Keras's, and compiles it. The original stays as it is.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "import a network that plain Keras saved (.h5, .keras)"
    parser = commands.add_parser("import", help=summary, description=_DESCRIPTION)
    parser.add_argument("file", type=Path, metavar="FILE", help="a network that Keras saved: .h5 or .keras")
    parser.add_argument(
        "--classes", required=True, metavar="a,b,c", help="names of the classes, in the order of the network's outputs"
    )
    parser.add_argument(
        "--preprocessing",
        nargs="?",
        const="",
        metavar="{" + ",".join(_PRESETS) + "}",
        help="what was done to pixels of 0 to 255 before the network; not needed where it rescales them itself",
    )
    # As a value it would have to be written `--preprocessing=-1..1`, for argparse takes it for an option: so it is one.
    parser.add_argument("-1..1", dest="preprocessing", action="store_const", const="-1..1", help=argparse.SUPPRESS)
    parser.add_argument(
        "--input-size",
        type=int,
        metavar="PIXELS",
        help="side of a picture, for a network that takes pictures of any size",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="the model file to write (default: models/NAME-1.h5)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file at --out if there is one")
    parser.set_defaults(run=_import)


def _import(options: argparse.Namespace) -> None:
    if options.preprocessing not in (None, *_PRESETS):
        raise CallerError(f"Expected --preprocessing {', '.join(_PRESETS)}. Received: {options.preprocessing!r}")
    out = options.out or _free_name(options.file)
    if out.exists() and not options.overwrite:
        raise CallerError(f"{out} exists already. Choose another --out, or add --overwrite.")
    files.refuse_to_replace_inputs(out, [options.file])
    named = name_and_version(out)
    class_names = [name.strip() for name in options.classes.split(",")]

    from recognizer.engines.compiler import compile_model  # Here: they take a second to load, and TensorFlow.
    from recognizer.keras_import.import_model import import_model

    def report(step: str) -> None:
        print(f"{step} ...", file=sys.stderr)

    imported = import_model(
        options.file,
        out,
        class_names,
        name_and_version=named,
        preprocessing=options.preprocessing,
        input_size=options.input_size,
        report=report,
    )
    console = Console()
    for what, is_so in _understood(imported).items():
        console.print(cell(f"{what:<20} {is_so}"), soft_wrap=True)
    try:
        console.print(comparison(compile_model(out, report=report)))
    except MenagerieError as err:
        raise type(err)(f"{out} is written, but could not be compiled: {err}") from err
    for line in _next(imported):
        console.print(cell(line), soft_wrap=True)


def _free_name(source: Path) -> Path:
    """`models/<name>-<n>.h5`, the first that is not there yet; `flowers-2.keras` begins with 2."""
    stem, dash, number = source.stem.rpartition("-")
    if not (dash and number.isascii() and number.isdigit() and len(number) < 10):
        stem, number = source.stem, "1"
    letters = "".join(c if c.isalnum() and c.isascii() else "_" for c in stem).strip("_")
    name = letters[:MAX_NAME_LENGTH] or "model"
    return next(place for n in itertools.count(int(number)) if not (place := MODELS_DIR / f"{name}-{n}.h5").exists())


def _understood(imported: Imported) -> dict[str, str]:
    metadata, size = imported.metadata, imported.metadata.preprocessing.input_size
    inside = f", around {imported.backbone}" if imported.backbone else ""
    return {
        "written": str(imported.path),
        "network": f"{imported.layers} layers{inside}; {_ENDS[imported.activation]}",
        "classes": ", ".join(metadata.class_names),
        "pictures": f"{size} x {size}, the whole picture stretched",
        "pixels": _pixels(imported),
        "none of these": "never said: every picture is taken for one of the classes",
        "compared with Keras": _agreement(imported),
    }


_ENDS = {
    "softmax": "it gives scores (softmax)",
    "sigmoid": "it gives one score for two classes (sigmoid)",
    "linear": "it gives logits, which become scores",
}


def _pixels(imported: Imported) -> str:
    record = imported.metadata.preprocessing
    order = {"rgb": "red first", "bgr": "blue first", "grey": "grey"}[record.channel_order]
    mean, std = (", ".join(f"{number:g}" for number in numbers) for numbers in (record.mean, record.std))
    by = "as the network's own layers say" if imported.rescales_itself else "as --preprocessing says"
    return f"{order}, less {mean}, divided by {std}: {by}"


def _agreement(imported: Imported) -> str:
    if imported.largest_difference is None:
        return f"not possible: {imported.not_compared} Try it on pictures that you know."
    return f"scores of drawn patterns differ by {imported.largest_difference:.5f} at most"


def _next(imported: Imported) -> list[str]:
    path = _shown(imported.path)
    metadata = imported.metadata
    is_in_models = imported.path.resolve().parent == MODELS_DIR.resolve()
    activate = command_line("recognizer", "activate", f"{metadata.name}-{metadata.version}")
    lines = {
        "Try it on a picture that you know:": command_line("recognizer", "classify", "PICTURE", "--model", path),
        "Serve it:": activate if is_in_models else serve_line(path),
        "Make it faster, in int8:": command_line("recognizer", "compile", path, "--images", "DIR"),
        'Teach it to say "none of these":': command_line("training", "calibrate", path, "--data", "DIR"),
    }
    return ["", *(f"{what:<35} {command}" for what, command in lines.items())]


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path
