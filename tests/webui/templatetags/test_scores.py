import pytest

from webui.templatetags.scores import percent


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0.9934, "99.3%"),
        (0.8148, "81.5%"),
        (0.5, "50.0%"),
        (1.0, ">99.9%"),
        (0.9991, ">99.9%"),
        (0.999, "99.9%"),
        (0.0, "<0.1%"),
        (0.001, "0.1%"),
    ],
)
def test_a_score_is_written_as_per_cent_and_is_never_certain(score: float, text: str) -> None:
    assert percent(score) == text
