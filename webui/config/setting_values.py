"""Reads the value of an environment variable, strictly: each reader raises `ValueError` with what it expects."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import dj_database_url

from recognizer import folders
from webui.config import public_url
from webui.config.storage_address import StorageAddress

# `django.core.checks.security.base.SECRET_KEY_MIN_LENGTH`, which `check --deploy` asks for.
_SECRET_KEY_MIN_LENGTH = 50
_TOKEN_MIN_LENGTH = 16


def flag(text: str) -> bool:
    """True or false, in no other spelling."""
    try:
        return {"0": False, "false": False, "1": True, "true": True}[text]
    except KeyError:
        raise ValueError("Expected 0, 1, true or false") from None


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers between two, both included."""

    def parse(text: str) -> int:
        # No sign, no space, no underscore, no digits of other scripts: `int` would take them all.
        if re.fullmatch(r"[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"Expected a whole number from {least} to {most}")

    return parse


def secret_key(text: str) -> str:
    """A key that is long enough to be one."""
    if len(text) < _SECRET_KEY_MIN_LENGTH:
        raise ValueError(f"Expected at least {_SECRET_KEY_MIN_LENGTH} random characters")
    return text


def token(text: str) -> str:
    """A word that is long enough not to be guessed, and can stand in a header."""
    if len(text) < _TOKEN_MIN_LENGTH or not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError(f"Expected at least {_TOKEN_MIN_LENGTH} random ASCII characters without spaces")
    return text


def host_names(text: str) -> tuple[str, ...]:
    """Names and addresses, separated by commas."""
    try:
        return tuple(_host_name(name.strip()) for name in text.split(","))
    except ValueError:
        expected = "Expected host names separated by commas, such as example.org,www.example.org, without port"
        raise ValueError(expected) from None


def _host_name(text: str) -> str:
    return f".{public_url.ascii_host(text[1:])}" if text.startswith(".") else public_url.ascii_host(text)


def origins(text: str) -> tuple[str, ...]:
    """Origins of web pages, separated by commas, or a star for all of them."""
    if text == "*":
        return ("*",)
    try:
        return tuple(public_url.origin(part.strip()) for part in text.split(","))
    except ValueError:
        expected = "Expected origins separated by commas, such as https://example.org,http://localhost:3000, or *"
        raise ValueError(expected) from None


def bind_address(text: str) -> str:
    """An address to listen on."""
    try:
        return "127.0.0.1" if text == "localhost" else str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("Expected an IP address of this machine, such as 127.0.0.1 or 0.0.0.0") from None


def model_file(text: str) -> Path:
    """A model file, which need not be there yet."""
    if not text or "\0" in text:
        raise ValueError("Expected the path of a model file, such as models/animals-3.h5")
    return folders.expanded(text)


def folder(text: str) -> Path:
    """A folder, which need not be there yet."""
    if not text or "\0" in text:
        raise ValueError("Expected the path of a folder, such as /var/lib/menagerie")
    return folders.expanded(text)


def database_url(text: str) -> str:
    """The address of a PostgreSQL database, or the file of an SQLite one."""
    expected = "Expected postgres://user:password@host:5432/name, or sqlite:////path/to/file"
    if text.startswith("sqlite:"):
        return _sqlite_url(text)
    if text.startswith("postgres") and find_spec("psycopg") is None:
        raise ValueError(f"Expected what PostgreSQL takes to be installed: {folders.install_line('postgres')}")
    if not re.match(r"(postgres|postgresql)://.", text):
        raise ValueError(expected)
    try:
        found = dj_database_url.parse(text)
    except ValueError as err:
        raise ValueError(expected) from err
    if not found["NAME"] or "\0" in text:
        raise ValueError(expected)
    return text


def _sqlite_url(text: str) -> str:
    # What is more than a path would be dropped without a word; what is kept in memory, each process would have alone.
    if re.fullmatch(r"sqlite:///[^?#\0]+", text) and not text.endswith("/:memory:"):
        return text
    raise ValueError(
        "Expected sqlite:// and the path of a file, such as sqlite:////var/lib/menagerie/menagerie.sqlite3,"
        " without host, options or :memory:; in the path write # as %23 and ? as %3F"
    )


def storage(text: str) -> StorageAddress:
    """The address of a storage for several servers."""
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ValueError(f"Expected what an object storage takes to be installed: {folders.install_line('s3')}")
    return StorageAddress.parse(text)
