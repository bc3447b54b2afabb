"""The pictures of a tar file."""

from __future__ import annotations

import io

import pytest

from recognizer.cluster.shards import pictures
from recognizer.errors import ImageError
from tests.recognizer.cluster.shard_files import shard, shard_with_link
from tests.recognizer.fakes import BLUE, RED, plain


def read(data: bytes) -> list[tuple[str, object]]:
    """Names, with the content or the code of the error."""
    return [
        (name, content.code if isinstance(content, ImageError) else content)
        for name, content in pictures(io.BytesIO(data))
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_come_in_their_order_and_labels_are_passed_over(packed: bool) -> None:
    data = shard([("b.png", plain(RED)), ("b.json", b"{}"), ("cats/a", plain(BLUE)), ("b.cls", b"3")], packed=packed)

    assert read(data) == [("b.png", plain(RED)), ("cats/a", plain(BLUE))]


def test_two_members_of_one_name_have_names_of_their_own() -> None:
    assert [name for name, _ in read(shard([("a.png", plain(RED)), ("a.png", plain(BLUE))]))] == ["a.png", "a.png#2"]


def test_a_name_that_was_given_to_a_second_member_is_not_given_again() -> None:
    names = ["a.png", "a.png", "a.png#2", "a.png", "a.png#2"]

    found = [name for name, _ in read(shard([(name, plain(RED)) for name in names]))]

    assert found == ["a.png", "a.png#2", "a.png#2#2", "a.png#3", "a.png#2#3"]


def test_what_systems_put_there_is_passed_over() -> None:
    data = shard([("._a.png", b"x"), ("__MACOSX/a.png", plain(RED)), ("./a.png", plain(RED))])

    assert [name for name, _ in read(data)] == ["./a.png"]


def test_a_broken_picture_is_handed_on_for_its_own_error() -> None:
    assert read(shard([("a.jpg", b"broken")])) == [("a.jpg", b"broken")]


@pytest.mark.parametrize("name", ["../a.png", "x/../../a.png", "/etc/a.png"])
def test_a_name_that_leads_out_is_an_error_of_its_own(name: str) -> None:
    assert read(shard([(name, plain(RED)), ("b.png", plain(BLUE))])) == [
        (name, "unsafe_member"),
        ("b.png", plain(BLUE)),
    ]


def test_a_link_is_not_followed() -> None:
    assert read(shard_with_link("a.png", "/etc/passwd")) == [("a.png", "unsafe_member")]


def test_a_shard_without_pictures_says_so() -> None:
    for empty in (b"", b"no tar file at all", shard([]), shard([("a.json", b"{}")])):
        assert read(empty) == [("", "invalid_shard")], empty[:20]


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_shard_that_is_cut_off_what_came_before_stands(packed: bool) -> None:
    data = shard([("a.png", plain(RED)), ("b.png", bytes(range(256)) * 400)], packed=packed)

    [*before, last] = read(data[: len(data) // 3 if not packed else len(data) - 40])

    assert [name for name, _ in before][:1] == ["a.png"]
    assert last == ("", "invalid_shard")
