from __future__ import annotations

import pytest

from webui.api.parameters import MOST, flag, whole_number
from webui.problems import InvalidRequest

KEEP = flag("keep", "Keeps it.", default=True)
LIMIT = whole_number("limit", "At most so many.", most=100, default=50, example=2)
TOP_K = whole_number("top_k", "So many.", default=None, example=2)


def repr_of(text: str) -> str:
    return ascii(text)[:12]


def test_a_missing_parameter_has_its_default() -> None:
    assert (KEEP.read({}), LIMIT.read({}), TOP_K.read({})) == (True, 50, None)


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("007", 7), ("100", 100)])
def test_a_number_is_read(text: str, value: int) -> None:
    assert LIMIT.read({"limit": text}) == value


@pytest.mark.parametrize("text", ["", "0", "101", "-1", "1.0", "１", "²", "9" * 5000, "1\n", "\x00"], ids=repr_of)
def test_what_is_no_number_in_its_bounds_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"Expected a whole number from 1 to 100\. Received: limit=") as caught:
        LIMIT.read({"limit": text})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("text", ["", "True", "1", "yes", "true "])
def test_what_is_neither_true_nor_false_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"Expected true or false\. Received: keep="):
        KEEP.read({"keep": text})


def test_the_schema_has_the_bounds_and_the_example_is_within() -> None:
    assert KEEP.schema == {"type": "boolean", "default": True}
    assert LIMIT.schema == {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
    assert TOP_K.schema == {"type": "integer", "minimum": 1, "maximum": MOST}
    assert [each.parse(each.example) for each in (KEEP, LIMIT, TOP_K)] == [False, 2, 2]
