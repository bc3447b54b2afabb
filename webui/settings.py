"""Django's settings, made from the environment."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any

from webui import secret_key, startup
from webui.environment import SettingsError

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = startup.environment_or_exit()

DEBUG = ENVIRONMENT.debug
try:
    SECRET_KEY = ENVIRONMENT.secret_key or secret_key.read_or_create(BASE_DIR / "var" / "secret-key")
except SettingsError as err:
    startup.stop(err, exit_code=2)
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)

ROOT_URLCONF = "webui.urls"
WSGI_APPLICATION = "webui.wsgi.application"
INSTALLED_APPS = [
    # WhiteNoise serves the static files, with `manage.py runserver` as well.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "webui",
]
MIDDLEWARE = [
    "webui.middleware.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "webui.middleware.refuse_large_requests",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# Nothing is stored at this stage: no history, no accounts.
DATABASES: dict[str, Any] = {}

# Uploads stay in memory. `uploads.py` bounds each file, `middleware.py` the whole request, Django the number
# of files: one more than a request may have, because a form sends its empty second field as a file too.
FILE_UPLOAD_HANDLERS = ["webui.uploads.BoundedMemoryUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 17
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
# Our few small files are served from where they lie: no collectstatic before the first start.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 60
WHITENOISE_ALLOW_ALL_ORIGINS = False

CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "webui.pages.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

if ENVIRONMENT.https:
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]  # Probes come from beside us, without the proxy.
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SILENCED_SYSTEM_CHECKS = [
        # Whether all sub-domains speak HTTPS, and whether the name goes onto the browsers' preload lists, is
        # for the owner of the domain to say. Both bind names we do not serve and take months to undo.
        "security.W005",
        "security.W021",
    ]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(message)s"},
        "full": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
    },
    "filters": {
        # Django logs every 5xx as an error; "not ready yet" and "too busy" are answers, not faults.
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE,
        },
    },
    "handlers": {
        "plain": {"class": "logging.StreamHandler", "formatter": "plain"},
        "full": {"class": "logging.StreamHandler", "formatter": "full", "filters": ["faults"]},
    },
    "loggers": {
        "django": {"handlers": ["full"], "level": "INFO" if DEBUG else "ERROR", "propagate": False},
        # A wrong host name is answered with 400. Whoever scans the network would fill the log with tracebacks.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "webui": {"handlers": ["full"], "level": "INFO", "propagate": False},
        "webui.ready": {"handlers": ["plain"], "level": "INFO", "propagate": False},
    },
}
