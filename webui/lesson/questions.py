"""The questions that a teacher asks after the lesson, each with the place that answers it."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webui.lesson import chapters


@dataclass(frozen=True)
class Question:
    """One question."""

    text: Promise
    answer: Promise
    slug: str
    """Of the chapter that answers it."""
    section: str
    """There, the element that does."""

    @property
    def chapter(self) -> Promise:
        """Title of the chapter."""
        found = chapters.find(self.slug)
        assert found is not None, self.slug  # noqa: S101 - a test looks for each.
        return found.title

    @property
    def url(self) -> str:
        """Address of the place."""
        return f"{reverse('learn_chapter', args=[self.slug])}#{self.section}"


QUESTIONS = (
    Question(
        _(
            "A kernel of 7×7 goes over a picture of 224×224 with stride 2 and 3 zeros on each side. How large is the "
            "map?"
        ),
        _("⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112, so 112×112."),
        "convolution",
        "size",
    ),
    Question(
        _(
            "A picture moves by ten pixels. What happens to a map of a convolution, and why is a fully connected "
            "layer lost?"
        ),
        _(
            "The map moves along, because the same weights are used everywhere. Each fully connected weight belongs "
            "to one pixel, and there is something else under it now."
        ),
        "sharing",
        "moving",
    ),
    Question(
        _("When does a depthwise separable convolution save most, and when nothing?"),
        _(
            "It needs k²·C + C·F weights instead of k²·C·F: of the standard ones 1/F + 1/k². That is least for large "
            "kernels and many filters; with a kernel of 1×1 it needs even more."
        ),
        "kinds",
        "cost",
    ),
    Question(
        _(
            "A network answers one picture alone. Which mean and which variance does batch normalisation use, and why "
            "not those of the picture?"
        ),
        _(
            "Those that it has stored while it was trained. With its own, every picture would have the same mean and "
            "spread, and what is bright or rich in contrast would be lost; and in a batch, the answer would depend on "
            "the neighbours."
        ),
        "first-layer",
        "norm-part",
    ),
    Question(
        _("Dividing all logits by 2 makes the scores more modest. Does the network name more pictures rightly?"),
        _(
            "No. The order of the scores stays as it is, so the same class is named. Only how sure it says it is "
            "changes, and with it the loss."
        ),
        "scores",
        "softmax",
    ),
)
