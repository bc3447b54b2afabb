"""The page: whole, of one piece, and safe whatever its pictures are called."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from recognizer.errors import InvalidImage
from recognizer.model_file.rejection_record import Compared, SimilarityRejection, Spread
from tests.recognizer.fakes import BLUE, CLASS_NAMES, GREEN, RED, make_recognizer, plain
from tests.training.answers import make_evaluation, make_prediction, make_unknown
from training.audit.findings import Finding, FindingKind
from training.audit.inspect import Audit
from training.audit.summary import Summary
from training.data.dataset import Dataset, LabelledImage, scan
from training.evaluation.by_source import BySource, SourceRow
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Answered, Evaluation, evaluate
from training.evaluation.open_set import OpenSetEvaluation
from training.report.contents import Contents
from training.report.model_page import ReportError, default_path, render, write

SUMMARY = Summary({}, {}, {}, {}, {}, 0.0)
HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}\"' $\\frac"
VOID = {"meta", "img", "br", "link", "input"}
HISTORY = [{"unfreeze": HOSTILE, "loss": [0.5, 0.2], "val_loss": [0.6, 0.4], "accuracy": [0.8, 0.9]}]


class Outline(HTMLParser):
    """Collects what a page is made of, and whether its elements close where they should."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.addresses += [found[key] or "" for key in ("src", "href", "xlink:href") if key in found]
        self.ids += [found["id"] or ""] if "id" in found else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def draw_folder(root: Path) -> Path:
    """Cats, chickens and dogs, one of them in the wrong folder; for the fake engine."""
    for name, colour in (("cat", RED), ("chicken", GREEN), ("dog", BLUE)):
        (root / name).mkdir()
        for number in range(3):
            (root / name / f"private-{number}.png").write_bytes(plain(colour))
    (root / "dog" / "swapped.png").write_bytes(plain(RED))
    (root / "dog" / "broken.png").write_bytes(b"broken")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path)


def make_audit(**changes: Any) -> Audit:
    return Audit(
        **{
            "dataset": Dataset(CLASS_NAMES, ()),
            "left_out": (),
            "findings": (),
            "groups": {},
            "summary": SUMMARY,
            **changes,
        }
    )


def make_contents(folder: Path, **changes: Any) -> Contents:
    recognizer = make_recognizer(
        results={"history": HISTORY}, provenance={"recipe": {"seed": 3}, "git_commit": "abc", "git_dirty": True}
    )
    fields: dict[str, Any] = {
        "recognizer": recognizer,
        "evaluation": evaluate(recognizer, scan(folder)),
        "origin": "held back",
        "unknown": OpenSetEvaluation(tuple(make_unknown("animal/fox", n / 10) for n in range(9)), ()),
    }
    return Contents(**{**fields, **changes})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """With everything in it that a page can have."""
    return render(make_contents(draw_folder(tmp_path_factory.mktemp("pictures"))))


def make_small_contents(**changes: Any) -> Contents:
    """Few pictures, and little to draw."""
    fields = {"recognizer": make_recognizer(class_names=("a", "b")), "origin": "given"}
    return Contents(**{**fields, "evaluation": make_evaluation("ab", [[1, 0], [0, 1]]), **changes})


def test_the_page_says_all_there_is_to_say(page: str) -> None:
    words = ["about 90 are named rightly", "Class by class", "taken for", "Reliability diagram", "Histogram", "fox"]
    words += ["Precision-recall curves", "Learning curve", "seed", "git_commit", "git_dirty"]
    assert [word for word in words if word not in page] == []


def test_the_page_is_sound_and_asks_nothing_of_the_network(page: str) -> None:
    outline = Outline(page)

    assert "script" not in outline.tags
    assert "link" not in outline.tags
    assert all(address.startswith(("data:image/jpeg;base64,", "#")) for address in outline.addresses)
    assert len(outline.ids) == len(set(outline.ids))
    inner = {address[1:] for address in outline.addresses if address.startswith("#")}
    assert inner <= set(outline.ids)


def test_styles_fetch_nothing_either(page: str) -> None:
    assert "@import" not in page
    assert all(place.startswith("#") for place in re.findall(r"url\(([^)]*)", page))


def test_hostile_names_are_text(folder: Path) -> None:
    names = (HOSTILE, "<b>b</b>")
    picture = Answered(Path(HOSTILE, f"{HOSTILE}.png"), names[0], make_prediction({names[1]: 0.9, names[0]: 0.1}))
    right = Answered(Path(HOSTILE, f"{HOSTILE}.png"), names[1], make_prediction({names[1]: 0.9, names[0]: 0.1}))
    recognizer = make_recognizer(
        class_names=names,
        results={"history": HISTORY},
        provenance={"recipe": {HOSTILE: HOSTILE}, HOSTILE: [{HOSTILE: HOSTILE}]},
    )
    left_out = ((LabelledImage(Path(HOSTILE), 0, ""), InvalidImage(HOSTILE)),)

    page = render(
        Contents(
            recognizer=recognizer,
            evaluation=Evaluation(names, (picture, right), ((HOSTILE, HOSTILE),)),
            origin="given",
            unknown=OpenSetEvaluation((make_unknown(f"x/{HOSTILE}", 0.9),), ()),
            audit=make_audit(left_out=left_out, findings=(Finding(FindingKind.DARK, (Path(HOSTILE),), HOSTILE),)),
        )
    )

    assert "script" not in Outline(page).tags
    assert "<b>b" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page


