"""Objects of a storage: written, read and removed; and what its failures say."""

from __future__ import annotations

import errno
import io
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.storage import Storage
from django.core.management import CommandError, call_command

from tests.webui.conftest import SettingsOf
from tests.webui.storages import BUCKET, refusing, s3rver
from webui.config.object_storage import ObjectStorage, check
from webui.config.shared_storage import StorageError, StorageUnusable
from webui.config.storage_address import StorageAddress


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def error_of(address: StorageAddress) -> str:
    with pytest.raises(StorageUnusable) as caught:
        check(address)
    return str(caught.value)


def test_what_was_written_is_read_as_it_was(storage: ObjectStorage) -> None:
    data = bytes(range(256)) * 200
    assert isinstance(storage, Storage)

    storage.write("a/b.jpg", data)
    copied = io.BytesIO()
    storage.copy_to("a/b.jpg", copied)

    assert storage.read("a/b.jpg") == copied.getvalue() == data
    assert storage.has("a/b.jpg")


def test_what_is_not_there_is_a_file_that_is_not_there(storage: ObjectStorage) -> None:
    storage.remove("gone")

    assert not storage.has("gone")
    with pytest.raises(FileNotFoundError):
        storage.read("gone")


def test_old_objects_below_a_folder_are_listed_by_their_names(storage: ObjectStorage) -> None:
    for name in ("pictures/1.jpg", "pictures/2.jpg", "pictures2/3.jpg"):
        storage.write(name, b"x")

    assert sorted(storage.written_before("pictures", time.time() + 60)) == ["pictures/1.jpg", "pictures/2.jpg"]
    assert list(storage.written_before("pictures", time.time() - 60)) == []


def test_threads_share_one_client(storage: ObjectStorage) -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(storage.connection))
    thread.start()
    thread.join()

    assert found == [storage.connection]


def test_a_storage_that_can_be_used_passes(storage: ObjectStorage, object_server: StorageAddress) -> None:
    check(replace(object_server, prefix=""))

    assert list(storage.written_before("check", time.time() + 60)) == []


def test_a_bucket_that_is_not_there_is_named_with_a_cure(object_server: StorageAddress) -> None:
    text = error_of(replace(object_server, bucket="another"))

    assert "bucket another at" in text
    assert "no such bucket. Make it" in text


def test_without_keys_the_settings_are_named(object_server: StorageAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")

    assert "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in error_of(object_server)


def test_each_refusal_says_its_cause_and_its_cure() -> None:
    refusals: list[tuple[int, str]] = []
    said = {
        (403, "InvalidAccessKeyId"): "does not take the keys. Set AWS_ACCESS_KEY_ID",
        (403, "SignatureDoesNotMatch"): "does not take the keys. Set AWS_ACCESS_KEY_ID",
        (403, "AccessDenied"): "The keys may not do that in the storage. Let them",
        (400, "AuthorizationHeaderMalformed"): "in another region. Name the region",
        (400, "XMinioStorageFull"): "The storage is full. Make room",
        (418, "Teapot"): "The storage refused: Teapot. It said",
    }
    with refusing(refusals) as address:
        storage = ObjectStorage(address)
        for refusal, sentence in said.items():
            refusals[:] = [refusal]
            with pytest.raises(StorageError) as caught:
                storage.read("a")
            assert sentence in f"{caught.value.strerror} {caught.value.cure}", refusal


def test_the_check_says_which_storage_refuses() -> None:
    with refusing([(403, "InvalidAccessKeyId")]) as address:
        text = error_of(address)

    assert text.startswith(f"MENAGERIE_STORAGE ({address}): The storage does not take the keys. Set AWS_ACCESS_KEY_ID")


def test_a_full_storage_is_an_error_of_a_full_disk() -> None:
    with refusing([(400, "QuotaExceeded")]) as address, pytest.raises(StorageError) as caught:
        ObjectStorage(address).write("a", b"x")

    assert caught.value.errno == errno.ENOSPC


def test_an_address_where_nobody_listens_is_named_with_a_cure() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        text = error_of(StorageAddress(BUCKET, "", f"http://127.0.0.1:{unused.getsockname()[1]}"))

    assert "The storage cannot be reached. See that its server runs" in text


def test_while_a_storage_is_down_one_tries_and_the_others_do_not_wait() -> None:
    now, tries = [0.0], []
    storage = ObjectStorage(StorageAddress(BUCKET, "", "http://127.0.0.1:1"), clock=lambda: now[0])
    ask, storage.exists = storage.exists, lambda name: tries.append(name) or ask(name)

    for after_s, name in ((0.0, "first"), (0.0, "second"), (4.9, "third"), (0.2, "fourth"), (0.0, "fifth")):
        now[0] += after_s
        with pytest.raises(StorageError, match="cannot be reached"):
            storage.has(name)

    assert tries == ["first", "fourth"]


def test_manage_check_tries_the_storage(settings_of: SettingsOf) -> None:
    call_command("check", stdout=io.StringIO())
    with refusing([(403, "AccessDenied")]) as address:
        settings_of(storage=address)
        with pytest.raises(CommandError, match="The keys may not do that in the storage"):
            call_command("check")


@pytest.mark.slow
def test_s3rver_does_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "S3RVER")
    with s3rver(tmp_path) as address:
        check(address)
        storage = ObjectStorage(address)
        for data in (b"first", b"second"):
            storage.write("a/b", data)
        assert storage.read("a/b") == b"second"
        assert list(storage.written_before("a", time.time() + 60)) == ["a/b"]
        storage.remove("a/b")
        assert not storage.has("a/b")
        assert "no such bucket" in error_of(replace(address, bucket="another"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
        assert "does not take the keys" in error_of(address)
