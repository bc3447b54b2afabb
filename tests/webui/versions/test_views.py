from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.recognizer.fakes import FakeEngine
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction
from tests.webui.versions.conftest import Put, serve
from tests.webui.versions.test_card import VALIDATION
from webui import services
from webui.history.models import State
from webui.versions.models import Outcome, Switch, SwitchKind

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


# The list


def test_each_version_is_listed_with_what_it_is(client: Client, put: Put) -> None:
    put("animals-1", previous=True)
    put("animals-2", active=True, results={"validation": VALIDATION})

    page = text(client.get("/models/"))

    assert "animals-1 previous" in page
    assert "animals-2 active cat, chicken, dog, horse 97.5% of 40 pictures" in page


def test_a_broken_version_is_listed_with_its_reason(client: Client, models: Path) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    page = text(client.get("/models/"))

    assert "animals-3 cannot be used animals-3.h5 is no H5 file" in page
    assert str(models) not in page


def test_the_version_that_answers_is_marked(client: Client, put: Put) -> None:
    put("animals-1", active=True)
    serve(put("animals-2"))

    page = text(client.get("/models/"))

    assert "animals-2 answers now" in page
    assert "animals-1 active cat" in page


def test_a_setting_that_names_the_model_is_told(staff_client: Client, two: None, settings_of: SettingsOf) -> None:
    settings_of(model=Path("/elsewhere/birds-1.h5"))

    page = text(staff_client.get("/models/"))

    assert "This server answers with birds-1.h5, which its setting MENAGERIE_MODEL names." in page
    assert "Activate" not in page
    assert "/elsewhere" not in page


def test_a_model_that_is_being_compiled_is_told(client: Client, put: Put) -> None:
    recognizer = serve(put("animals-1", active=True))
    services.current().model.tell(f"Compiling {recognizer.artifact.path} for this machine, once.")

    page = text(client.get("/models/"))

    assert "A model is being made ready, which takes a while. Compiling animals-1.h5 for this machine, once." in page


def test_one_that_answers_more_slowly_than_it_could_is_told(
    client: Client, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngine, "name", "tensorflow")
    serve(put("animals-1", active=True))

    page = text(client.get("/models/", headers={"Accept-Language": "zh-hans"}))

    assert "识别速度没有达到应有的水平。 animals-1 is answered by TensorFlow" in page


def test_an_empty_folder_says_where_models_belong(client: Client, models: Path) -> None:
    assert "Model files belong in the folder models." in text(client.get("/models/"))


def test_what_people_agree_with_is_shown(client: Client, two: None) -> None:
    make_correction(make_answer(picture=False), "right", "cat", state=State.ACCEPTED)
    make_correction(make_answer(picture=False), "class", "dog", state=State.ACCEPTED)

    assert "50.0% of 2 judged" in text(client.get("/models/"))


def test_what_people_agree_with_is_said_to_be_no_accuracy(client: Client, two: None) -> None:
    make_correction(make_answer(picture=False), "right", "cat", state=State.ACCEPTED)

    assert "“People agree” is not accuracy" in text(client.get("/models/"))
    assert "so this is not its accuracy" in text(client.get("/models/animals-1/"))


def test_with_one_version_staff_are_told_how_another_is_made(
    client: Client, staff_client: Client, put: Put, tmp_path: Path
) -> None:
    put("animals-1", active=True)

    assert re.search(
        r"-m training fit --data ORIGINAL-PICTURES --out \S+animals-2.h5", text(staff_client.get("/models/"))
    )
    assert "training fit" not in text(client.get("/models/"))
    put("animals-2")
    assert "training fit" not in text(staff_client.get("/models/"))


def test_a_copied_file_is_said_to_be_one(staff_client: Client, two: None, models: Path) -> None:
    copied = models / "animals-9.h5"
    shutil.copy(models / "animals-1.h5", copied)

    rows = text(staff_client.get("/models/"))
    question = text(staff_client.get("/models/animals-9/activate/"))

    assert rows.count("the same file as animals-1") == 1
    assert "animals-1 and animals-9 are copies of one file" in question
    assert "Then: animals-9" in question