def test_photographs_and_heat_maps_are_in_the_page(page: str) -> None:
    assert page.count("data:image/jpeg;base64,") >= 10
    assert "dog/swapped.png" in page


def test_without_photographs_there_are_neither_pictures_nor_file_names(folder: Path) -> None:
    private = Path("dog/private-8.png")
    left_out = ((LabelledImage(private, 0, ""), InvalidImage("Like private-7.png.")),)
    audit = make_audit(left_out=left_out, findings=(Finding(FindingKind.DARK, (private,), "Like private-9.png."),))

    page = render(make_contents(folder, photographs=False, audit=audit))

    assert "img" not in Outline(page).tags
    assert [name for name in ("private", "swapped", "broken.png", "data:image/jpeg", str(folder)) if name in page] == []


def test_the_audit_is_summed_up_with_what_to_do() -> None:
    audit = make_audit(
        findings=(Finding(FindingKind.BLURRED, (Path("a"),), ""), Finding(FindingKind.BLURRED, (Path("b"),), ""))
    )

    complaints, none = (render(make_small_contents(audit=found)) for found in (audit, make_audit()))

    assert re.search(r'Blurred</th><td class="number">2</td><td>Keep them', complaints)
    assert "nothing to complain about" in none


def test_figures_by_source_have_a_section_of_their_own() -> None:
    divided = BySource((SourceRow(HOSTILE, 1, Share(9, 12), Share(3, 12)),))
    of_the_file = {"accepted": {"sources": 14, "pictures": 160, "rows": [{"part": 7, "whole": 10}]}}
    recognizer = make_recognizer(class_names=("a", "b"), results={"by_source": of_the_file})

    page = render(make_small_contents(recognizer=recognizer, divided=divided))

    outline = Outline(page)
    assert "sources" in outline.ids
    assert "script" not in outline.tags
    assert "75.0\xa0%<small>46.8 to 91.1</small>" in page
    assert "accepted as one of its classes" in page
    assert "70.0\xa0%" in page
    assert "13 more" in page


def test_without_sources_there_is_no_such_section() -> None:
    assert "sources" not in Outline(render(make_small_contents())).ids


def test_a_rejection_shows_what_it_was_compared_with() -> None:
    spread = Spread(mean=0.19, lowest=0.1, highest=0.3)
    ways = [Compared(method=method, unknown={"animal": spread}) for method in ("energy", "neighbours")]
    rejection = SimilarityRejection(
        method="neighbours", references=1, embedding_size=4, threshold=0.4, accepted_share=0.975, comparison=tuple(ways)
    )

    page = render(make_small_contents(recognizer=make_recognizer(class_names=("a", "b"), rejection=rejection)))

    assert "19.0\xa0%<small>10.0 to 30.0</small>" in page
    assert "energy" in page
    assert "a threshold that 97.5&nbsp;% of the pictures of its classes held back pass" in page


def test_a_temperature_shows_what_it_changed(page: str) -> None:
    recognizer = make_recognizer(class_names=("a", "b"), temperature=2.0)

    assert "Before its temperature, 2," in render(make_small_contents(recognizer=recognizer))
    assert "Before its temperature" not in page


@pytest.mark.parametrize("matrix", [[[3, 0], [0, 0]], [[0, 3], [0, 0]], [[1, 0], [0, 1]]])
def test_few_pictures_make_a_page_too(matrix: list[list[int]]) -> None:
    Outline(render(make_small_contents(evaluation=make_evaluation("ab", matrix))))


def test_many_classes_make_a_page_too() -> None:
    names = tuple(f"class {number}" for number in range(60))
    one_each = [[int(row == column) for column in range(60)] for row in range(60)]

    page = render(Contents(make_recognizer(class_names=names), make_evaluation(names, one_each), "given"))

    assert "too large to be read" in page


def test_a_report_is_written_whole_beside_its_model(tmp_path: Path) -> None:
    place = default_path(tmp_path / "animals-1.h5")

    write(place, make_small_contents())

    assert place.name == "animals-1.report.html"
    assert place.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    picture = Answered(Path("a", "\udcff.png"), "a", make_prediction({"b": 0.9, "a": 0.1}))
    evaluation = Evaluation(("a", "b"), (picture,), ())

    write(tmp_path / "x.html", make_small_contents(evaluation=evaluation))

    assert "\\udcff.png" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="is a folder"):
        write(tmp_path, make_small_contents())
