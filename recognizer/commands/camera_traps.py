"""`classify --megadetector`: answers as a results file of MegaDetector's, for whole pictures or a detector's boxes."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from recognizer.bulk import megadetector
from recognizer.bulk.account import counted
from recognizer.bulk.classify_boxes import BoxClassifier
from recognizer.bulk.classify_files import Answer
from recognizer.bulk.megadetector import Entry
from recognizer.commands.answering import Source, opened
from recognizer.commands.progress import progress_bar
from recognizer.errors import CallerError
from recognizer.predictions import Prediction
from recognizer.terminal import printable

_LEAST_CONFIDENCE = 0.1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options about a detector's boxes."""
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="FILE",
        help="with --megadetector: classify the boxes of this file by a detector; PATH is the folder of its pictures",
    )
    parser.add_argument(
        "--least-confidence",
        type=float,
        metavar="SHARE",
        help=f"with --boxes: leave boxes alone of which the detector is less sure (default: {_LEAST_CONFIDENCE})",
    )


def write_answers(options: argparse.Namespace, source: Source, answers: Iterator[tuple[str, Answer]]) -> int:
    """Writes the answers for whole pictures; returns the exit code."""
    [folder, *others] = options.paths
    start = str(folder) if folder.is_dir() and not others else None
    count: Counter[bool] = Counter()

    def entries() -> Iterator[Entry]:
        for path, answer in answers:
            count[isinstance(answer, Prediction)] += 1
            file = os.path.relpath(path, start) if start else path
            yield megadetector.entry(file, answer, source.model)

    if not _write(options, entries(), partial(megadetector.of_whole_pictures, source.model, source.digest)):
        return 1
    bad = f", {count[False]} of them could not be read" if count[False] else ""
    _say(f"{options.megadetector} has {counted(count.total(), 'picture')}{bad}.")
    return 0 if count[True] else 2


def write_boxes(options: argparse.Namespace) -> int:
    """Writes a detector's file again, its boxes classified; returns the exit code."""
    if not options.megadetector:
        raise CallerError("--boxes FILE needs --megadetector FILE, to write what its boxes are.")
    if options.server:
        raise CallerError("The boxes of --boxes FILE are classified by a model file here, not by a server.")
    if len(options.paths) != 1 or not options.paths[0].is_dir():
        raise CallerError("With --boxes, give one PATH: the folder that the paths in the detector's file begin at.")
    least = _LEAST_CONFIDENCE if options.least_confidence is None else options.least_confidence
    if not 0 <= least <= 1:
        raise CallerError(f"--least-confidence is a number from 0 to 1, not {least:g}.")
    megadetector.place(options.megadetector, overwrite=options.overwrite)
    document = megadetector.read(options.boxes)
    recognizer = opened(options.model, second_look=options.second_look)
    categories = megadetector.animal_categories(document)
    classifier = BoxClassifier(recognizer, str(options.paths[0]), categories, least)
    tally = _Tally()
    entries = tally.count(classifier, document["images"])
    if not _write(
        options, entries, partial(megadetector.with_classes, document, recognizer.metadata, recognizer.artifact.digest)
    ):
        return 1
    for line in tally.lines(options.megadetector):
        _say(line)
    return 0 if tally.classified or not tally.left_alone else 2


class _Tally:
    """What became of the boxes of a detector's file."""

    def __init__(self) -> None:
        self.pictures = self.classified = self.unusable = 0
        self.unread: Counter[str] = Counter()

    @property
    def left_alone(self) -> bool:
        return bool(self.unusable or self.unread)

    def count(self, classifier: BoxClassifier, images: list[Entry]) -> Iterator[Entry]:
        with progress_bar(len(images), 0) as progress, closing(classifier.answers(images)) as answers:
            for _, answered in answers:
                self.pictures += answered.classified > 0
                self.classified += answered.classified
                self.unusable += answered.unusable
                if answered.error:
                    self.unread[f"{answered.error.title}: {answered.error}"] += 1
                yield answered.entry
                progress.advance(progress.task_ids[0])

    def lines(self, path: Path) -> Iterator[str]:
        yield f"{path} has {counted(self.classified, 'classified box')} in {counted(self.pictures, 'picture')}."
        if self.unusable:
            yield f"{counted(self.unusable, 'box')} left alone: empty, or not within the picture."
        if self.unread:
            yield f"Left as they were: {counted(self.unread.total(), 'picture')}."
        for reason, number in self.unread.most_common(8):
            yield f"  {number:,} x {reason}"


def _write(options: argparse.Namespace, entries: Iterator[Entry], others: Callable[[], Entry]) -> bool:
    """False where it was stopped, and nothing written."""
    try:
        megadetector.write(megadetector.place(options.megadetector, overwrite=options.overwrite), entries, others)
    except KeyboardInterrupt:
        _say(f"Stopped. {options.megadetector} was not written.")
        return False
    return True


def _say(sentence: str) -> None:
    print(printable(sentence), file=sys.stderr)
