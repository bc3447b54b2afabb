from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from PIL import Image

from recognizer import ClassScore, Prediction, Recognizer
from tests.recognizer.fakes import BLUE, RED, FakeEngine, make_recognizer
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import WaitingRecorder, image_bytes, image_file, other_file, ready_model, share
from webui import services
from webui.accounts.models import User
from webui.classify import samples, views
from webui.classify.result_card import result_card
from webui.classify.samples import Sample
from webui.history.models import Answer
from webui.inference import uploads
from webui.inference.admission import Admission
from webui.inference.classify import Answered, Asked, Classified, Timing
from webui.inference.served_model import ServedModel
from webui.inference.uploads import Sent


def post(client: Client, *files: Any, **extra: Any) -> Any:
    return client.post("/", {"image": list(files)}, **extra)


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_page_says_which_model_answers_and_what_it_knows(client: Client) -> None:
    page = text(client.get("/"))

    assert re.search(r"animals <span[^>]*>version 1", page)
    assert all(f"<li>{name}</li>" in page for name in ("cat", "chicken", "dog", "horse"))


def test_the_page_comes_while_the_model_is_starting(client: Client) -> None:
    share(model=ServedModel(lambda: pytest.fail("never opened")))

    assert "The model is starting." in text(client.get("/"))


def test_the_page_says_that_the_model_failed(client: Client) -> None:
    model = ServedModel(lambda: 1 // 0)
    model.open()
    share(model=model)

    assert "The model could not be loaded." in text(client.get("/"))


def test_a_picture_is_answered_without_javascript(client: Client) -> None:
    page = text(post(client, image_file("felix.jpg", RED)))

    assert "felix.jpg" in page
    assert '<span class="result-card-name">cat</span>' in page
    assert page.count("<meter") == 4 + 2  # Two more are the script's templates.


def test_a_card_says_how_like_what_was_learned_the_picture_is(client: Client) -> None:
    share(model=ready_model(make_rejecting_recognizer(spread=0.02)))

    page = text(post(client, image_file("felix.jpg", RED), image_file("sky.jpg", BLUE)))

    words = re.findall(r'<p class="likeness-words">([\w ]+)</p>', page)
    assert words == ["Much like what it learned", "Quite unlike what it learned"]
    assert page.index("Much like") > page.index('class="bars"')  # The answer first.


def test_a_card_says_nothing_of_it_where_the_model_has_no_scale(client: Client) -> None:
    share(model=ready_model(make_rejecting_recognizer()))

    page = text(post(client, image_file("felix.jpg", RED)))

    assert 'class="likeness"' not in page


def test_several_pictures_are_answered_without_javascript(client: Client) -> None:
    page = text(post(client, image_file("a", RED), image_file("b", BLUE)))

    assert re.findall(r'result-card-name">(\w+)<', page) == ["cat", "dog"]


def test_the_scores_are_those_of_the_api(client: Client) -> None:
    top = client.post("/api/v1/classify", {"image": image_file()}).json()["predictions"][0]["top"]
    page = text(post(client, image_file()))

    assert re.findall(r'<meter [^>]*value="([\d.]+)"', page) == [f"{entry['score']:.6f}" for entry in top]


def test_the_second_file_field_may_stay_empty(client: Client) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + image_bytes() + b"\r\n"
        b'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n--x--\r\n'
    )
    response = client.generic("POST", "/", body, content_type="multipart/form-data; boundary=x")

    assert (response.status_code, text(response).count('result-card-name">cat')) == (200, 1)


