"""Drawings that take their colours from the page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from matplotlib.axes import Axes

from training.report.svg import ACCENT, FAULT, SERIES, draw


def paint(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=ACCENT, marker="o", label="a < b & $\\frac$")
    axes.scatter([0.2, 0.4], [0.5, 0.6], color=FAULT, alpha=0.5)
    axes.stairs([1, 2], [0, 0.5, 1], color=SERIES[5], fill=True)
    axes.set(xlabel="across", ylabel="up")
    axes.legend()


def test_a_drawing_is_one_element_as_wide_as_its_place() -> None:
    root = ET.fromstring(draw("one", paint))

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib
    assert not {"width", "height"} & root.attrib.keys()


def test_every_colour_is_a_variable_of_the_page() -> None:
    drawing = draw("one", paint)

    assert {"var(--accent)", "var(--fault)", "var(--series-6)"} <= set(re.findall(r"var\(--[a-z0-9-]+\)", drawing))
    assert re.findall(r"#[0-9a-f]{6}\b", re.sub(r'(href="|url\()#[^")]+', "", drawing)) == []


def test_ids_of_two_drawings_do_not_meet() -> None:
    first, second = (set(re.findall(r'\bid="([^"]+)"', draw(name, paint))) for name in ("one", "two"))

    assert first
    assert not first & second


def test_references_lead_to_what_is_there() -> None:
    drawing = draw("one", paint)

    wanted = set(re.findall(r'(?:href="|url\()#([^")]+)', drawing))
    assert wanted
    assert wanted <= set(re.findall(r'\bid="([^"]+)"', drawing))


def test_the_same_drawing_is_the_same_text() -> None:
    assert draw("one", paint) == draw("one", paint)


def test_text_is_text_and_no_formula() -> None:
    assert "a &lt; b &amp; $\\frac$" in draw("one", paint)


def test_a_drawing_has_no_style_for_the_whole_page() -> None:
    assert "<style" not in draw("one", paint)
