"""Reads the settings from environment variables, strictly.

    os.environ -> pydantic-settings -> Environment -> settings.py, gunicorn_conf.py

A wrong value stops the start with name, value and cure; so does a `MENAGERIE_*` name we do not know.
"""

from __future__ import annotations

import difflib
import ipaddress
import math
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from recognizer import folders, machine
from recognizer.errors import MenagerieError, OperatorError
from recognizer.images.decoding_limits import MAX_MEMORY_BYTES
from webui.config import setting_values
from webui.config.public_url import PublicUrl, own_address
from webui.config.storage_address import StorageAddress

PREFIX = "MENAGERIE_"

# Read by the tests, and by `classify --server` and `frigate`, not by a server.
_OTHERS_VARIABLES = frozenset({"MENAGERIE_REQUIRE_BROWSER", "MENAGERIE_KEY"})
_SECRETS = frozenset({"MENAGERIE_SECRET_KEY", "MENAGERIE_METRICS_TOKEN", "DATABASE_URL", "MENAGERIE_STORAGE"})
# Kubernetes sets these in every container beside a Service that is called "menagerie", or "menagerie-postgresql".
# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
_KUBERNETES = re.compile(
    r"MENAGERIE_(\w+_)?(SERVICE_(HOST|PORT)(_\w+)?=|PORT_\d+_(TCP|UDP|SCTP)\w*=|PORT=(tcp|udp|sctp)://)"
)

# A process computes well with up to so many threads; with more it gains less than a second process does.
_CORES_PER_WORKER = 4
# The engine takes 0.2 GiB; the pictures that are being received and decoded take the rest.
_BYTES_PER_WORKER = 2**30
_MAX_WORKERS = 64
_MAX_THREADS = 64

# Requests that wait for nothing: the page, its files, the probes, and those that are turned away.
_SPARE_REQUEST_THREADS = 8


# The least memory for decoding: what one picture may take.
_DECODING_MB = MAX_MEMORY_BYTES // 2**20

# Where others can reach us, and nothing else is said: ten a second, for minutes.
_PICTURES_PER_MINUTE = 600

Flag = Annotated[bool, BeforeValidator(setting_values.flag)]
Folder = Annotated[Path, BeforeValidator(setting_values.folder)]


_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class SettingsError(OperatorError):
    """One or more environment variables are wrong."""

    code = "invalid_settings"
    title = "The settings are wrong"


