"""`python -m recognizer explain`: draws where the network looked, and what each layer made of a picture.

picture -> Recognizer.explain -> DIR/1-cat.png, 2-dog.png ... | Layers -> DIR/layer-01.png ... | DIR/explanation.json
"""

from __future__ import annotations

import argparse
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image
from rich.console import Console
from rich.table import Table

from recognizer import files
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.errors import ArtifactError, CallerError
from recognizer.explain.feature_maps import Layer, Layers
from recognizer.explain.occlusion import LEAST_SIZE, MOST_SIZE
from recognizer.explain.occlusion_map import occlusion_map
from recognizer.explain.places import Operation
from recognizer.images.decode import Picture, read_file
from recognizer.machine import cores
from recognizer.predictions import Explanation, HeatMap
from recognizer.preprocessing import resize_and_crop
from recognizer.recognizer import MOST_HEAT_MAPS, Recognizer
from recognizer.registry import versions
from recognizer.terminal import cell, percent

_SIDE = 480
"""Of the longer side of what is drawn over a photograph, in pixels."""
_TILE, _GAP, _PER_ROW = 112, 4, 8
_NIGHT = (15, 20, 18)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "draw where the network looked in a picture, and what each layer made of it"
    parser = commands.add_parser("explain", help=summary, description=f"{summary.capitalize()}.")
    parser.add_argument("image", type=Path, metavar="IMAGE", help="a picture")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the drawings go; made if missing")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)")
    parser.add_argument(
        "--classes",
        type=int,
        default=MOST_HEAT_MAPS,
        metavar="N",
        help="draw the N best classes (default: %(default)s)",
    )
    parser.add_argument(
        "--occlusion",
        type=_size,
        metavar="SIZE",
        help=f"also cover the picture bit by bit with a square of this size, {LEAST_SIZE:g} to {MOST_SIZE:g} of its"
        " shorter side, and draw where that costs the best class the most",
    )
    parser.set_defaults(run=_explain)


