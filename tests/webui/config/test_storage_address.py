"""The address of a storage, as it is typed."""

from __future__ import annotations

import pytest

from webui.config.storage_address import StorageAddress


def test_a_bucket_is_enough() -> None:
    assert StorageAddress.parse("s3://menagerie") == StorageAddress("menagerie")


def test_prefix_server_and_region_are_read() -> None:
    read = StorageAddress.parse("s3://menagerie/farm/one/?endpoint_url=http://127.0.0.1:9000/&region=eu-central-1")

    assert read == StorageAddress("menagerie", "farm/one", "http://127.0.0.1:9000", "eu-central-1")
    assert str(read) == "bucket menagerie at http://127.0.0.1:9000"


def test_what_is_no_such_address_is_refused() -> None:
    for text in (
        "",
        "menagerie",
        "http://menagerie",
        "s3://",
        "s3://UPPER",
        "s3://a",
        "s3://menagerie/../up",
        "s3://menagerie/a//b",
        "s3://menagerie/a b",
        "s3://menagerie#x",
        "s3://menagerie?endpoint_url=",
        "s3://menagerie?endpoint_url=127.0.0.1:9000",
        "s3://menagerie?endpoint_url=http://127.0.0.1:9000/path",
        "s3://menagerie?endpoint_url=http://key:secret@127.0.0.1",
        "s3://menagerie?endpoint_url=http://a&endpoint_url=http://b",
        "s3://menagerie?region=EU",
        "s3://menagerie?garbage",
        "s3://[menagerie",
    ):
        with pytest.raises(ValueError, match="Expected s3://bucket/prefix"):
            StorageAddress.parse(text)


def test_keys_are_sent_where_they_belong() -> None:
    with pytest.raises(ValueError, match="Keys belong into AWS_ACCESS_KEY_ID"):
        StorageAddress.parse("s3://key:secret@menagerie")


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(ValueError, match=r"not endpoint$"):
        StorageAddress.parse("s3://menagerie?endpoint=http://127.0.0.1")
