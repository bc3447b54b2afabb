"""How often people agree with the models, as far as staff accepted what they said."""

from __future__ import annotations

from django.db.models import Count

from webui.history.models import Correction, State
from webui.review.judgements import AGREES


def agreement_by_model() -> dict[str, tuple[int, int]]:
    """Model -> answers that people agreed with, answers that they judged. One query.

    Most people say something only where the model is wrong, so this is no accuracy: it compares models that the same
    people use in the same way.
    """
    accepted = Correction.objects.filter(state=State.ACCEPTED).order_by().values_list("answer__model")
    counted = accepted.annotate(agreed=Count("pk", filter=AGREES), judged=Count("pk"))
    return {model: (agreed, judged) for model, agreed, judged in counted}