def test_the_thumbnail_is_small_and_carries_no_metadata(client: Client) -> None:
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (3000, 2000), RED).save(buffer, "JPEG", exif=exif, comment=b"secret")

    page = post(client, SimpleUploadedFile("x.jpg", buffer.getvalue())).content

    [encoded] = re.findall(rb"data:image/jpeg;base64,([\w+/=]+)", page)
    thumbnail = base64.b64decode(encoded)
    assert b"ecret" not in thumbnail
    assert max(Image.open(io.BytesIO(thumbnail)).size) <= 320


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"This is no picture.", "This file is not a picture that can be read here."),
        (image_bytes()[:300], "This picture is damaged or incomplete."),
        (bytes(300), "This file is empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "only says where the picture is"),
        (b"PK\x03\x04", "This kind of file cannot be read here."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(client: Client, content: bytes, sentence: str) -> None:
    response = post(client, other_file("notes.txt", content))

    assert response.status_code in {415, 422}
    assert "notes.txt" in text(response)
    assert sentence in text(response).split("script-data")[0]


def test_one_bad_file_does_not_hurt_the_others(client: Client) -> None:
    response = post(client, other_file("notes.txt"), image_file("a", RED))

    assert response.status_code == 200
    assert 'result-card-name">cat' in text(response)
    assert "No answer" in text(response)


def test_nothing_chosen_is_said(client: Client) -> None:
    response = post(client)

    assert response.status_code == 400
    assert "Choose at least one picture first.</p>" in text(response)


@pytest.mark.parametrize("count", [17, 18, 30])
def test_too_many_pictures_are_refused_with_the_form(client: Client, count: int) -> None:
    response = post(client, *(image_file(str(n)) for n in range(count)))

    assert response.status_code == 400
    assert "Those were too many pictures: at most 16 at a time." in text(response)
    assert 'id="upload"' in text(response)


def test_a_request_over_the_limit_is_refused_with_the_form(client: Client) -> None:
    content_type = "multipart/form-data; boundary=x"
    response = client.generic("POST", "/", b"", content_type=content_type, CONTENT_LENGTH=str(65 * 2**20))

    assert response.status_code == 413
    assert "This picture is too large" in text(response).split("script-data")[0]


def test_a_broken_form_is_refused_with_the_form(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.get("/")

    response = strict.generic("POST", "/", b"--x\r\n", content_type="multipart/form-data")

    assert response.status_code == 400
    assert "The pictures did not arrive as they should." in text(response)


def test_a_starting_model_is_said_on_the_page(client: Client) -> None:
    share(model=ServedModel(lambda: pytest.fail("never opened"), wait_s=0))

    response = post(client, image_file())

    assert response.status_code == 503
    assert "Try again in a few seconds.</p>" in text(response)


def test_a_page_names_the_version_that_gave_the_answer(client: Client) -> None:
    old, new = make_recognizer(version="7"), make_recognizer(version="8")

    class SwitchingEngine(FakeEngine):
        """While it computes, another version becomes the current one."""

        def run(self, pixels: Any) -> Any:
            share(model=ready_model(new))
            return super().run(pixels)

    share(model=ready_model(old))
    old.engine = SwitchingEngine()

    page = text(post(client, image_file()))

    assert "version 7" in page
    assert "version 8" not in page


def test_a_busy_server_is_said_on_the_page(client: Client, busy: Admission) -> None:
    response = post(client, image_file())

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "Try again in a few seconds.</p>" in text(response)


def test_the_form_is_not_read_before_its_turn(served: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[int] = []
    read = uploads.read

    def watched(request: HttpRequest) -> Sent:
        inside.append(services.current().admission.inside)
        return read(request)

    monkeypatch.setattr(uploads, "read", watched)
    strict = Client(enforce_csrf_checks=True)
    [token] = set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', text(strict.get("/"))))

    response = strict.post("/", {"image": image_file(), "csrfmiddlewaretoken": token})

    assert (inside, response.status_code) == ([1], 200)


def test_a_form_without_its_token_is_refused(served: Recognizer) -> None:
    assert Client(enforce_csrf_checks=True).post("/", {"image": image_file()}).status_code == 403


@pytest.mark.parametrize("field", ["file", "图片"])
def test_a_file_in_another_field_is_answered(client: Client, field: str) -> None:
    assert 'result-card-name">cat' in text(client.post("/", {field: image_file()}))


def test_the_form_with_its_token_is_accepted(served: Recognizer) -> None:
    strict = Client(enforce_csrf_checks=True)
    [token] = set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', text(strict.get("/"))))

    assert strict.post("/", {"image": image_file(), "csrfmiddlewaretoken": token}).status_code == 200


def test_names_of_files_and_classes_are_escaped(client: Client) -> None:
    share(model=ready_model(make_recognizer(class_names=("<b>bold</b>", "b", "c", "d"))))

    page = text(post(client, image_file("<i>x.jpg", RED)))

    assert "<b>bold" not in page
    assert "<i>x" not in page


def shown(client: Client, prediction: Prediction) -> str:
    """The page with this answer."""
    classified = Classified("zebra.jpg", prediction)
    answered = Answered(make_recognizer(), [classified], Timing(1, 1), Asked([]))
    request = client.get("/").wsgi_request
    return text(views._render_home(request, answered=answered, cards=[result_card(classified)]))


def test_a_picture_of_no_known_class_is_none_of_these(client: Client) -> None:
    nothing = Prediction(10, 10, known=False, top=(ClassScore("cat", 0.4), ClassScore("dog", 0.3)))

    page = shown(client, nothing)

    assert '<span class="result-card-name">None of these</span>' in page
    assert "Nearest: cat" in page
    assert "If it had to be one of them:" in page.split("result-card-template")[0]
    assert '<p class="result-card-certainty">' not in page.split("result-card-template")[0]


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (1, "almost certain"),
        (0.95, "almost certain"),
        (0.94, "fairly sure"),
        (0.8, "fairly sure"),
        (0.5, "unsure"),
        (0.26, "only guessing"),
    ],
)
def test_certainty_is_said_in_words(client: Client, score: float, words: str) -> None:
    page = shown(client, Prediction(10, 10, known=True, top=(ClassScore("cat", score), ClassScore("dog", 0))))

    assert f'<p class="result-card-certainty">{words}</p>' in page


def test_the_script_says_certainty_in_the_same_words(client: Client) -> None:
    certainties = script_data(client)["certainties"]

    assert certainties[0] == {"least": 0.95, "words": "almost certain"}
    assert [entry["least"] for entry in certainties] == sorted((entry["least"] for entry in certainties), reverse=True)
    assert certainties[-1]["least"] == 0


def test_a_result_card_names_the_version_that_answered(client: Client) -> None:
    assert '<p class="result-card-model">animals, version 1</p>' in text(post(client, image_file()))


def script_data(client: Client) -> Any:
    return json.loads(text(client.get("/")).split('id="script-data" type="application/json">')[1].split("</script>")[0])


@pytest.fixture
def mapping(client: Client, tmp_path: Path) -> Client:
    """A server whose model has heat maps."""
    share(model=ready_model(make_mapping_recognizer(tmp_path)))
    return client


def test_what_it_looked_at_is_shown_without_javascript(mapping: Client) -> None:
    page = text(mapping.post("/", {"image": image_file("a", RED), "heatmap": "true"})).split("result-card-template")[0]

    assert page.count('<img class="result-card-heat" src="data:image/png;base64,') == 1
    assert re.search("Red areas count most towards “cat”. It looked (mostly at the|all over)", page)
    assert 'value="true" id="heatmap" checked>' in page


def test_what_it_looked_at_is_not_shown_unless_it_is_asked_for(mapping: Client) -> None:
    page = text(post(mapping, image_file("a", RED))).split("result-card-template")[0]

    assert "result-card-heat" not in page


def test_a_model_that_cannot_show_what_it_looked_at_says_so(client: Client) -> None:
    page = text(client.post("/", {"image": image_file(), "heatmap": "true"})).split("result-card-template")[0]

    assert "This model cannot show what it looked at." in page


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.filename)
def test_a_sample_is_answered_without_javascript(client: Client, sample: Sample) -> None:
    response = client.post("/", {"sample": sample.filename})

    assert response.status_code == 200
    assert f'title="{sample.filename}">{sample.filename}</p>' in text(response)


@pytest.mark.parametrize("name", ["", "tiger.jpg", "../menagerie.css", "samples/hen.jpg"])
def test_what_is_no_sample_is_no_picture(client: Client, name: str) -> None:
    response = client.post("/", {"sample": name})

    assert response.status_code == 400
    assert "Choose at least one picture first.</p>" in text(response)


def test_a_picture_comes_before_a_sample(client: Client) -> None:
    page = text(client.post("/", {"image": image_file("mine.jpg"), "sample": "hen.jpg"}))

    assert re.findall(r'result-card-file" title="[^"]+">([^<]+)<', page) == ["mine.jpg"]


def test_samples_are_small_and_square(client: Client) -> None:
    for sample in samples.SAMPLES:
        response = client.get(f"/static/{sample.static_path}")
        content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
        assert Image.open(io.BytesIO(content)).size == (448, 448)
        assert len(content) <= 40_000


def test_samples_are_offered_until_there_are_pictures(client: Client) -> None:
    assert 'id="samples"' in text(client.get("/"))
    assert 'id="samples"' not in text(post(client, image_file()))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (0, "Pictures are processed in memory and not kept."),
        (1, 'Pictures and answers are kept for 1 day in <a href="/history/">your history</a> on this server.'),
        (30, 'Pictures and answers are kept for 30 days in <a href="/history/">your history</a> on this server.'),
    ],
)
def test_how_long_pictures_are_kept_is_said(client: Client, settings: Any, days: int, sentence: str) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": days})

    assert sentence in text(client.get("/"))


