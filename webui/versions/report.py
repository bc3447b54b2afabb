"""Serves the report beside a model file, under a policy that lets in what is written in it and nothing else.

    animals-1.report.html -> digests of its styles -> Content-Security-Policy -> the page, without scripts

The report is one file with its styles inside. Each is named in the policy by its digest, so that `unsafe-inline` is not
needed; with `sandbox`, the page cannot use the reader's session whatever is in the file.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from recognizer.files import read_at_most

MAX_BYTES = 32 * 2**20
_MOST_STYLES = 100
"""More digests make a header that proxies refuse; such a report can be downloaded."""

_POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True)
class Report:
    """A report as it is served."""

    content: bytes
    policy: str
    """Value of the header `Content-Security-Policy`."""
    is_shown: bool
    """False: it has too many styles to be shown, and is downloaded."""
    has_pictures: bool
    """Whether there are photographs in it: those that the model was judged on, which are not for everyone."""


def read(path: Path) -> Report | None:
    """The report at a path; None where there is none, or one that is too large.

    A link is none either: it could lead to any file of this machine.
    """
    try:
        stat = path.lstat()
        if path.is_symlink() or not path.is_file() or stat.st_size > MAX_BYTES:
            return None
        return _read(path, stat.st_size, stat.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=4)
def _read(path: Path, size: int, modified_ns: int) -> Report:
    """Read once; size and time make a changed file another entry."""
    content = read_at_most(path, MAX_BYTES)
    styles = _Styles()
    styles.feed(content.decode("utf-8", errors="replace").replace("\r\n", "\n"))
    styles.close()
    digests = sorted({_digest(text) for text in styles.found})
    allowed = " ".join(["'unsafe-hashes'", *digests]) if digests else "'none'"
    return Report(
        content,
        f"{_POLICY}; style-src {allowed}",
        is_shown=len(digests) <= _MOST_STYLES,
        has_pictures=b"data:image" in content,
    )


def _digest(text: str) -> str:
    """As a policy names it, see https://www.w3.org/TR/CSP3/#grammardef-hash-source."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _Styles(HTMLParser):
    """Collects what a page has between `<style>` and `</style>`, and in `style` attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name == "style" and value]
        if tag == "style":
            self._is_inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.found[-1] += data
