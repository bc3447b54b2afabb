"""The models folders of several servers become alike: versions, and which of them is active."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from recognizer.engines import graph_files, vouching
from recognizer.engines.graph_files import find
from tests.recognizer.registry.test_versions import model_file
from tests.webui.conftest import SettingsOf
from tests.webui.versions.conftest import compile_for
from webui.config.object_storage import ObjectStorage
from webui.versions.following import Follower
from webui.versions.model_objects import object_of
from webui.versions.models import SharedActive, SharedModel

pytestmark = pytest.mark.django_db

SECRET = "s" * 60


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All servers have the same secret, and none another key."""
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", SECRET)
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


class Server:
    """One of the servers: its models folder, and its look at the others."""

    def __init__(self, folder: Path, storage: ObjectStorage, settings_of: SettingsOf) -> None:
        folder.mkdir()
        self.folder = folder
        self.follower = Follower()
        self._storage = storage
        self._settings_of = settings_of

    def put(self, stem: str, **changes: object) -> Path:
        name, _, version = stem.rpartition("-")
        return model_file(self.folder / f"{stem}.h5", **{"name": name, "version": version, **changes})

    def activate(self, stem: str, before: str = "") -> None:
        (self.folder / "ACTIVE").write_text(f"{stem}\n")
        if before:
            (self.folder / "PREVIOUS").write_text(f"{before}\n")

    def look(self, times: int = 2) -> None:
        """Looks as often as it takes until a file has settled."""
        self._settings_of(models=self.folder)
        for _ in range(times):
            self.follower.look(self._storage)

    def has(self, name: str) -> bool:
        return (self.folder / name).is_file()

    def read(self, name: str) -> str:
        return (self.folder / name).read_text().strip()


@pytest.fixture
def servers(storage: ObjectStorage, tmp_path: Path, settings_of: SettingsOf) -> tuple[Server, Server]:
    one, two = (Server(tmp_path / f"models-{number}", storage, settings_of) for number in (1, 2))
    return one, two


Servers = tuple[Server, Server]


def test_a_version_that_is_put_on_one_reaches_the_other_with_all_that_is_its(servers: Servers) -> None:
    one, two = servers
    path = one.put("animals-1")
    compile_for(path)
    (one.folder / "animals-1.report.html").write_text("<p>good</p>")
    (one.folder / "animals-1.gallery").mkdir()
    (one.folder / "animals-1.gallery/gallery.json").write_text("{}")

    one.look()
    two.look()

    assert (two.folder / "animals-1.h5").read_bytes() == path.read_bytes()
    assert two.read("animals-1.report.html") == "<p>good</p>"
    assert two.has("animals-1.gallery/gallery.json")
    assert two.follower.problem is None


