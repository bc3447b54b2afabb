"""The application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from webui.server.form_request import FormRequest
from webui.server.readable_headers import ReadableHeaders
from webui.server.wsgi_body import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.config.settings")

_django = get_wsgi_application()
_django.request_class = FormRequest
application = ChunkedBodies(
    ReadableHeaders(_django),
    max_bytes=settings.ENVIRONMENT.max_request_bytes,
    max_streamed_bytes=settings.ENVIRONMENT.batch_bytes,
)
