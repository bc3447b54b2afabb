"""The database table of what was answered on each day: numbers, and nothing of who asked or what was in a picture."""

from __future__ import annotations

from django.db import models

from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_NAME_LENGTH


class Kind(models.TextChoices):
    """What a count counts."""

    CLASS = "class"
    """Pictures of a class, the value; of none of the classes, an empty value."""
    SCORE = "score"
    """Pictures whose score lies in a part of `histogram.SCORE_BOUNDS`, the value its number."""
    LIKENESS = "likeness"
    """The same of `histogram.LIKENESS_BOUNDS`."""


class DayCount(models.Model):
    """How many pictures of one day a model answered in one way."""

    model = models.CharField(max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version: animals-1."""
    day = models.DateField()
    """In UTC."""
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=MAX_CLASS_NAME_LENGTH, blank=True)
    number = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("model", "day", "kind", "value"), name="one_count_of_a_day"),)

    def __str__(self) -> str:
        return f"{self.day} {self.model} {self.kind} {self.value}: {self.number}"