def test_a_graph_that_one_vouches_for_is_vouched_for_on_the_other(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = servers
    monkeypatch.delenv("MENAGERIE_SECRET_KEY")
    compile_for(one.put("animals-1"))  # By the key of the one installation alone.
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", SECRET)

    one.look()
    two.look()

    monkeypatch.setattr(vouching, "_key_paths", list)  # As on another machine.
    assert find(two.folder / "animals-1.h5") is not None


def test_a_graph_that_nobody_vouches_for_gets_no_signature_on_its_way(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = servers
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", "t" * 60)
    compile_for(one.put("animals-1"))
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", SECRET)

    one.look()
    two.look()

    assert two.has("animals-1.compiled/float.json")
    assert find(two.folder / "animals-1.h5") is None


def test_a_file_that_is_still_being_copied_stays_where_it_is(servers: Servers) -> None:
    one, _ = servers
    path = one.put("animals-1")
    one.look(1)
    path.write_bytes(path.read_bytes() + b" ")
    one.look(1)

    assert not SharedModel.objects.exists()


def test_an_activation_on_one_is_followed_by_the_other_and_so_is_the_way_back(servers: Servers) -> None:
    one, two = servers
    one.put("animals-1")
    one.put("animals-2")
    one.activate("animals-1")
    one.look()
    two.look(1)
    assert two.read("ACTIVE") == "animals-1"

    one.activate("animals-2", before="animals-1")
    one.look(1)
    two.look(1)
    assert (two.read("ACTIVE"), two.read("PREVIOUS")) == ("animals-2", "animals-1")

    two.activate("animals-1", before="animals-2")
    two.look(1)
    one.look(1)
    assert (one.read("ACTIVE"), one.read("PREVIOUS")) == ("animals-1", "animals-2")


def test_a_new_server_takes_over_what_the_others_have(servers: Servers) -> None:
    one, two = servers
    one.put("animals-2")
    one.activate("animals-2")
    one.look()
    two.put("mine-1")
    two.activate("mine-1")

    two.look()
    one.look()

    assert two.read("ACTIVE") == "animals-2"
    assert one.has("mine-1.h5")


def test_what_is_damaged_in_the_storage_is_not_taken_over(servers: Servers, storage: ObjectStorage) -> None:
    one, two = servers
    one.put("animals-1")
    one.activate("animals-1")
    one.look()
    [row] = SharedModel.objects.all()
    storage.write(f"models/{row.digest.removeprefix('sha256:')}", b"something else")

    two.look()

    assert not two.has("animals-1.h5")
    assert not two.has("ACTIVE")
    assert "animals-1.h5 came out of the storage as something else" in str(two.follower.problem)


def test_a_lost_object_holds_up_neither_other_versions_nor_what_is_active(
    servers: Servers, storage: ObjectStorage
) -> None:
    one, two = servers
    one.put("animals-1")
    one.put("birds-1")
    one.activate("birds-1")
    one.look()
    storage.remove(object_of(SharedModel.objects.get(pk="animals-1").digest))
    two.put("cats-1")

    two.look()
    one.look()

    assert [two.has("animals-1.h5"), two.has("birds-1.h5")] == [False, True]
    assert two.read("ACTIVE") == "birds-1"
    assert one.has("cats-1.h5")
    assert "animals-1: " in str(two.follower.problem)
    assert "birds-1" not in str(two.follower.problem)


def test_a_file_that_cannot_be_shared_holds_up_no_other(servers: Servers) -> None:
    one, two = servers
    with (one.folder / "aaa-1.h5").open("wb") as file:
        file.truncate(2**31 + 1)  # Larger than any model; it takes no room.
    one.put("birds-1")
    one.activate("birds-1")

    one.look()
    two.look()

    assert two.read("ACTIVE") == "birds-1"
    assert "aaa-1: " in str(one.follower.problem)


def test_another_file_of_the_name_that_is_active_elsewhere_does_not_answer_for_it(
    servers: Servers, storage: ObjectStorage
) -> None:
    one, two = servers
    one.put("animals-1")
    one.activate("animals-1")
    one.look()
    storage.remove(object_of(SharedModel.objects.get().digest))
    two.put("animals-1", class_names=("a", "b", "c", "d"))

    two.look()

    assert not two.has("ACTIVE")


def test_what_is_the_matter_with_all_versions_is_told_once(servers: Servers, storage: ObjectStorage) -> None:
    one, two = servers
    one.put("animals-1")
    one.put("birds-1")
    one.look()
    storage._down_until = 1e12

    two.look()

    assert str(two.follower.problem).count("The storage cannot be reached") == 1
    assert "animals-1, birds-1: " in str(two.follower.problem)


@pytest.mark.parametrize("name", ["../evil.h5", "animals-2.h5", "animals-1.compiled/../x", "/etc/x", "ACTIVE"])
def test_a_name_that_leads_elsewhere_is_not_written(servers: Servers, name: str) -> None:
    one, two = servers
    one.put("animals-1")
    one.look()
    [row] = SharedModel.objects.all()
    SharedModel.objects.update(files={**row.files, name: row.digest})

    two.look()

    assert "cannot be a file of animals-1" in str(two.follower.problem)
    assert [path.name for path in two.folder.iterdir() if not path.name.startswith(".")] == []


def test_another_file_of_the_same_name_is_put_aside_and_the_others_answers(servers: Servers) -> None:
    one, two = servers
    path = one.put("animals-1")
    one.look()
    own = two.put("animals-1", name="animals", class_names=("a", "b", "c", "d")).read_bytes()

    two.look()

    assert (two.folder / "animals-1.h5").read_bytes() == path.read_bytes()
    assert (two.folder / "animals-1.h5.other").read_bytes() == own


def test_what_was_put_aside_before_stays(servers: Servers) -> None:
    one, two = servers
    one.put("animals-1")
    one.look()
    for temperature in (2.0, 3.0, 3.0):
        two.put("animals-1", temperature=temperature)
        two.look(3)

    aside = [path for path in two.folder.iterdir() if ".other" in path.name]

    assert sorted(path.name for path in aside) == ["animals-1.h5.other", "animals-1.h5.other-2"]
    assert len({path.read_bytes() for path in aside}) == 2


def test_a_file_that_is_exchanged_under_its_name_does_not_answer_on_one_server_alone(servers: Servers) -> None:
    one, _ = servers
    before = one.put("animals-1").read_bytes()
    one.look()
    one.put("animals-1", class_names=("a", "b", "c", "d"))
    os.utime(one.folder / "animals-1.h5", (1, 1))

    one.look()

    assert (one.folder / "animals-1.h5").read_bytes() == before
    assert one.has("animals-1.h5.other")


def test_a_graph_that_is_made_later_follows(servers: Servers) -> None:
    one, two = servers
    path = one.put("animals-1")
    one.look()
    two.look()

    compile_for(path)
    one.look()
    two.look(1)

    assert graph_files.find(two.folder / "animals-1.h5") is not None


def test_a_version_is_forgotten_by_all_and_may_come_back(servers: Servers, storage: ObjectStorage) -> None:
    one, two = servers
    path = one.put("animals-1")
    data = path.read_bytes()
    one.look()
    two.look()
    [row] = SharedModel.objects.all()

    call_command("forget_model", "animals-1", verbosity=0)
    one.look()
    two.look()
    assert [one.has("animals-1.h5"), two.has("animals-1.h5")] == [False, False]
    assert not storage.has(f"models/{row.digest.removeprefix('sha256:')}")

    path.write_bytes(data)
    one.look()
    two.look()
    assert two.has("animals-1.h5")


def test_the_version_that_answers_is_not_forgotten(servers: Servers) -> None:
    one, _ = servers
    one.put("animals-1")
    one.activate("animals-1")
    one.look()

    with pytest.raises(CommandError, match="animals-1 is active"):
        call_command("forget_model", "animals-1")
    with pytest.raises(CommandError, match="share no version"):
        call_command("forget_model", "animals-9")


def test_while_the_storage_is_down_the_models_stay_and_the_reason_is_told(
    servers: Servers, storage: ObjectStorage
) -> None:
    one, two = servers
    one.put("animals-1")
    one.activate("animals-1")
    one.look()
    storage._down_until = 1e12

    two.look()
    assert "The storage cannot be reached" in str(two.follower.problem)

    storage._down_until = None
    two.look()
    assert (two.follower.problem, two.read("ACTIVE")) == (None, "animals-1")


def test_damaged_notes_are_made_anew(servers: Servers) -> None:
    one, _ = servers
    one.put("animals-1")
    one.activate("animals-1")
    one.look()
    (one.folder / ".shared.json").write_text("{")

    one.look()

    assert (one.follower.problem, one.read("ACTIVE")) == (None, "animals-1")
    assert SharedActive.objects.get().revision == 1
