"""`python -m recognizer batch`: says what is in the pictures of a zip file, as JSON lines; the server's batches are it.

zip -> pictures, but for those that an earlier run has answered -> threads: read, decode, network -> FILE
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from zipfile import ZipFile

from recognizer import files
from recognizer.bulk import answers_jsonl, zip_pictures
from recognizer.bulk.account import Account, counted
from recognizer.bulk.answers_jsonl import AnswersJsonl
from recognizer.bulk.classify_files import Answer, in_threads
from recognizer.bulk.zip_pictures import ZipPicture
from recognizer.commands.answering import ModelChanged, opened
from recognizer.commands.events import Events
from recognizer.commands.progress import progress_bar
from recognizer.engines.graph_files import PRECISIONS
from recognizer.errors import CallerError, ImageError, MenagerieError, without_traceback
from recognizer.recognizer import Recognizer
from recognizer.terminal import printable

_DESCRIPTION = """
Says what is in the pictures of a zip file, which is not unpacked to the disk. Writes a JSON object a line, in the order
of the zip; a run that was stopped, or killed, goes on where it was when the same command is given again.
"""
# Steps are written at most once a second, and the less often the longer it takes: some 700 lines in ten hours.
_STEP_EVERY_S, _STEP_EVERY_SHARE = 1.0, 0.01


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    summary = "say what is in the pictures of a zip file, as JSON lines"
    parser = commands.add_parser("batch", help=summary, description=_DESCRIPTION)
    parser.add_argument("zip", type=Path, metavar="ZIP", help="a zip file with pictures, in folders or not")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="write the answers there, or go on")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one in models/)")
    parser.add_argument("--digest", metavar="SHA256", help="refuse a model file that is not this one: sha256:...")
    parser.add_argument(
        "--precision", choices=("auto", *PRECISIONS), default="auto", help="numbers to compute with (default: auto)"
    )
    parser.add_argument(
        "--no-second-look", action="store_false", dest="second_look", help="look at each picture once, as in classify"
    )
    parser.add_argument("--overwrite", action="store_true", help="forget what is in the file at --out")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write progress there, a JSON object a line")
    parser.set_defaults(run=_batch)


def _batch(options: argparse.Namespace) -> int:
    events = Events(options.events)
    try:
        return _answer_all(options, events)
    except MenagerieError as err:
        events.write("failed", code=err.code, message=str(err))
        raise
    finally:
        events.close()


def _answer_all(options: argparse.Namespace, events: Events) -> int:
    passed_over = Account()
    with zip_pictures.opened(options.zip) as archive:
        pictures = zip_pictures.pictures(archive, passed_over.add)
        if not pictures:
            raise CallerError(f"There are no pictures in {options.zip}.")
        recognizer = _opened(options)
        name = f"{recognizer.metadata.name}-{recognizer.metadata.version}"
        paths = [picture.path for picture in pictures]
        files.refuse_to_replace_inputs(options.out, (options.zip, recognizer.artifact.path, options.events))
        with answers_jsonl.opened(
            options.out,
            name,
            recognizer.artifact.digest,
            paths,
            second_look=options.second_look,
            overwrite=options.overwrite,
        ) as answers:
            _write_answers(archive, pictures, recognizer, answers, events)
    for line in passed_over.lines(f"{options.out} has {counted(answers.done, 'picture')}", f"unzip -l {options.zip}"):
        print(printable(line), file=sys.stderr)
    return 0


def _opened(options: argparse.Namespace) -> Recognizer:
    recognizer = opened(options.model, precision=options.precision, second_look=options.second_look)
    if options.digest and recognizer.artifact.digest != options.digest:
        raise ModelChanged(f"{recognizer.artifact.path.name} is another file than before. Begin again with it.")
    return recognizer


def _write_answers(
    archive: ZipFile, pictures: Sequence[ZipPicture], recognizer: Recognizer, answers: AnswersJsonl, events: Events
) -> None:
    begun, total, started = answers.done, len(pictures), time.monotonic()
    events.write("started", steps=total, done=begun)
    told = 0.0
    work = in_threads(partial(_answer, archive, recognizer), pictures[begun:])
    with progress_bar(total, begun) as bar, closing(work):
        for picture, answer in work:
            answers.write(picture.path, answer)
            bar.advance(bar.task_ids[0])
            seconds = time.monotonic() - started
            if seconds - told > max(_STEP_EVERY_S, _STEP_EVERY_SHARE * seconds):
                told = seconds
                share = (answers.done - begun) / (total - begun)
                events.write(
                    "step", steps=total, done=answers.done, errors=answers.errors, share=share, seconds=seconds
                )
    answers.flush()
    seconds = time.monotonic() - started
    events.write("step", steps=total, done=answers.done, errors=answers.errors, share=1.0, seconds=seconds)


def _answer(archive: ZipFile, recognizer: Recognizer, picture: ZipPicture) -> Answer:
    try:
        return recognizer.classify(zip_pictures.read(archive, picture))
    except ImageError as err:
        return without_traceback(err)
