"""A model for other programs: asked for on its page, watched, downloaded, and kept for the same file."""

from __future__ import annotations

import html
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from recognizer.model_file import artifact
from tests.recognizer.registry.test_versions import model_file
from tests.training.export.test_handout import small_model
from tests.webui.conftest import SettingsOf
from tests.webui.exports.factories import FILES, make_export
from tests.webui.factories import make_user
from tests.webui.studio.factories import make_project, make_run
from webui.accounts.models import User
from webui.exports import asking
from webui.exports.command import command
from webui.exports.downloads import stream
from webui.exports.models import Export, Target
from webui.jobs import folder, queue, worker_sign
from webui.jobs.kinds import CannotRun
from webui.jobs.models import Job, Reason, State
from webui.studio.models import Run

pytestmark = pytest.mark.django_db

PAGE, ASK = "/models/animals-1/", "/models/animals-1/exports/"


@pytest.fixture(autouse=True)
def makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What exports is installed here."""
    monkeypatch.setattr(asking, "can_make", lambda: True)


@pytest.fixture
def models(tmp_path: Path, settings_of: SettingsOf) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    settings_of(models=made)
    model_file(made / "animals-1.h5", name="animals", version="1")
    return made


@pytest.fixture
def digest(models: Path) -> str:
    return artifact.digest(models / "animals-1.h5")


@pytest.fixture
def training(models: Path, member: User) -> Run:
    """One of mia's that has made our_mugs-1."""
    model_file(models / "our_mugs-1.h5", name="our_mugs", version="1")
    return make_run(make_project(member), state=State.DONE, right=57, held_back=60)


def section(client: Client, address: str = PAGE) -> str:
    page = client.get(address).content.decode()
    found = re.search(r'<section id="exports".*?</section>', page, re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))) if found else ""


def unpacked(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_target_is_offered_with_what_it_is_for(staff_client: Client, models: Path) -> None:
    shown = section(staff_client)

    for words in (
        "The model file (H5)",
        "Download (",
        "ONNX Runtime",
        "LiteRT",
        "Raspberry Pi",
        "OpenVINO",
        "any browser",
    ):
        assert words in shown, words
    assert shown.count("Make it") == len(Target)


def test_others_than_staff_are_offered_nothing(client: Client, member_client: Client, models: Path) -> None:
    assert section(client) == section(member_client) == ""


def test_a_file_that_cannot_be_used_is_not_exported(staff_client: Client, models: Path) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    assert section(staff_client, "/models/animals-3/") == ""
    assert staff_client.post("/models/animals-3/exports/", {"target": "onnx"}).status_code == 404


def test_without_tensorflow_it_says_how_to_get_it_and_hands_out_what_there_is(
    staff_client: Client, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "can_make", lambda: False)
    make_export(digest, state=State.DONE)

    shown = section(staff_client)
    staff_client.post(ASK, {"target": "litert"})

    assert "pip install 'menagerie[train]'" in shown
    assert "Make it" not in shown
    assert "Ready. Download (" in shown
    assert Export.objects.count() == 1


def test_what_is_asked_for_waits_and_the_page_looks_again(staff_client: Client, staff: User, digest: str) -> None:
    response = staff_client.post(ASK, {"target": "litert"})

    assert (response.status_code, response["Location"]) == (302, f"{PAGE}#exports")
    [export] = Export.objects.select_related("job")
    assert (export.model, export.digest, export.target) == ("animals-1", digest, "litert")
    assert (export.job.state, export.job.user) == (State.WAITING, staff)
    page = staff_client.get(PAGE).content.decode()
    assert "http-equiv" in page, "without script the page loads itself anew"
    assert "watching.js" in page
    assert "LiteRT: It begins in a moment." in section(staff_client)
    assert "No worker is running" in section(staff_client)
    worker_sign.give()
    assert "No worker is running" not in section(staff_client)


def test_the_page_says_how_far_it_is(staff_client: Client, digest: str) -> None:
    make_export(digest, Target.ONNX, state=State.RUNNING)
    make_export(digest, Target.WEB)

    shown = section(staff_client)

    assert "ONNX Runtime: It is being made" in shown
    assert "A page for any browser: 1 job comes before this one." in shown
    assert shown.count("Make it") == len(Target) - 2


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (Reason.NOT_INSTALLED, "the extra `train`"),
        (Reason.RUNTIME, "export once on the command line with --onnxruntime-web"),
        (Reason.EXPORT, "it is not handed out"),
        (Reason.MEMORY, "more memory"),
    ],
)
def test_one_that_failed_says_why_and_can_be_asked_for_again(
    staff_client: Client, digest: str, reason: Reason, said: str
) -> None:
    make_export(digest, state=State.FAILED, reason=reason, message="See <b>there</b>.")

    assert said in section(staff_client)
    assert "See &lt;b&gt;there&lt;/b&gt;." in staff_client.get(PAGE).content.decode()
    staff_client.post(ASK, {"target": "onnx"})
    assert [export.job.state for export in Export.objects.select_related("job")] == [State.WAITING]
    assert Job.objects.count() == 1


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.DONE])
def test_what_there_is_or_will_be_is_not_made_anew(staff_client: Client, digest: str, state: State) -> None:
    before = make_export(digest, state=state)

    staff_client.post(ASK, {"target": "onnx"})

    assert [export.job_id for export in Export.objects.all()] == [before.job_id]


