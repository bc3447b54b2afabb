"""The memory of what was made most recently."""

from __future__ import annotations

from webui.explain.recent import Recent


def test_what_was_not_used_for_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")

    recent.put("c", 3)

    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    assert len(recent) == 2


def test_a_value_is_made_once() -> None:
    recent: Recent[str, int] = Recent(2)
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 7

    assert [recent.get_or_make("a", make) for _ in range(3)] == [7, 7, 7]
    assert made == [1]


def test_everything_can_be_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)

    recent.clear()

    assert recent.get("a") is None
