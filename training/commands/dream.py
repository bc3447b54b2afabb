"""`python -m training dream`: changes a photograph into what a network sees in it even more strongly."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recognizer.commands.events import Events, told
from recognizer.images.decode import decode, read_file
from recognizer.model_file import artifact
from recognizer.registry import versions
from training.commands.evaluate import print_line
from training.commands.gallery import whole_number

if TYPE_CHECKING:
    from training.visualization.dream import Plan

_MOST = {"strength": 5, "octaves": 5, "steps": 40, "side": 512, "threads": 64}
_LEAST = {"side": 64}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("dream", help="let a network dream on a photograph")
    parser.description = (
        "Deep Dream: changes a photograph, by small steps from a small size to a larger one, into what a stage of the"
        " network, or one class, sees in it. Writes dream.jpg and pictures of the way into DIR."
    )
    parser.add_argument("image", type=Path, metavar="IMAGE", help="a photograph")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the pictures")
    parser.add_argument("--model", type=Path, metavar="FILE", help="the model file that dreams (default: the active)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--layer", metavar="STAGE", help="such as conv3: early ones see strokes, late ones eyes and fur")
    what.add_argument("--class", dest="label", metavar="NAME", help="dream of a class of the model instead")
    _number(parser, "strength", 2, "how much a step changes")
    _number(parser, "octaves", 3, "sizes, each 1.4 times the one before")
    _number(parser, "steps", 12, "in each octave")
    _number(parser, "side", 512, "longer side of the dream in pixels")
    _number(parser, "threads", None, "of the processor, default: all")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write progress there, a JSON object a line")
    parser.set_defaults(run=_dream)


def _number(parser: argparse.ArgumentParser, name: str, default: int | None, what: str) -> None:
    least, most = _LEAST.get(name, 1), _MOST[name]
    shown = "" if default is None else f", default: {default}"
    parser.add_argument(
        f"--{name}",
        type=whole_number(least, most),
        default=default,
        metavar="N",
        help=f"{what} ({least} to {most}{shown})",
    )


def _dream(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    with told(options.events) as events:
        print_line(Console(), f"Written: {_written(options, events)}")


def _written(options: argparse.Namespace, events: Events) -> Path:
    photograph = decode(read_file(options.image), needed_short_side=options.side).rgb
    source = artifact.read(options.model or versions.active())
    from training.visualization import dream, dream_files
    from training.visualization.open_network import OpenNetwork, use_threads

    dream_files.refuse_to_replace(options.image, options.out)
    if options.threads:
        use_threads(options.threads)
    plan = _plan(options)
    return dream_files.write(dream.dream(OpenNetwork(source), photograph, plan), plan, options.out, events)


def _plan(options: argparse.Namespace) -> Plan:
    from training.visualization.dream import Plan

    return Plan(
        layer=options.layer,
        label=options.label,
        strength=options.strength,
        octaves=options.octaves,
        steps=options.steps,
        side=options.side,
    )