def test_another_file_of_the_same_name_has_none_yet(staff_client: Client, digest: str, models: Path) -> None:
    make_export(digest, state=State.DONE)
    model_file(models / "animals-1.h5", name="animals", version="1", temperature=2.0)

    assert "Ready." not in section(staff_client)
    assert staff_client.get(f"{ASK}onnx.zip").status_code == 404


def test_files_that_are_gone_are_made_again(staff_client: Client, digest: str) -> None:
    before = make_export(digest, state=State.DONE)
    for path in sorted(before.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    before.folder.rmdir()

    assert section(staff_client).count("Make it") == len(Target)
    staff_client.post(ASK, {"target": "onnx"})
    assert Export.objects.get().job_id != before.job_id


def test_what_is_ready_comes_as_a_zip_file_with_one_folder(staff_client: Client, digest: str) -> None:
    make_export(digest, state=State.DONE)

    response = staff_client.get(f"{ASK}onnx.zip")

    assert "Ready. Download (2.0" in section(staff_client)
    assert response["Content-Disposition"] == 'attachment; filename="animals-1-onnx.zip"'
    assert unpacked(response) == {f"animals-1-onnx/{name}": content for name, content in FILES.items()}


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "secret-key").write_bytes(b"secret")
    (tmp_path / "export" / "model.onnx").symlink_to(tmp_path / "secret-key")
    (tmp_path / "export" / "README.md").write_bytes(b"text")

    with zipfile.ZipFile(io.BytesIO(b"".join(stream(tmp_path / "export", "x")))) as archive:
        assert archive.namelist() == ["x/README.md"]


@pytest.mark.parametrize("target", ["", "h5", "ONNX", "../../secret-key", "onnx\n", "onnx --out /tmp/x", "\x00", "界"])
def test_there_is_no_other_target(staff_client: Client, digest: str, target: str) -> None:
    assert staff_client.post(ASK, {"target": target}).status_code == 404
    if target and "/" not in target:
        assert staff_client.get(reverse("model_exported", args=["animals-1", target])).status_code == 404
    assert not Export.objects.exists()


@pytest.mark.parametrize("name", ['a"b;-1', "--to-1", "a b-1", "界-1", "a\nb-1", "<i>x</i>-1"])
def test_a_file_with_an_odd_name_is_exported_all_the_same(staff_client: Client, models: Path, name: str) -> None:
    file = f"{name}.h5".replace("/", "\u2215")
    path = model_file(models / file)
    export = make_export(artifact.digest(path), state=State.DONE)
    Export.objects.update(model=path.stem)

    response = staff_client.get(reverse("model_exported", args=[path.stem, "onnx"]))
    words = command(export.job, models)

    assert {entry.count("/") for entry in unpacked(response)} <= {1, 3}
    assert "\n" not in response["Content-Disposition"]
    assert words[:5] == ["training", "export", str(path), "--to", "onnx"]


