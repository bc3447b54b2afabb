"""Django's settings, made from the environment."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from webui.config import database, environment, secret_key, static_files

ENVIRONMENT = environment.read_or_exit()

DEBUG = ENVIRONMENT.debug
try:
    SECRET_KEY = ENVIRONMENT.secret_key or secret_key.read_or_create(ENVIRONMENT.data / "secret-key")
except environment.SettingsError as err:
    environment.stop(err, exit_code=2)
# `shell/address.py` says which hosts we answer to, before anything asks for the host: probes may come by any name, and
# IP addresses cannot be listed.
ALLOWED_HOSTS = ["*"]
FORCE_SCRIPT_NAME = (ENVIRONMENT.public_url.prefix or None) if ENVIRONMENT.public_url else None

ROOT_URLCONF = "webui.urls"
WSGI_APPLICATION = "webui.server.wsgi.application"
INSTALLED_APPS = [
    # WhiteNoise serves the static files, with `manage.py runserver` as well.
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "webui",  # Before the admin, whose frame it changes.
    "django.contrib.admin",
    "axes",
    "django_tasks",
    "django_tasks_db",
    "webui.accounts",
    "webui.drift",
    "webui.history",
    "webui.review",
    "webui.versions",
    "webui.backup",
    "webui.jobs",
    "webui.exports",
    "webui.dreams",
    "webui.batches",
    "webui.studio",
]
MIDDLEWARE = [
    "webui.shell.request_ids.give_request_ids",
    "webui.metrics.views.count_requests",
    "webui.tracing.middleware.trace_requests",
    "webui.shell.middleware.security_headers",
    "webui.protocols.error_shapes.answer_in_its_shape",  # Whoever refuses.
    "webui.shell.address.own_address_only",
    "webui.shell.cross_origin.let_other_pages_ask",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webui.shell.middleware.compress_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webui.accounts.session_user.nobody_without_database",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "webui.accounts.access.restrict",
    "webui.shell.middleware.show_where_forms_go",
    "webui.shell.middleware.refuse_large_requests",  # Its answer is a page, which not everybody may see.
    "axes.middleware.AxesMiddleware",
    "webui.jobs.home.only_at_home",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "webui.shell.navigation.places",
                "webui.shell.navigation.theme",
            ],
        },
    },
]

DATABASES = {"default": database.configuration(ENVIRONMENT)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "webui.accounts.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# Five wrong passwords for one account from one address, and it waits a quarter of an hour. Not for the account alone:
# anybody could lock it. `accounts/login.py` limits what one address may try on many accounts.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # The page says when it ends.
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "webui.accounts.client_address.client_address"
AXES_LOCKOUT_CALLABLE = "webui.accounts.login.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # Who logged in when, and from where, is not written down.
AXES_VERBOSE = False

SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# What takes pictures reads its request itself, in memory, see `uploads.py`; the others take no files.
FILE_UPLOAD_HANDLERS = ["webui.inference.uploads.NoFiles"]
MAX_IMAGES = 16  # In one request.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100  # A page of the history has 50 boxes to tick.

# The queue of long work, see `jobs/`; Django's own interface from 6.0 on.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = static_files.folder()  # What is not there is served from where it lies.
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": static_files.HASHED if STATIC_ROOT else static_files.PLAIN},
}
if ENVIRONMENT.storage:
    STORAGES["objects"] = {
        "BACKEND": "webui.config.object_storage.ObjectStorage",
        "OPTIONS": {"address": ENVIRONMENT.storage},
    }
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 0 if DEBUG else 60
WHITENOISE_ALLOW_ALL_ORIGINS = False

CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "webui.shell.error_views.csrf_failure"
# The camera is for two pages, see `classify/camera.py`; a file field needs no permission.
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

if ENVIRONMENT.public_url:
    CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url.origin]  # Whatever `Host` the proxy says.
if ENVIRONMENT.https:
    SESSION_COOKIE_NAME = f"{ENVIRONMENT.cookie_prefix}sessionid"
    CSRF_COOKIE_NAME = f"{ENVIRONMENT.cookie_prefix}csrftoken"
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if ENVIRONMENT.public_url is None or ENVIRONMENT.public_url.has_host_to_itself:
        SECURE_HSTS_SECONDS = 365 * 24 * 3600  # For all ports and paths of the host.
    SILENCED_SYSTEM_CHECKS = [
        "security.W004",  # No HSTS: see above.
        "security.W008",  # `shell/address.py` redirects, and knows where to.
        # Whether all sub-domains speak HTTPS, and whether the name goes onto the browsers' preload lists, is
        # for the owner of the domain to say. Both bind names we do not serve and take months to undo.
        "security.W005",
        "security.W021",
    ]

_JSON = ENVIRONMENT.log == "json"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(message)s"},
        "full": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"},
        "json": {"()": "webui.config.json_log.JsonLines"},
    },
    "filters": {
        # Django logs every 5xx as an error; "not ready yet" and "too busy" are answers, not faults.
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE,
        },
        "limited": {"()": "webui.config.limited_log.LimitedLog"},
        "ids": {"()": "webui.shell.request_ids.RequestIds"},
        "secrets": {"()": "webui.config.log_secrets.WithoutTokens"},
    },
    "handlers": {
        "plain": {"class": "logging.StreamHandler", "formatter": "json" if _JSON else "plain"},
        "full": {
            "class": "logging.StreamHandler",
            "formatter": "json" if _JSON else "full",
            "filters": ["faults", "limited", "secrets", "ids"],
        },
    },
    "loggers": {
        "django": {"handlers": ["full"], "level": "INFO" if DEBUG else "ERROR", "propagate": False},
        # Wrong host names, and forms that are too large, are answered with 400. Whoever scans the network would fill
        # the log with tracebacks.
        "django.security": {"level": "CRITICAL"},
        # It writes a line for each wrong password, in which nothing is readable; see `accounts/login.py`.
        "axes": {"level": "ERROR"},
        # Of broken pictures, such as libtiff's own lines.
        "recognizer": {"handlers": ["full"], "level": "WARNING", "propagate": False},
        "webui": {"handlers": ["full"], "level": "INFO", "propagate": False},
        "webui.ready": {"handlers": ["plain"], "level": "INFO", "propagate": False},
    },
}