def test_fifty_versions_take_few_queries_and_are_read_once(
    client: Client, put: Put, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(50):
        put(f"animals-{number}")

    with django_assert_max_num_queries(5):
        assert client.get("/models/").content.count(b'role="rowheader"') == 50


def test_only_staff_are_offered_a_change(
    client: Client, member_client: Client, staff_client: Client, two: None
) -> None:
    offers = [
        b"/models/animals-2/activate/" in c.get("/models/").content for c in (client, member_client, staff_client)
    ]

    assert offers == [False, False, True]


def test_only_staff_see_who_changed_what(client: Client, staff_client: Client, two: None, staff: Any) -> None:
    Switch.objects.create(
        kind=SwitchKind.ACTIVATE, version="animals-2", before="animals-1", by=staff, outcome=Outcome.DONE
    )

    assert "from animals-1 to animals-2 · sam" in text(staff_client.get("/models/"))
    assert "sam" not in text(client.get("/models/"))


# One version


def test_the_card_has_figures_limits_and_the_matrix(client: Client, put: Put) -> None:
    put("animals-1", active=True, results={"validation": VALIDATION})

    response = client.get("/models/animals-1/")

    assert "Of 40 pictures held back" in text(response)
    assert '<td class="right level-9">10</td>' in response.content.decode()


def test_no_page_has_styles_of_its_own(client: Client, put: Put) -> None:
    put("animals-1", results={"validation": VALIDATION, "history": [{"loss": [2.0, 1.0]}]})

    page = client.get("/models/animals-1/").content.decode()

    assert "style=" not in page
    assert "<polyline" in page


def test_the_card_of_a_broken_version_says_why(staff_client: Client, models: Path) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    page = text(staff_client.get("/models/animals-3/"))

    assert "This file cannot be used, so it cannot be activated either." in page


@pytest.mark.parametrize("stem", ["animals-9", "animals-1.h5", "..%2Fanimals-1", "%2e%2e", "ACTIVE", "%00"])
@pytest.mark.parametrize("page", ["", "report/", "file/", "activate/"])
def test_there_is_nothing_at_other_names(staff_client: Client, two: None, stem: str, page: str) -> None:
    assert staff_client.get(f"/models/{stem}/{page}").status_code == 404


def test_names_in_files_are_text_not_markup(client: Client, put: Put) -> None:
    put("animals-1", class_names=("<b>cat</b>", "dog"), provenance={"machine": "<script>"})

    page = client.get("/models/animals-1/").content.decode()

    assert "<b>cat" not in page
    assert "<script>" not in page


# The report and the file


def test_the_report_is_served_under_its_own_policy(client: Client, put: Put) -> None:
    put("animals-1").with_name("animals-1.report.html").write_text("<style>p { margin: 0 }</style><p>A report")

    response = client.get("/models/animals-1/report/")

    assert response.content.endswith(b"A report")
    assert "'sha256-" in response["Content-Security-Policy"]
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_a_version_without_a_report_has_none(client: Client, put: Put) -> None:
    put("animals-1")

    assert client.get("/models/animals-1/report/").status_code == 404
    assert "report" not in text(client.get("/models/animals-1/"))


def test_a_report_with_photographs_is_for_members(client: Client, member_client: Client, put: Put) -> None:
    put("animals-1").with_name("animals-1.report.html").write_text('<img src="data:image/jpeg;base64,AA==">')

    assert client.get("/models/animals-1/report/").status_code == 404
    assert "report" not in text(client.get("/models/animals-1/"))
    assert member_client.get("/models/animals-1/report/").status_code == 200


def test_a_report_with_too_many_styles_is_downloaded(client: Client, put: Put) -> None:
    many = "".join(f'<p style="--strength: 0.{number:03d}">' for number in range(200))
    put("animals-1").with_name("animals-1.report.html").write_text(many)

    response = client.get("/models/animals-1/report/")

    assert response["Content-Disposition"] == 'attachment; filename="animals-1.report.html"'


def test_staff_can_download_the_file(staff_client: Client, put: Put) -> None:
    path = put("animals-1")

    response = staff_client.get("/models/animals-1/file/")

    assert b"".join(response.streaming_content) == path.read_bytes()
    assert response["Content-Disposition"] == 'attachment; filename="animals-1.h5"'


def test_members_cannot_download_the_file(member_client: Client, put: Put) -> None:
    put("animals-1")

    assert member_client.get("/models/animals-1/file/").status_code == 403


def test_visitors_are_sent_to_the_login_page(client: Client, put: Put) -> None:
    put("animals-1")

    assert client.get("/models/animals-1/file/")["Location"].startswith("/account/login/?next=/models/")


@pytest.mark.parametrize("page", ["/models/", "/models/animals-1/", "/models/animals-1/report/"])
def test_pages_that_only_show_take_no_posts(client: Client, put: Put, page: str) -> None:
    put("animals-1")

    assert client.post(page).status_code == 405