def _size(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not LEAST_SIZE <= size <= MOST_SIZE:
        raise argparse.ArgumentTypeError(f"expected a number from {LEAST_SIZE:g} to {MOST_SIZE:g}, received {text!r}")
    return size


def _explain(options: argparse.Namespace) -> int:
    if options.classes < 1:
        raise CallerError(f"Expected at least one class. Received: --classes {options.classes}")
    data = _read(options.image)
    recognizer = Recognizer.open(options.model or versions.active())
    picture = recognizer.decode(data)
    explanation = recognizer.explain(picture, most=options.classes)
    layers = _layers(recognizer, picture)
    options.out.mkdir(parents=True, exist_ok=True)
    drawn = [(f"{_file_name(rank, heat)}.png", heat) for rank, heat in enumerate(explanation.heatmaps, start=1)]
    if options.occlusion:
        best = recognizer.metadata.class_names.index(explanation.prediction.top[0].label)
        drawn.append(("occlusion.png", occlusion_map(recognizer, picture, best, options.occlusion)))
    for name, heat in drawn:
        files.write_whole(options.out / name, _laid_over(picture, heat))
    for number, layer in enumerate(layers, start=1):
        files.write_whole(options.out / f"layer-{number:02}.png", _sheet(layer))
    record = _record(options.image, recognizer, explanation, layers)
    files.write_whole(options.out / "explanation.json", json.dumps(record, indent=1).encode())
    _say(options.out, explanation, [name for name, _ in drawn], layers)
    return 0


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise CallerError(f"There is no picture {path}. Name one file.")
    return read_file(path)


def _layers(recognizer: Recognizer, picture: Picture) -> Sequence[Layer]:
    """What each layer made of the picture; nothing where the network cannot be looked into."""
    if not isinstance(recognizer.engine, OpenVINOEngine):
        return ()
    try:
        layers = Layers(recognizer.engine.graph, threads=cores())
    except ArtifactError:
        return ()
    return layers.of(resize_and_crop(picture.rgb, recognizer.metadata.preprocessing)[None])


def _file_name(rank: int, heat: HeatMap) -> str:
    plain = re.sub(r"[^\w-]", "_", heat.label)[:60]
    return f"{rank}-{plain}"


def _laid_over(picture: Picture, heat: HeatMap) -> bytes:
    """A PNG of the picture in grey with the heat over it."""
    scale = _SIDE / max(picture.width, picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    below = picture.rgb.resize(size).convert("L").convert("RGB")
    over = Image.open(io.BytesIO(heat.picture)).convert("RGBA").resize(size, Image.Resampling.BILINEAR)
    below.paste(over, mask=over)
    return _png(below)


def _sheet(layer: Layer) -> bytes:
    """A PNG of a layer's strongest maps, side by side."""
    rows = -(-len(layer.maps) // _PER_ROW)
    across, down = (count * (_TILE + _GAP) + _GAP for count in (min(_PER_ROW, len(layer.maps)), rows))
    sheet = Image.new("RGB", (across, down), _NIGHT)
    for number, one in enumerate(layer.maps):
        tile = Image.open(io.BytesIO(one.png())).convert("RGBA").resize((_TILE, _TILE), Image.Resampling.NEAREST)
        left, top = number % _PER_ROW * (_TILE + _GAP) + _GAP, number // _PER_ROW * (_TILE + _GAP) + _GAP
        sheet.paste(tile, (left, top), tile)
    return _png(sheet)


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _record(path: Path, recognizer: Recognizer, explanation: Explanation, layers: Sequence[Layer]) -> dict[str, Any]:
    answer = explanation.to_dict()
    answer["heatmaps"] = [heatmap.label for heatmap in explanation.heatmaps]
    return {
        "model": recognizer.model_info(),
        "path": str(path),
        **answer,
        "layers": [_layer_record(layer) for layer in layers],
    }


def _layer_record(layer: Layer) -> dict[str, Any]:
    stage = layer.stage
    field = stage.rows.extent
    return {
        "name": layer.name,
        "shape": [stage.height, stage.width, stage.channels],
        "receptive_field": round(field) if field < float("inf") else None,
        "step": round(stage.rows.step),
        "sizes": [_formula(operation) for operation in stage.operations],
        "strongest": [one.unit for one in layer.maps],
    }


def _formula(operation: Operation) -> str:
    """The height of an operation's output, with the numbers put in."""
    window = operation.window
    reach = window.dilation[0] * (window.kernel[0] - 1) + 1
    before, after = operation.padding[0]
    padding = f"2 * {before}" if before == after else f"{before} + {after}"
    size = f"floor(({operation.before[0]} + {padding} - {reach}) / {window.stride[0]}) + 1 = {operation.after[0]}"
    return f"{operation.kind} {window.kernel[0]} x {window.kernel[1]}: {size}"


def _say(out: Path, explanation: Explanation, drawn: Sequence[str], layers: Sequence[Layer]) -> None:
    table = Table("class", "score")
    for entry in explanation.prediction.top[: max(1, len(explanation.heatmaps))]:
        table.add_row(cell(entry.label), f"{entry.score:.3f}")
    console = Console()
    console.print(table)
    for sentence in _sentences(out, explanation, drawn, layers):
        console.print(cell(sentence), soft_wrap=True)


def _sentences(out: Path, explanation: Explanation, drawn: Sequence[str], layers: Sequence[Layer]) -> Iterator[str]:
    if not explanation.prediction.known:
        yield "The picture is none of these."
    if explanation.method is None:
        yield "This network cannot say where it looked; --occlusion finds out for any network."
    elif drawn:
        yield f"Where it looked ({explanation.method}): {', '.join(drawn)} in {out}"
    if explanation.backbone_names:
        names = ", ".join(f"{entry.name} ({percent(entry.score, 0)})" for entry in explanation.backbone_names)
        yield f"Its first teacher, ImageNet, would say: {names}"
    yield (
        f"What each of {len(layers)} layers made of it: layer-01.png ... in {out}"
        if layers
        else ("The layers of this network cannot be shown.")
    )
