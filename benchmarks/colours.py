"""`python -m benchmarks.colours FOLDER`: do photographs in other colour spaces get the same answers?

photograph -> sRGB -> file in Adobe RGB, Display P3, ProPhoto RGB, with the profile -> answer, beside that of sRGB

Where a colour has no place in 8 bits of the other space, it comes back a step or two beside: a score can differ where
the second look goes elsewhere for it, and an answer where it is at a threshold.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms

from recognizer import Prediction, Recognizer
from recognizer.bulk.image_files import picture_files
from recognizer.images import decode, icc
from recognizer.registry import versions

SPACES = {"Adobe RGB": icc.ADOBE_RGB, "Display P3": icc.DISPLAY_P3, "ProPhoto RGB": icc.PRO_PHOTO_RGB}


@dataclass(frozen=True)
class Compared:
    """The answer to a copy of a photograph in another colour space, beside the answer to the one in sRGB."""

    path: str
    space: str
    srgb: Prediction
    other: Prediction

    @property
    def is_same(self) -> bool:
        """Whether a person reads the same."""
        return self.srgb.label == self.other.label

    @property
    def difference(self) -> float:
        """The largest by which the score of a class differs."""
        scores = {entry.label: entry.score for entry in self.srgb.top}
        return max(abs(scores[entry.label] - entry.score) for entry in self.other.top)


def main(arguments: list[str] | None = None) -> int:
    """Compares, and prints a line for each space; the exit code is 1 where an answer differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.colours", description=__doc__)
    parser.add_argument("folder", type=Path, help="photographs, at any depth")
    parser.add_argument("--count", type=int, default=30, help="how many, evenly from all (default: %(default)s)")
    parser.add_argument("--model", type=Path, metavar="FILE", help="a model file (default: the active one)")
    parser.add_argument("--jpeg", type=int, metavar="QUALITY", help="store copies as JPEG (default: PNG, lossless)")
    options = parser.parse_args(arguments)
    recognizer = Recognizer.open(options.model or versions.active())
    paths = evenly(options.folder, options.count)
    found = [pair for path in paths for pair in compared(recognizer, path, options.jpeg)]
    for line in lines(found):
        print(line)
    return 0 if found and all(pair.is_same for pair in found) else 1


def evenly(folder: Path, count: int) -> Sequence[str]:
    """So many of the pictures in a folder, from all of its parts."""
    paths = list(picture_files(str(folder), pass_over=lambda _: None))
    return [paths[at * len(paths) // count] for at in range(count)] if len(paths) > count else paths


def compared(recognizer: Recognizer, path: str, quality: int | None = None) -> list[Compared]:
    """The answers to one photograph in each space, stored as PNG, or as JPEG of a quality."""
    srgb = decode.decode(decode.read_file(Path(path))).rgb
    answer = recognizer.classify(stored(srgb, None, quality))
    return [
        Compared(path, space, answer, recognizer.classify(stored(converted(srgb, profile), profile, quality)))
        for space, profile in SPACES.items()
    ]


def converted(srgb: Image.Image, profile: bytes) -> Image.Image:
    """The same colours as another space has them."""
    space = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    transform = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), space, "RGB", "RGB", renderingIntent=intent)
    return ImageCms.applyTransform(srgb, transform)  # type: ignore[return-value]  # None only in place.


def stored(image: Image.Image, profile: bytes | None, quality: int | None) -> bytes:
    """A file with its profile."""
    file = io.BytesIO()
    if quality is None:
        image.save(file, "PNG", icc_profile=profile, compress_level=1)
    else:
        image.save(file, "JPEG", icc_profile=profile, quality=quality)
    return file.getvalue()


def lines(found: Sequence[Compared]) -> list[str]:
    """How many answers are the same, for each space, and each that is not."""
    said = []
    for space in SPACES:
        pairs = [pair for pair in found if pair.space == space]
        largest = max((pair.difference for pair in pairs), default=0.0)
        same = sum(pair.is_same for pair in pairs)
        said.append(f"{space:13} {same} of {len(pairs)} answers as in sRGB; scores differ by at most {largest:.3f}")
        said += [_told(pair) for pair in pairs if not pair.is_same]
    return said


def _told(pair: Compared) -> str:
    before, after = (
        f"{answer.label or 'none of these'} ({answer.top[0].score:.3f}, likeness {answer.likeness or 0:.2f})"
        for answer in (pair.srgb, pair.other)
    )
    return f"  {pair.path}: {before}, in {pair.space} {after}"


if __name__ == "__main__":
    sys.exit(main())