def test_the_many_classes_of_a_large_model_are_folded(client: Client) -> None:
    share(model=ready_model(make_recognizer(class_names=("cat", "chicken", "dog", "horse"))))
    many = Prediction(9, 9, known=True, top=tuple(ClassScore(f"class {n}", 0.1) for n in range(20)))

    page = shown(client, many)

    assert page.index("class 7<") < page.index("All other classes") < page.index("class 8<")


def test_the_page_with_all_it_loads_is_small(client: Client) -> None:
    page = client.get("/").content
    files = {path for path in re.findall(rb'(?:href|src)="(/static/[^"]+)"', page) if b"/samples/" not in path}

    total = len(page) + sum(int(client.head(path.decode())["Content-Length"]) for path in files)

    assert len(files) > 10
    assert total < 150_000


# With answers that are kept


@pytest.mark.usefixtures("kept")
def test_a_form_leads_to_the_address_of_its_answers(member_client: Client) -> None:
    response = post(member_client, image_file("a.jpg", RED), image_file("b.jpg", BLUE))

    ids = [str(Answer.objects.get(filename=name).pk) for name in ("a.jpg", "b.jpg")]
    assert (response.status_code, response["Location"]) == (302, f"/?answers={','.join(ids)}#results")
    page = text(member_client.get(response["Location"]))
    assert re.findall(r'result-card-name">(\w+)<', page) == ["cat", "dog"]
    assert page.count('name="kind" value="right"') == 2 + 2  # Two more are the script's template.
    assert f'src="/history/{ids[0]}.jpg"' in page