def test_who_has_enough_jobs_or_finds_the_queue_full_reads_so(
    staff_client: Client, digest: str, settings_of: SettingsOf
) -> None:
    for target in list(Target)[: queue.MOST_OF_ONE]:
        staff_client.post(ASK, {"target": target})
    more = staff_client.post(ASK, {"target": "web"}, follow=True).content.decode()
    settings_of(jobs=1)
    full = staff_client.post(ASK, {"target": "web"}, follow=True).content.decode()

    assert "Three jobs of yours wait or run already." in more
    assert "no more are taken now" in full


# On the page of a training


def test_a_member_exports_the_model_of_his_training(member_client: Client, training: Run, models: Path) -> None:
    address = reverse("studio_run", args=[training.job_id])
    digest = artifact.digest(models / "our_mugs-1.h5")

    response = member_client.post(reverse("studio_export_model", args=[training.job_id]), {"target": "web"})

    assert response["Location"] == f"{address}#exports"
    assert Export.objects.get().digest == digest
    assert "A page for any browser: It begins in a moment." in section(member_client, address)
    Export.objects.all().delete()
    make_export(digest, Target.WEB, state=State.DONE)
    zipped = member_client.get(reverse("studio_exported", args=[training.job_id, "web"]))
    assert len(unpacked(zipped)) == len(FILES)


def test_what_a_command_said_names_folders_and_is_for_staff(
    member_client: Client, staff_client: Client, training: Run, models: Path
) -> None:
    make_export(artifact.digest(models / "our_mugs-1.h5"), state=State.FAILED, reason=Reason.FAULT, message="/srv/x")
    address = reverse("studio_run", args=[training.job_id])

    assert "/srv/x" not in section(member_client, address)
    assert "/srv/x" in section(staff_client, address)


def test_another_members_training_is_not_there(training: Run) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(make_user("max"))

    assert client.post(reverse("studio_export_model", args=[training.job_id]), {"target": "web"}).status_code == 404
    assert client.get(reverse("studio_exported", args=[training.job_id, "web"])).status_code == 404


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.FAILED])
def test_a_training_that_has_made_no_model_offers_none(member_client: Client, training: Run, state: State) -> None:
    """Another model may have the name that this one would have had."""
    Job.objects.filter(id=training.job_id).update(state=state)

    assert section(member_client, reverse("studio_run", args=[training.job_id])) == ""
    ask = reverse("studio_export_model", args=[training.job_id])
    assert member_client.post(ask, {"target": "onnx"}).status_code == 404


# The command


def test_a_model_file_that_is_gone_or_another_one_is_not_exported(digest: str, models: Path) -> None:
    export = make_export(digest)
    model_file(models / "animals-1.h5", name="animals", version="1", temperature=2.0)

    with pytest.raises(CannotRun, match=Reason.MODEL_CHANGED.value):
        command(export.job, models)
    (models / "animals-1.h5").unlink()
    with pytest.raises(CannotRun, match=Reason.GONE.value):
        command(export.job, models)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_the_real_command_makes_what_the_page_hands_out(staff_client: Client, models: Path) -> None:
    """Not by a worker, whose low priority has it wait for all other tests."""
    source = small_model(models)
    staff_client.post("/models/small-1/exports/", {"target": "openvino"})
    job = Export.objects.get().job

    subprocess.run([sys.executable, "-m", *command(job, folder.make(job.id))], check=True, timeout=300)
    Job.objects.update(state=State.DONE)

    assert "Ready. Download (" in section(staff_client, "/models/small-1/")
    files = unpacked(staff_client.get("/models/small-1/exports/openvino.zip"))
    assert {Path(name).name for name in files} == {
        *("model.xml", "model.bin", "model.json", "picture.py", "classify.py", "README.md")
    }
    assert source.digest in files["small-1-openvino/README.md"].decode()
