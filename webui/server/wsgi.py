"""The application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from webui.server.readable_headers import ReadableHeaders
from webui.server.wsgi_body import ChunkedBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.config.settings")

application = ChunkedBodies(
    ReadableHeaders(get_wsgi_application()),
    max_bytes=settings.ENVIRONMENT.max_request_bytes,
    max_streamed_bytes=settings.ENVIRONMENT.batch_bytes,
)