def _default_workers() -> int:
    by_cores = math.ceil(machine.cores() / _CORES_PER_WORKER)
    return max(1, min(by_cores, machine.memory_bytes() // _BYTES_PER_WORKER, _MAX_WORKERS))


def _default_threads(earlier: Mapping[str, int]) -> int:
    return max(1, min(machine.cores() // earlier["workers"], _MAX_THREADS))


def _default_decoding_mb(earlier: Mapping[str, int]) -> int:
    return max(_DECODING_MB, machine.memory_bytes() // earlier["workers"] // 4 // 2**20)


def _default_pictures_per_minute(earlier: Mapping[str, Any]) -> int:
    alone = ipaddress.ip_address(earlier["host"]).is_loopback and not _is_behind_proxy(earlier)
    return 0 if alone else _PICTURES_PER_MINUTE


def _is_behind_proxy(earlier: Mapping[str, Any]) -> bool:
    public: PublicUrl | None = earlier["public_url"]
    if public is None or earlier["https"]:
        return bool(earlier["https"])
    # Who opens our own port on the network comes to us, and may write any address into X-Forwarded-For.
    return public.port != earlier["port"] or ipaddress.ip_address(earlier["host"]).is_loopback


def _default_https(earlier: Mapping[str, Any]) -> bool:
    public: PublicUrl | None = earlier["public_url"]
    return public is not None and public.scheme == "https"


def _agrees_with_public_url(https: bool, validated: ValidationInfo) -> bool:
    public: PublicUrl | None = validated.data.get("public_url")
    if public is not None and https != (public.scheme == "https"):
        raise ValueError(f"Expected what MENAGERIE_PUBLIC_URL says, which begins with {public.scheme}")
    return https


def _is_postgresql(database_url: str | None) -> bool:
    return (database_url or "").startswith("postgres")


def _has_a_key_of_all_servers(storage: StorageAddress | None, validated: ValidationInfo) -> StorageAddress | None:
    if storage and _is_postgresql(validated.data.get("database_url")) and not validated.data.get("secret_key"):
        raise ValueError(
            "Expected MENAGERIE_SECRET_KEY beside it, the same on all servers: with a key of each one's own, people"
            " would be logged out by every other request, and no server would take another's compiled models"
        )
    return storage


class Environment(BaseSettings):
    """Every setting, its default, and what it means; the alias is the variable's name."""

    model_config = SettingsConfigDict(
        case_sensitive=True, frozen=True, extra="forbid", validate_default=False, hide_input_in_errors=True
    )

    debug: Flag = Field(
        default=False,
        alias="MENAGERIE_DEBUG",
        description="1 shows Django's error pages, with code and settings, to everyone. For development only.",
    )
    secret_key: Annotated[str | None, BeforeValidator(setting_values.secret_key)] = Field(
        default=None,
        alias="MENAGERIE_SECRET_KEY",
        description="Signs form tokens; at least 50 random characters. Default: made once and kept in the data folder.",
    )
    data: Folder = Field(
        default_factory=folders.data,
        alias="MENAGERIE_DATA",
        description="Folder of the database, the pictures of the history and the secret key.",
    )
    database_url: Annotated[str | None, BeforeValidator(setting_values.database_url)] = Field(
        default=None,
        alias="DATABASE_URL",
        description="postgres://user:password@host:5432/name. Default: an SQLite file in the data folder.",
    )
    storage: Annotated[
        StorageAddress | None,
        NoDecode,
        BeforeValidator(setting_values.storage),
        AfterValidator(_has_a_key_of_all_servers),
    ] = Field(
        default=None,
        alias="MENAGERIE_STORAGE",
        description="s3://bucket/prefix?endpoint_url=...: an S3 storage for pictures, and models, of several servers.",
    )
    keep_days: Annotated[int, BeforeValidator(setting_values.whole_number(0, 36500))] = Field(
        default=30,
        alias="MENAGERIE_KEEP_DAYS",
        description="Days that answers and their pictures are kept, 0 to 36500; 0 keeps nothing.",
    )
    keep_gb: Annotated[int, BeforeValidator(setting_values.whole_number(1, 100_000))] = Field(
        default=5,
        alias="MENAGERIE_KEEP_GB",
        description="Most disk space for the pictures of the history, in GB, 1 to 100000; the oldest answers go first.",
    )
    access: Literal["open", "members", "staff"] = Field(
        default="open",
        alias="MENAGERIE_ACCESS",
        description="Who may use the site: open to everyone, members who have an account, or staff only.",
    )
    public_url: Annotated[PublicUrl | None, NoDecode, BeforeValidator(PublicUrl.parse)] = Field(
        default=None,
        alias="MENAGERIE_PUBLIC_URL",
        description="Where people open the site, if through a proxy: https://example.org/ or https://example.org/animals/.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(setting_values.host_names)] = Field(
        default=(),
        alias="MENAGERIE_ALLOWED_HOSTS",
        description="More host names to answer to, separated by commas; a leading dot includes sub-domains.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(setting_values.origins)] = Field(
        default=(),
        alias="MENAGERIE_CORS_ORIGINS",
        description="Origins of other web pages that may use the API, separated by commas; * is all of them.",
    )
    https: Annotated[Flag, AfterValidator(_agrees_with_public_url)] = Field(
        default_factory=_default_https,
        alias="MENAGERIE_HTTPS",
        description="1 behind a proxy that speaks HTTPS and sets X-Forwarded-Proto: secure cookies, redirect, HSTS.",
    )
    models: Folder = Field(
        default_factory=folders.models,
        alias="MENAGERIE_MODELS",
        description="Folder of the model files and of ACTIVE, which names the one to serve.",
    )
    model: Annotated[Path | None, BeforeValidator(setting_values.model_file)] = Field(
        default=None,
        alias="MENAGERIE_MODEL",
        description="The model file to serve. Default: the one that ACTIVE in the models folder names.",
    )
    workers: Annotated[int, BeforeValidator(setting_values.whole_number(1, _MAX_WORKERS))] = Field(
        default_factory=_default_workers,
        alias="MENAGERIE_WORKERS",
        description="Server processes, 1 to 64. Each holds the whole model in memory.",
    )
    threads: Annotated[int, BeforeValidator(setting_values.whole_number(1, _MAX_THREADS))] = Field(
        default_factory=_default_threads,
        alias="MENAGERIE_THREADS",
        description="Threads that the network of one process computes with, 1 to 64.",
    )
    precision: Literal["auto", "int8", "bf16", "f32"] = Field(
        default="auto",
        alias="MENAGERIE_PRECISION",
        description="Numbers the network computes with: int8, bf16, f32, or auto, the fastest that is accurate enough.",
    )
    second_look: Flag = Field(
        default=True,
        alias="MENAGERIE_SECOND_LOOK",
        description="0 looks at each picture once; else an unsure answer looks again, at the part that matters most.",
    )
    training_pictures: Annotated[Path | None, BeforeValidator(setting_values.folder)] = Field(
        default=None,
        alias="MENAGERIE_TRAINING_PICTURES",
        description="Folder of known pictures, whose nearest Look inside shows to everyone who may use the site.",
    )
    queue_size: Annotated[int, BeforeValidator(setting_values.whole_number(1, 1000))] = Field(
        default=32,
        alias="MENAGERIE_QUEUE",
        description="Requests of one process that may wait for their turn, 1 to 1000; more are answered with 503.",
    )
    queue_timeout_s: Annotated[int, BeforeValidator(setting_values.whole_number(1, 60))] = Field(
        default=5,
        alias="MENAGERIE_QUEUE_TIMEOUT_S",
        description="Seconds that a request waits for its turn before it is answered with 503, 1 to 60.",
    )
    max_request_mb: Annotated[int, BeforeValidator(setting_values.whole_number(20, 1024))] = Field(
        default=64,
        alias="MENAGERIE_MAX_REQUEST_MB",
        description="Largest request that is read, in MB, 20 to 1024; larger ones are answered with 413.",
    )
    decoding_mb: Annotated[int, BeforeValidator(setting_values.whole_number(_DECODING_MB, 1_000_000))] = Field(
        default_factory=_default_decoding_mb,
        alias="MENAGERIE_DECODING_MB",
        description="Memory that one process may decode large pictures in at the same time, in MB, 512 to 1000000.",
    )
    worker: Flag = Field(
        default=True,
        alias="MENAGERIE_WORKER",
        description="0 starts no worker for long work beside the server; `manage work` can run elsewhere.",
    )
    jobs: Annotated[int, BeforeValidator(setting_values.whole_number(1, 1000))] = Field(
        default=10,
        alias="MENAGERIE_JOBS",
        description="Jobs that may wait (trainings, batches, dreams, exports, comparisons), 1 to 1000; more are refused"
        " with a sentence.",
    )
    studio_gb: Annotated[int, BeforeValidator(setting_values.whole_number(0, 100_000))] = Field(
        default=20,
        alias="MENAGERIE_STUDIO_GB",
        description="Most disk space for the pictures of all projects of Studio, in GB, 0 to 100000; 0 takes none.",
    )
    job_minutes: Annotated[int, BeforeValidator(setting_values.whole_number(1, 1440))] = Field(
        default=10,
        alias="MENAGERIE_JOB_MINUTES",
        description="Minutes that one dream may take, 1 to 1440, before it is stopped.",
    )
    job_threads: Annotated[int, BeforeValidator(setting_values.whole_number(1, _MAX_THREADS))] = Field(
        default=1,
        alias="MENAGERIE_JOB_THREADS",
        description="Cores for a dream or a training, 1 to 64; a batch takes what nobody else wants.",
    )
    job_nice: Annotated[int, BeforeValidator(setting_values.whole_number(0, 19))] = Field(
        default=19,
        alias="MENAGERIE_JOB_NICE",
        description="How far the worker gives way to all else on the machine: 19 entirely, 0 not at all.",
    )
    batch_mb: Annotated[int, BeforeValidator(setting_values.whole_number(1, 100_000))] = Field(
        default=2048,
        alias="MENAGERIE_BATCH_MB",
        description="Largest batch, in MB, 1 to 100000: of what is sent, and of its pictures once they are unpacked.",
    )
    batches_gb: Annotated[int, BeforeValidator(setting_values.whole_number(1, 100_000))] = Field(
        default=10,
        alias="MENAGERIE_BATCHES_GB",
        description="Most disk space for batches, in GB, 1 to 100000; those of one person may take half of it.",
    )
    host: Annotated[str, BeforeValidator(setting_values.bind_address)] = Field(
        default="127.0.0.1",
        alias="MENAGERIE_HOST",
        description="IP address to listen on; 0.0.0.0 listens on all of them.",
    )
    port: Annotated[int, BeforeValidator(setting_values.whole_number(1, 65535))] = Field(
        default=8000,
        alias="PORT",
        description="TCP port to listen on, 1 to 65535.",
    )
    pictures_per_minute: Annotated[int, BeforeValidator(setting_values.whole_number(0, 1_000_000))] = Field(
        default_factory=_default_pictures_per_minute,
        alias="MENAGERIE_RATE",
        description="Pictures that one client may have answered in a minute, 0 to 1000000; 0 is no limit.",
    )

    metrics_token: Annotated[str | None, BeforeValidator(setting_values.token)] = Field(
        default=None,
        alias="MENAGERIE_METRICS_TOKEN",
        description="Who sends it as Authorization: Bearer gets /metrics, for Prometheus; at least 16 characters.",
    )

    log: Literal["text", "json"] = Field(
        default="text",
        alias="MENAGERIE_LOG",
        description="How lines of the log are written: text for people, or json, one object a line, for programs.",
    )

    @property
    def max_request_bytes(self) -> int:
        """`max_request_mb` in bytes."""
        return self.max_request_mb * 2**20

    @property
    def is_one_of_several(self) -> bool:
        """Whether other servers may share what this one keeps: they have one database and one storage."""
        return self.storage is not None and _is_postgresql(self.database_url)

    @property
    def batch_bytes(self) -> int:
        """`batch_mb` in bytes."""
        return self.batch_mb * 2**20

    @property
    def batches_bytes(self) -> int:
        """`batches_gb` in bytes."""
        return self.batches_gb * 2**30

    @property
    def running_requests(self) -> int:
        """Requests of one process that are decoded and computed at the same time.

        One more than the network has threads, so that one is decoded while the others are computed.
        """
        return self.threads + 1

    @property
    def request_threads(self) -> int:
        """Threads of one process that answer requests: one for each that runs or waits, and some to spare."""
        waiting = self.queue_size + math.ceil(self.queue_size / 2)  # Light and heavier ones, see `admission.py`.
        return self.running_requests + waiting + _SPARE_REQUEST_THREADS

    @property
    def address(self) -> str:
        """Host and port as in a URL: 127.0.0.1:8000, [::1]:8000."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def behind_proxy(self) -> bool:
        """Whether clients come through a proxy, which says in X-Forwarded-For who they are."""
        return _is_behind_proxy({name: getattr(self, name) for name in ("public_url", "https", "port", "host")})

    @property
    def listens_everywhere(self) -> bool:
        """Whether the server is reached by whatever addresses the machine has."""
        return ipaddress.ip_address(self.host).is_unspecified

    @property
    def host_names(self) -> tuple[str, ...]:
        """The host names and addresses to answer to, as in a URL."""
        public = (self.public_url.host,) if self.public_url else ()
        own = () if self.listens_everywhere else (_bracketed(self.host),)
        return tuple(dict.fromkeys((*public, *self.allowed_hosts, *own, *_LOCAL_HOSTS)))

    @property
    def url(self) -> str:
        """Where people can open the site, as far as this machine knows."""
        if self.public_url:
            return str(self.public_url)
        host = own_address(self.host) if self.listens_everywhere else self.host
        return f"http://{_bracketed(host)}:{self.port}"

    @property
    def cookie_prefix(self) -> str:
        """What begins the cookies' names, so that no sub-domain can plant one: browsers then take them over HTTPS only.

        `__Host-` binds a cookie to this very host and to all of its paths. Below a path `__Secure-` must do.
        """
        if not self.https:
            return ""
        return "__Secure-" if self.public_url and self.public_url.prefix else "__Host-"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


DESCRIPTIONS: Mapping[str, str] = {
    str(field.alias): str(field.description) for field in Environment.model_fields.values()
}
"""Name of each variable -> what it means. The documentation is checked against it."""


def read() -> Environment:
    """Picks our settings out of all environment variables.

    Raises:
        SettingsError: a wrong value or an unknown `MENAGERIE_*` name; all of them, one a line.
    """
    problems = [_unknown(name) for name in sorted(os.environ) if _is_unknown(name)]
    try:
        environment = Environment()
    except ValidationError as err:
        # A default that follows from a wrong value is not wrong itself.
        wrong = [dict(error) for error in err.errors() if error["type"] != "default_factory_not_called"]
        problems += map(_sentence, wrong)
    if problems:
        raise SettingsError("\n".join(problems))
    return environment


def read_or_exit() -> Environment:
    """The settings of this process; a wrong one ends it with exit code 2."""
    try:
        return read()
    except SettingsError as err:
        stop(err, exit_code=2)


def stop(reason: MenagerieError, *, exit_code: int) -> NoReturn:
    """Ends the process with the reason, and no traceback, on the standard error."""
    print(f"Menagerie cannot start.\n{reason}", file=sys.stderr, flush=True)
    sys.exit(exit_code)


def _is_unknown(name: str) -> bool:
    known = name in DESCRIPTIONS or name in _OTHERS_VARIABLES or _KUBERNETES.match(f"{name}={os.environ[name]}")
    return name.startswith(PREFIX) and not known


def _unknown(name: str) -> str:
    names = {known.removeprefix(PREFIX): known for known in DESCRIPTIONS}
    nearest = difflib.get_close_matches(name.removeprefix(PREFIX), names, n=1)
    cure = f"Did you mean {names[nearest[0]]}?" if nearest else f"There are: {', '.join(DESCRIPTIONS)}."
    return f"{name}: There is no setting of this name. {cure}"


def _sentence(error: dict[str, Any]) -> str:
    name = str(error["loc"][0])
    expected = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "Expected")
    value = "(not shown)" if name in _SECRETS else repr(os.environ[name])
    return f"{name}: {expected}. Received: {value}. Unset it for the default."
