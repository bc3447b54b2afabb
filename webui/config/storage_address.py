"""The address of an S3-compatible storage, as MENAGERIE_STORAGE says it: bucket, prefix, and where its server is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from recognizer.addresses import is_web_address

_EXPECTED = "Expected s3://bucket/prefix, such as s3://menagerie/farm?endpoint_url=http://127.0.0.1:9000"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# What every server takes in a name, and needs no escaping.
_PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_OPTIONS = ("endpoint_url", "region")


@dataclass(frozen=True)
class StorageAddress:
    """Where a storage is. Its keys are no part of it: they come from the environment, as AWS's own tools take them."""

    bucket: str
    prefix: str = ""
    """Begins the names of all objects, without slashes at its ends; empty where the bucket has nothing else."""
    endpoint_url: str | None = None
    """Of the server; None for AWS."""
    region: str | None = None

    @classmethod
    def parse(cls, text: str) -> StorageAddress:
        """Reads an address.

        Raises:
            ValueError: with what is expected.
        """
        try:
            parts = urlsplit(text)
            given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        except ValueError:
            raise ValueError(_EXPECTED) from None
        options = dict(given)
        if "@" in parts.netloc:
            raise ValueError(f"{_EXPECTED}. Keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise ValueError(f"{_EXPECTED}, with no options but {' and '.join(_OPTIONS)}; not {unknown[0]}")
        prefix = parts.path.strip("/")
        is_plain = parts.scheme == "s3" and not parts.fragment and len(options) == len(given)
        if not is_plain or not _BUCKET.fullmatch(parts.netloc) or (prefix and not _PREFIX.fullmatch(prefix)):
            raise ValueError(_EXPECTED)
        return cls(parts.netloc, prefix, _endpoint(options.get("endpoint_url")), _region(options.get("region")))

    def __str__(self) -> str:
        """For people, such as "bucket menagerie at http://127.0.0.1:9000"."""
        return f"bucket {self.bucket} at {self.endpoint_url or 'AWS'}"


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    parts = urlsplit(text) if is_web_address(text) else None
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{_EXPECTED}; endpoint_url is http or https, a host and a port, and no more")
    return text.rstrip("/")


def _region(text: str | None) -> str | None:
    if text is not None and not _REGION.fullmatch(text):
        raise ValueError(f"{_EXPECTED}; region is a name such as eu-central-1")
    return text
