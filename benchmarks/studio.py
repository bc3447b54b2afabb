"""`python -m benchmarks.studio`: trains in Studio as somebody at the page does, in a real browser, and takes the time.

mugs              two drawn mugs, filmed; from the first click to an answer
photographs DIR   class folders, as a zip file; and the line that the page shows, on the zip file that it hands out
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import conditions, load, mug_films, pictures, servers
from benchmarks import studio_visitor as visitor
from benchmarks.servers import ROOT
from benchmarks.studio_visitor import Look
from recognizer.model_file import artifact

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

_MODEL = (ROOT / "models" / "ACTIVE").read_text(encoding="utf-8").strip()
"""The shipped one."""
_BURST = 45
"""Pictures from the camera, of each mug."""
_ASKED = 6
"""Pictures held out of everything, of each class."""
Chosen = dict[str, tuple[list[Path], list[Path]]]
"""Of each class: the photographs to train on, and one to ask about."""
_LINK = "The pictures as they were then, as a zip file"


@dataclass
class Watch:
    """Seconds since the first click, step by step."""

    began: float = field(default_factory=time.monotonic)
    steps: dict[str, float] = field(default_factory=dict)

    def note(self, step: str) -> None:
        """Says that a step is done."""
        self.steps[step] = round(time.monotonic() - self.began, 1)
        print(f"{self.steps[step]:6.1f} s  {step}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Does one of the two, and prints what came of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.studio", description=__doc__)
    parser.add_argument("what", choices=("mugs", "photographs"))
    parser.add_argument("folder", type=Path, nargs="?", metavar="DIR", help="of photographs: class folders")
    parser.add_argument("--each", type=int, default=100, metavar="N", help="photographs of each class (default: 100)")
    parser.add_argument("--threads", default="1", help="cores for the training (default: 1, as the server's own)")
    options = parser.parse_args(arguments)
    if options.what == "photographs" and options.folder is None:
        parser.error("Expected a folder with one folder of photographs for each class.")
    from playwright.sync_api import sync_playwright

    with serving(options.threads) as (address, folder), sync_playwright() as playwright:
        if options.what == "mugs":
            told = film_mugs(playwright, address, folder, _nothing)
        else:
            told = send_photographs(playwright, address, folder, _chosen(options.folder, options.each))
    print(json.dumps({**conditions.describe(), **told}, ensure_ascii=False, indent=1))
    return 0


@contextmanager
def serving(threads: str) -> Iterator[tuple[str, Path]]:
    """A server with its worker, nothing in it but the shipped model, in a folder that is thrown away: both of them."""
    with tempfile.TemporaryDirectory(prefix="menagerie-") as name:
        folder = Path(name)
        models = folder / "models"
        models.mkdir()
        for path in (ROOT / "models").glob(f"{_MODEL}.*"):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, models / path.name)
        (models / "ACTIVE").write_text(f"{_MODEL}\n", encoding="utf-8")
        settings = {"MENAGERIE_MODELS": str(models), "MENAGERIE_JOB_THREADS": threads, "XDG_CACHE_HOME": name}
        request = load.http_request(
            pictures.jpegs(pictures.SMALL, folder / "drawn")[0], path="/api/v1/classify?keep=false"
        )
        with servers.menagerie(request, folder / "server" / "log", settings) as server:
            yield f"http://127.0.0.1:{server.port}", folder


def film_mugs(playwright: Playwright, address: str, folder: Path, look: Look) -> dict[str, object]:
    """From the first page of an empty server to its answers about two mugs."""
    dotted, striped = mug_films.KINDS
    films = {kind: folder / f"{kind.split()[0]}.mjpeg" for kind in mug_films.KINDS}
    for kind, path in films.items():
        mug_films.write_film(kind, path)
    watch = Watch()
    with visitor.visiting(playwright, address, films[dotted], locale="en-GB") as page:
        visitor.make_account(page, look)
        watch.note("an account")
        visitor.make_project(page, "Our mugs", look)
        for name in mug_films.KINDS:
            visitor.add_class(page, name)
        watch.note("a project with two classes")
        watch.note(f"{dotted}: {visitor.film_class(page, dotted, pictures=_BURST, look=look)}")
        project, cookies = page.url, page.context.storage_state()
    with visitor.visiting(playwright, address, films[striped], cookies, locale="en-GB") as page:
        page.goto(project)
        watch.note(f"{striped}: {visitor.film_class(page, striped, pictures=_BURST, look=look)}")
        result = visitor.train(page, look)
        watch.note(f"trained: {result.said}")
        visitor.publish(page, result.model, look)
        watch.note("published")
        [first] = visitor.ask(page, mug_films.held_out(dotted, 1))
        watch.note(f"the first answer: {first}")
        look("answer", page)
        answers = {kind: visitor.ask(page, mug_films.held_out(kind, _ASKED)) for kind in mug_films.KINDS}
    return {"seconds": watch.steps, "result": vars(result), "answers": answers}


def send_photographs(playwright: Playwright, address: str, folder: Path, chosen: Chosen) -> dict[str, object]:
    """From a zip file to answers and back, and the same training on the command line."""
    with zipfile.ZipFile(folder / "photographs.zip", "w") as archive:
        for kind, (paths, _) in chosen.items():
            for path in paths:
                archive.write(path, f"photographs/{kind}/{path.name}")
    asked = [path.read_bytes() for _, (_, others) in chosen.items() for path in others]
    watch = Watch()
    with visitor.visiting(playwright, address, locale="en-GB") as page:
        visitor.make_account(page, _nothing)
        visitor.make_project(page, "Four animals", _nothing)
        watch.note("an account and a project")
        watch.note(f"sent: {visitor.add_zip(page, folder / 'photographs.zip')}")
        result = visitor.train(page, _nothing)
        watch.note(f"trained: {result.said} {' '.join(result.beside)}")
        visitor.download(page, _LINK, folder / "handed-out.zip")
        visitor.publish(page, result.model, _nothing)
        watch.note("published")
        answers = dict(zip(chosen, visitor.ask(page, asked), strict=True))
        watch.note("an answer for each class")
        visitor.roll_back(page, _MODEL)
        [after] = visitor.ask(page, asked[:1])
        watch.note("rolled back")
    again = _trained_again(result, folder)
    watch.note("trained again by the line that the page shows")
    return {"seconds": watch.steps, "result": vars(result), "answers": answers, "rolled_back": after, "again": again}


def _trained_again(result: visitor.Result, folder: Path) -> dict[str, object]:
    """Runs the line of the page on the zip file of the page, with an empty cache; says whether the same came of it."""
    with zipfile.ZipFile(folder / "handed-out.zip") as archive:
        archive.extractall(folder)
    out = folder / "again-1.h5"
    words = [sys.executable, *shlex.split(result.command.partition("python")[2]), "--out", str(out)]
    places = {
        "PYTHONPATH": str(ROOT),
        "MENAGERIE_MODELS": str(folder / "models"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    done = subprocess.run(words, cwd=folder, env=os.environ | places, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Expected a model of {words}. Received: {done.stdout}{done.stderr}")
    one, other = artifact.read(folder / "models" / f"{result.model}.h5"), artifact.read(out)
    measured = other.metadata.measured.validation
    return {
        "line": shlex.join(words),
        "accuracy": measured and measured.accuracy,
        "held_back": measured and measured.n,
        "right": measured and round(measured.accuracy * measured.n),
        "measured_is_the_same": one.metadata.measured.validation == measured,
        "data_is_the_same": one.metadata.origin.data == other.metadata.origin.data,
        "largest_difference_of_weights": _difference(one.path, other.path),
    }


def _difference(one: Path, other: Path) -> float:
    """The largest, of all numbers of two model files.

    Raises:
        KeyError: one has what the other has not.
    """
    import h5py

    found = [0.0]
    with h5py.File(one) as left, h5py.File(other) as right:

        def compare(name: str, dataset: object) -> None:
            if isinstance(dataset, h5py.Dataset) and dataset.dtype.kind == "f":
                difference = np.abs(dataset[()].astype(np.float64) - right[name][()])
                found.append(float(difference.max(initial=0.0)))

        left.visititems(compare)
    return max(found)


def _chosen(folder: Path, each: int) -> Chosen:
    """Of each class as many as are asked for, evenly from all of it, and one more for an answer."""
    chosen = {}
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        paths = sorted(place.iterdir())
        step = max(1, len(paths) // (each + 1))
        taken = paths[::step][: each + 1]
        chosen[place.name] = (taken[:each], taken[each:])
    return chosen


def _nothing(_name: str, _page: object) -> None:
    """Looks at nothing."""


if __name__ == "__main__":
    sys.exit(main())