@pytest.mark.usefixtures("kept")
def test_where_a_picture_could_not_be_read_the_answers_come_at_once(member_client: Client) -> None:
    response = post(member_client, other_file("notes.txt"), image_file("a", RED))

    assert (response.status_code, "No answer" in text(response)) == (200, True)


@pytest.mark.usefixtures("kept")
def test_heat_maps_which_are_not_kept_come_at_once(member_client: Client, mapping: Client) -> None:
    response = member_client.post("/", {"image": image_file("a", RED), "heatmap": "true"})

    assert (response.status_code, "data:image/png" in text(response)) == (200, True)


@pytest.mark.parametrize("named", ["", "x", "1,2", "3fa14b1c-0000-4000-8000-000000000000", "{other}"])
def test_answers_that_are_not_there_or_somebody_elses_are_passed_over(member_client: Client, named: str) -> None:
    other = make_answer(user=make_user("tom"))

    response = member_client.get("/", {"answers": named.format(other=other.pk)})

    assert (response.status_code, 'result-card-name">cat' in text(response)) == (200, False)
    assert 'id="samples"' in text(response)


def test_the_address_names_as_many_answers_as_a_form_may_send_pictures(member_client: Client, member: User) -> None:
    ids = [str(make_answer(user=member).pk) for _ in range(17)]

    page = text(member_client.get("/", {"answers": ",".join(ids)}))

    assert page.count('result-card-name">cat') == 16


@pytest.mark.django_db
def test_answers_are_written_before_the_page_that_shows_them_is_asked_for(
    client: Client, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30)
    share(recorder=WaitingRecorder())
    client.get("/")

    sent = client.post("/", {"image": image_file("felix.jpg")})
    share(recorder=WaitingRecorder())  # That of another process.

    assert "felix.jpg" in client.get(sent["Location"]).content.decode()
