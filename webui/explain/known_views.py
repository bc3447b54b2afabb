"""The thumbnails of known pictures: those that a model learned from, where the owner keeps them on the server."""

from __future__ import annotations

import io

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from recognizer import ImageError
from recognizer.images.decode import decode, read_file
from webui import services
from webui.explain.page import answered_with_a_page
from webui.history.pictures import THUMBNAIL_SIDE
from webui.inference import client_watch

_MAX_AGE_S = 3600


@require_safe
@answered_with_a_page
def known_picture(request: HttpRequest, number: int) -> HttpResponse:
    """`/look/known/<number>.jpg`: a small copy of one of the known pictures."""
    if settings.ENVIRONMENT.training_pictures is None:
        raise Http404
    shared = services.current()
    known = shared.workbench.known_pictures(shared.model.recognizer())
    path = None if known is None else known.path(number)
    if path is None:
        raise Http404
    with shared.admission.slot(gone=client_watch.gone(request.META)):
        try:
            picture = decode(read_file(path), needed_short_side=THUMBNAIL_SIDE).rgb
        except (ImageError, OSError) as err:
            raise Http404 from err
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        picture.info.clear()
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=75)
    response = HttpResponse(buffer.getvalue(), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=_MAX_AGE_S)
    return response
