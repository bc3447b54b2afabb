from __future__ import annotations

import base64
import gc
import io
import re
import socket
import weakref
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from recognizer import ImageError, Recognizer
from recognizer.images.decode import MAX_BYTES
from tests.recognizer.fakes import BLUE, GREEN, RED, FakeEngine, make_recognizer, png
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.fakes import WatchedAdmission, image_bytes, image_file, other_file, ready_model, share
from webui import services
from webui.classify import options
from webui.history.models import Answer
from webui.inference import picture_text, uploads
from webui.inference.admission import Admission, Load, Weight
from webui.inference.classify import Asked, answer
from webui.inference.served_model import ServedModel
from webui.inference.uploads import Sent, Upload
from webui.problems import STATUS_BY_CODE

URL = "/api/v1/classify"
BOUNDARY = "multipart/form-data; boundary=x"


@pytest.fixture
def mapping(tmp_path: Path) -> Client:
    """A server whose model has heat maps."""
    share(model=ready_model(make_mapping_recognizer(tmp_path)))
    return Client(raise_request_exception=False)


def post(client: Client, *files: io.BytesIO, query: str = "") -> Any:
    return client.post(URL + query, {"image": list(files)})


def assert_problem(response: Any, code: str) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "code"} <= problem.keys()
    assert (problem["code"], problem["status"], response.status_code) == (
        code,
        STATUS_BY_CODE[code],
        STATUS_BY_CODE[code],
    )
    assert "Traceback" not in response.content.decode()
    return problem


def test_the_answer_is_as_the_contract_says(client: Client) -> None:
    body = post(client, image_file("a.jpg", RED)).json()

    assert body["model"] == {"name": "animals", "version": "1", "digest": "sha256:0"}
    [prediction] = body["predictions"]
    assert prediction.keys() == {
        "filename",
        "width",
        "height",
        "known",
        "label",
        "score",
        "likeness",
        "passes",
        "top",
        "heatmap",
    }
    assert (prediction["filename"], prediction["width"], prediction["height"]) == ("a.jpg", 60, 40)
    assert (prediction["known"], prediction["label"], prediction["heatmap"]) == (True, "cat", None)
    assert prediction["top"][0] == {"label": "cat", "score": prediction["score"]}
    assert {entry["label"] for entry in prediction["top"]} == {"cat", "chicken", "dog", "horse"}
    assert sum(entry["score"] for entry in prediction["top"]) == pytest.approx(1, abs=1e-5)


def test_a_picture_of_none_of_the_classes_has_no_label() -> None:
    share(model=ready_model(make_rejecting_recognizer()))

    body = post(Client(), image_file("red", RED), image_file("blue", BLUE)).json()

    red, blue = body["predictions"]
    assert (red["known"], red["label"]) == (True, "cat")
    assert (blue["known"], blue["label"]) == (False, None)
    assert blue["top"][0] == {"label": "dog", "score": blue["score"]}


def test_several_pictures_are_answered_in_their_order(client: Client) -> None:
    body = post(client, image_file("r", RED), image_file("g", GREEN), image_file("b", BLUE)).json()

    assert [(p["filename"], p["label"]) for p in body["predictions"]] == [("r", "cat"), ("g", "chicken"), ("b", "dog")]


def test_a_raw_body_is_answered_without_a_filename(client: Client) -> None:
    body = client.post(URL, image_bytes(GREEN, kind="PNG"), content_type="image/png").json()

    assert [(p["filename"], p["label"]) for p in body["predictions"]] == [(None, "chicken")]


def test_the_same_picture_gets_the_same_scores_alone_and_in_a_batch(client: Client, recognizer: Recognizer) -> None:
    alone = client.post(URL, image_bytes(RED), content_type="image/jpeg").json()["predictions"][0]["top"]
    batched = post(client, image_file("b", BLUE), image_file("a", RED)).json()["predictions"][1]["top"]

    assert alone == batched == recognizer.classify(image_bytes(RED)).to_dict()["top"]


@pytest.mark.parametrize(("top_k", "listed"), [("1", 1), ("2", 2), ("4", 4), ("99", 4), ("007", 4)])
def test_top_k_limits_the_classes_that_are_listed(client: Client, top_k: str, listed: int) -> None:
    body = post(client, image_file(), query=f"?top_k={top_k}").json()

    assert len(body["predictions"][0]["top"]) == listed


@pytest.mark.parametrize("top_k", ["", "0", "-1", "1.5", "all", "+1", "%C2%B2", "9" * 5000])
def test_a_wrong_top_k_is_an_invalid_request(client: Client, top_k: str) -> None:
    problem = assert_problem(post(client, image_file(), query=f"?top_k={top_k}"), "invalid_request")

    assert "Received: top_k=" in problem["detail"]


@pytest.mark.parametrize("query", ["", "?heatmap=false"])
def test_there_is_no_heat_map_unless_it_is_asked_for(mapping: Client, query: str) -> None:
    assert post(mapping, image_file(), query=query).json()["predictions"][0]["heatmap"] is None


def test_a_heat_map_is_a_picture_of_what_speaks_for_the_class(mapping: Client) -> None:
    red, bad, green = post(
        mapping, image_file("r", RED), other_file(), image_file("g", GREEN), query="?heatmap=true"
    ).json()["predictions"]

    assert (red["heatmap"]["label"], green["heatmap"]["label"]) == ("cat", "chicken")
    assert red["heatmap"]["image"].startswith("data:image/png;base64,")
    assert bad.keys() == {"filename", "error"}


def test_an_embedding_is_the_vector_that_the_network_judges_by(client: Client, recognizer: Recognizer) -> None:
    red, bad, green = post(
        client, image_file("r", RED), other_file(), image_file("g", GREEN), query="?embedding=true"
    ).json()["predictions"]
    pictures = [recognizer.decode(image_bytes(colour)) for colour in (RED, GREEN)]
    expected = recognizer.run(pictures).embedding

    assert (red["embedding"]["dtype"], red["embedding"]["shape"]) == ("float32", [4])
    given = np.array([each["embedding"]["values"] for each in (red, green)], np.float32)
    assert np.array_equal(given, expected)
    assert bad.keys() == {"filename", "error"}


def test_json_may_ask_for_what_the_address_may(client: Client) -> None:
    image = base64.b64encode(image_bytes()).decode()

    answer = client.post(URL, {"image": image, "parameters": {"embedding": True}}, content_type="application/json")

    assert len(answer.json()["predictions"][0]["embedding"]["values"]) == 4
    assert {option.name for option in options.OPTIONS} == picture_text.OPTIONS


def test_a_model_without_heat_maps_answers_without(client: Client) -> None:
    prediction = post(client, image_file(), query="?heatmap=true").json()["predictions"][0]

    assert (prediction["label"], prediction["heatmap"]) == ("cat", None)


@pytest.mark.parametrize("name", ["heatmap", "keep"])
@pytest.mark.parametrize("value", ["", "1", "True", "yes", "null", "x" * 5000])
def test_what_is_neither_true_nor_false_is_an_invalid_request(client: Client, name: str, value: str) -> None:
    problem = assert_problem(post(client, image_file(), query=f"?{name}={value}"), "invalid_request")

    assert f"Expected true or false. Received: {name}=" in problem["detail"]


def test_a_filename_loses_its_folders(client: Client) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="image"; filename="C:\\\\pictures/a b.jpg"\r\n\r\n'
    response = client.generic("POST", URL, body + image_bytes() + b"\r\n--x--\r\n", content_type=BOUNDARY)

    assert response.json()["predictions"][0]["filename"] == "a b.jpg"


def test_a_photograph_rotated_by_exif_answers_like_the_upright_one(client: Client) -> None:
    upright = Image.new("RGB", (40, 60), GREEN)
    upright.paste(RED, (0, 0, 40, 25))
    lying, exif = upright.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6
    files = [io.BytesIO(), io.BytesIO()]
    upright.save(files[0], "PNG")
    lying.save(files[1], "PNG", exif=exif)

    [first, second] = post(client, *(SimpleUploadedFile("x.png", file.getvalue()) for file in files)).json()[
        "predictions"
    ]

    assert (second["width"], second["height"], second["top"]) == (40, 60, first["top"])


def test_one_bad_picture_has_its_error_and_the_others_are_answered(client: Client) -> None:
    response = post(client, image_file("r", RED), other_file("notes.txt"), image_file("b", BLUE))

    good, bad, also_good = response.json()["predictions"]
    assert response.status_code == 200
    assert (good["label"], also_good["label"]) == ("cat", "dog")
    assert bad.keys() == {"filename", "error"}
    assert (bad["filename"], bad["error"]["code"], bad["error"]["status"]) == ("notes.txt", "invalid_image", 422)


def test_only_bad_pictures_are_the_problem_of_the_first(client: Client) -> None:
    response = post(client, other_file("a.pdf", b"%PDF-1.7 ..."), other_file("b.txt"))

    errors = assert_problem(response, "unsupported_format")["errors"]
    found = [(entry["filename"], entry["error"]["code"]) for entry in errors]
    assert found == [("a.pdf", "unsupported_format"), ("b.txt", "invalid_image")]


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (b"This is no picture.", "invalid_image", "not_an_image"),
        (b"", "invalid_image", "empty"),
        (image_bytes()[:300], "invalid_image", "damaged"),
        (b"version https://git-lfs.github.com/spec/v1\n", "invalid_image", "pointer"),
        (b"%PDF-1.7 ...", "unsupported_format", None),
        (
            image_bytes(kind="PNG", size=(1, 1)).replace(b"\0\0\0\1\0\0\0\1", b"\0\1\0\0\0\1\0\0"),
            "invalid_image",
            "damaged",
        ),
    ],
)
def test_one_bad_picture_is_its_problem(client: Client, content: bytes, code: str, reason: str | None) -> None:
    problem = assert_problem(post(client, other_file("x", content)), code)

    assert problem.get("reason") == reason


def test_a_picture_with_too_many_pixels_is_too_large(client: Client) -> None:
    bomb = png(15_000, 15_000, b"", colour_type=2)

    assert_problem(post(client, other_file("x.png", bomb)), "image_too_large")


def test_a_file_with_too_many_bytes_is_too_large_and_the_others_are_answered(client: Client) -> None:
    response = post(client, image_file("r", RED), other_file("big.bmp", b"BM" + bytes(MAX_BYTES)))

    good, big = response.json()["predictions"]
    assert (good["label"], big["error"]["code"]) == ("cat", "image_too_large")


def test_a_raw_body_with_too_many_bytes_is_too_large(client: Client) -> None:
    assert_problem(client.post(URL, bytes(MAX_BYTES + 1), content_type="image/bmp"), "image_too_large")


def test_a_request_over_the_limit_is_refused_unread(client: Client) -> None:
    response = client.generic("POST", URL, b"", content_type=BOUNDARY, CONTENT_LENGTH=str(65 * 2**20))

    assert "at most 64 MB" in assert_problem(response, "image_too_large")["detail"]


def test_sixteen_pictures_are_answered(client: Client) -> None:
    assert len(post(client, *(image_file(str(n)) for n in range(16))).json()["predictions"]) == 16


@pytest.mark.parametrize("count", [17, 18, 40])
def test_more_than_sixteen_pictures_are_an_invalid_request(client: Client, count: int) -> None:
    problem = assert_problem(post(client, *(image_file(str(n)) for n in range(count))), "invalid_request")

    assert "at most 16" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"", "application/x-www-form-urlencoded"),
        (b"--x--\r\n", BOUNDARY),
        (b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\ntext\r\n--x--\r\n', BOUNDARY),
        (b'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n--x--\r\n', BOUNDARY),
    ],
)
def test_a_request_without_a_picture_is_a_missing_image(client: Client, body: bytes, content_type: str) -> None:
    assert_problem(client.generic("POST", URL, body, content_type=content_type), "missing_image")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\n", "multipart/form-data"),
        (b"--x\r\n", "multipart/form-data; boundary=" + "b" * 300),
        (b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n\xff\xd8\xff', BOUNDARY),
        (
            (
                b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n'
                b"Content-Transfer-Encoding: base64\r\n\r\nabc\r\n--x--\r\n"
            ),
            BOUNDARY,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n' + b"a" * 3_000_000 + b"\r\n--x--\r\n",
            BOUNDARY,
        ),
        (b'--x\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n' * 110 + b"--x--\r\n", BOUNDARY),
    ],
)
def test_a_malformed_form_is_an_invalid_request(client: Client, body: bytes, content_type: str) -> None:
    assert_problem(client.generic("POST", URL, body, content_type=content_type), "invalid_request")


@pytest.mark.parametrize("content_type", ["", "application/octet-stream", "application/x-www-form-urlencoded"])
def test_a_picture_without_its_content_type_is_answered(client: Client, content_type: str) -> None:
    body = client.generic("POST", URL, image_bytes(GREEN), content_type=content_type).json()

    assert [p["label"] for p in body["predictions"]] == ["chicken"]


@pytest.mark.parametrize(
    ("body", "content_type"), [(b"no picture", "image/jpeg"), (b"no picture", "text/plain"), (image_bytes()[:300], "")]
)
def test_what_a_refused_request_held_is_freed_with_its_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch, body: bytes, content_type: str
) -> None:
    class Watched:
        """Lives as long as the frames of those who read the request."""

    held: list[weakref.ref[Watched]] = []
    understood = uploads._understood

    def watched(body: bytes, request: HttpRequest) -> Sent:
        local = WatchedAdmission()
        held.append(weakref.ref(local))
        return understood(body, request)

    read = uploads.read

    def reading(request: HttpRequest) -> Sent:
        local = WatchedAdmission()
        held.append(weakref.ref(local))
        return read(request)

    monkeypatch.setattr(uploads, "_understood", watched)
    monkeypatch.setattr(uploads, "read", reading)
    gc.collect()
    gc.disable()
    try:
        response = client.generic("POST", URL, body, content_type=content_type)
        alive = [reference for reference in held if reference() is not None]
    finally:
        gc.enable()

    assert response.status_code in {415, 422}
    assert (len(held), alive) == (2, [])


def test_the_error_of_a_picture_does_not_hold_its_bytes(recognizer: Recognizer) -> None:
    share(model=ready_model(recognizer))

    answered = answer(lambda: Asked([Upload("a.txt", b"no picture")]))

    [item] = answered.classified
    assert isinstance(item.outcome, ImageError)
    assert (item.outcome.__traceback__, item.outcome.__cause__, item.outcome.__context__) == (None, None, None)


def test_a_text_is_an_unsupported_format(client: Client) -> None:
    assert_problem(client.generic("POST", URL, b"Dear Sir", content_type="text/plain"), "unsupported_format")


def in_json(client: Client, query: str = "", **members: Any) -> Any:
    return client.post(URL + query, members, content_type="application/json")


def base64_of(colour: tuple[int, int, int]) -> str:
    return base64.b64encode(image_bytes(colour)).decode()


def test_pictures_in_json_are_answered(client: Client) -> None:
    body = in_json(client, images=[base64_of(RED), "data:image/jpeg;base64," + base64_of(BLUE), "no base64!"]).json()

    red, blue, bad = body["predictions"]
    assert (red["label"], blue["label"], bad["error"]["code"]) == ("cat", "dog", "invalid_image")


@pytest.mark.parametrize(("query", "listed"), [("", 2), ("?top_k=3", 3)])
def test_top_k_may_stand_in_json_and_the_query_comes_first(client: Client, query: str, listed: int) -> None:
    body = in_json(client, query, inputs=base64_of(RED), parameters={"top_k": 2}).json()

    assert len(body["predictions"][0]["top"]) == listed


@pytest.mark.parametrize(
    "parameters", [{"top_k": 0}, {"top_k": "all"}, {"top_k": [1]}, {"keep": 1}, {"heatmap": "yes"}]
)
def test_a_wrong_option_in_json_is_an_invalid_request(client: Client, parameters: dict[str, Any]) -> None:
    assert_problem(in_json(client, image=base64_of(RED), parameters=parameters), "invalid_request")


def test_what_shall_not_be_kept_may_be_said_in_json(client: Client, kept: None) -> None:
    in_json(client, image=base64_of(RED), keep=False)
    assert not Answer.objects.exists()

    in_json(client, image=base64_of(RED))
    assert Answer.objects.exists()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    response = client.generic(method, URL)

    assert_problem(response, "method_not_allowed")
    assert response["Allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/classify/", "/api/v2/classify", "/api/v1/classify%00"])
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert_problem(client.get(path), "not_found")


def test_a_foreign_host_name_is_an_invalid_request(client: Client) -> None:
    assert_problem(client.post(URL, HTTP_HOST="evil.example"), "invalid_request")


def test_a_model_that_is_still_starting_is_an_overload_with_a_time_to_come_back(client: Client) -> None:
    share(model=ServedModel(lambda: pytest.fail("never opened"), wait_s=0))

    response = post(client, image_file())

    assert_problem(response, "overloaded")
    assert re.fullmatch(r"[1-9]\d*", response["Retry-After"])


def test_a_busy_server_is_an_overload_with_a_time_to_come_back(client: Client, busy: Admission) -> None:
    response = post(client, image_file())

    assert_problem(response, "overloaded")
    assert response["Retry-After"] == "1"


@pytest.fixture
def watched(client: Client) -> WatchedAdmission:
    admission = WatchedAdmission()
    share(admission=admission)
    return admission


def test_a_long_body_is_heavy_before_it_is_read(client: Client, watched: WatchedAdmission) -> None:
    client.post(URL, bytes(5 * 2**20), content_type="image/bmp")

    assert watched.weights == [Weight.MEDIUM]


def test_a_request_weighs_what_its_pictures_will_cost_to_decode(client: Client, watched: WatchedAdmission) -> None:
    large = other_file("x.png", png(5000, 8000, b"", colour_type=2))
    post(client, image_file(), large)

    assert watched.weights == [Weight.LIGHT]
    assert [load.weight for load in watched.loads] == [Weight.MEDIUM, Weight.MEDIUM]
    small_bytes, large_bytes = (load.memory_bytes for load in watched.loads)
    assert small_bytes < 2**20
    assert large_bytes > 4 * 5000 * 8000


def test_what_is_refused_without_decoding_weighs_nothing(client: Client, watched: WatchedAdmission) -> None:
    post(client, other_file("x.png", png(15_000, 15_000, b"", colour_type=2)))

    assert watched.loads == [Load()]


def test_long_pictures_of_a_form_go_through_the_network_before_they_fill_the_memory(
    client: Client, watched: WatchedAdmission
) -> None:
    strip = image_bytes(GREEN, kind="PNG", size=(30_000, 400))  # 46 MB, and too narrow to be reduced.

    body = post(client, *[other_file(str(number), strip) for number in range(4)]).json()

    assert [(p["filename"], p["label"]) for p in body["predictions"]] == [
        (str(number), "chicken") for number in range(4)
    ]
    assert max(load.memory_bytes for load in watched.loads) == watched.loads[0].memory_bytes


def test_a_client_that_has_gone_while_it_waited_is_not_answered(client: Client) -> None:
    slots = Admission(running=1, queue_size=1, queue_timeout_s=60)
    share(admission=slots)
    server_end, client_end = socket.socketpair()
    client_end.close()

    with server_end, slots.slot():
        response = client.post(URL, {"image": image_file()}, **{"gunicorn.socket": server_end})

    assert "went away" in assert_problem(response, "overloaded")["detail"]


def test_a_request_that_was_answered_leaves_its_slot(client: Client) -> None:
    for file in (image_file(), other_file()):
        post(client, file)

    assert services.current().admission.inside == 0


def test_an_answer_names_the_version_that_gave_it(client: Client) -> None:
    old, new = make_recognizer(version="7"), make_recognizer(version="8")

    class SwitchingEngine(FakeEngine):
        """While it computes, another version becomes the current one."""

        def run(self, pixels: Any) -> Any:
            share(model=ready_model(new))
            return super().run(pixels)

    share(model=ready_model(old))
    old.engine = SwitchingEngine()

    versions = [post(client, image_file()).json()["model"]["version"] for _ in range(2)]

    assert versions == ["7", "8"]


def test_a_model_that_failed_is_unavailable(client: Client) -> None:
    def fail() -> Recognizer:
        raise RuntimeError("/secret/path is broken")

    model = ServedModel(fail)
    model.open()
    share(model=model)

    assert "secret" not in assert_problem(post(client, image_file()), "model_unavailable")["detail"]


def test_a_picture_for_which_there_is_no_memory_may_come_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> NoReturn:
        raise MemoryError

    monkeypatch.setattr(JpegImageFile, "load", fail)

    response = post(client, image_file())

    assert "memory" in assert_problem(response, "overloaded")["detail"]
    assert int(response["Retry-After"]) > 0


def test_more_parameters_than_are_read_are_an_invalid_request(client: Client) -> None:
    assert_problem(post(client, image_file(), query="?" + "a=1&" * 101), "invalid_request")


def test_a_fault_of_ours_is_an_internal_error_without_its_reason(client: Client, recognizer: Recognizer) -> None:
    class BrokenEngine(FakeEngine):
        def run(self, pixels: Any) -> Any:
            raise ZeroDivisionError("the secret reason")

    broken = ServedModel(lambda: Recognizer(recognizer.artifact, FakeEngine()))
    broken.open()
    broken.recognizer().engine = BrokenEngine()
    share(model=broken)

    assert "secret" not in str(assert_problem(post(client, image_file()), "internal_error"))


def test_no_cookie_or_token_is_needed(served: Recognizer) -> None:
    strict = Client(enforce_csrf_checks=True)

    assert post(strict, image_file()).status_code == 200


def test_the_time_is_in_a_server_timing_header(client: Client) -> None:
    number = r"\d+\.\d"

    timing = post(client, image_file())["Server-Timing"]

    assert re.fullmatch(rf"decode;dur={number}, network;dur={number}, total;dur={number}", timing)


def test_answers_are_not_cached(client: Client) -> None:
    assert post(client, image_file())["Cache-Control"] == "no-store"


def test_the_detail_stays_english(client: Client) -> None:
    response = client.post(URL, {"image": other_file()}, HTTP_ACCEPT_LANGUAGE="zh-CN")

    assert response.json()["detail"].startswith("This is not a picture")


def test_every_status_is_one_that_says_whose_fault_it_is() -> None:
    assert all(400 <= status < 600 for status in STATUS_BY_CODE.values())


def test_a_model_with_other_classes_answers_with_them(client: Client) -> None:
    share(model=ready_model(make_recognizer(class_names=("zebra", "猫", "<b>", "d"))))

    assert post(client, image_file()).json()["predictions"][0]["label"] == "zebra"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_another_address_is_a_problem_whatever_the_method_and_the_token(served: Recognizer, method: str) -> None:
    strict = Client(enforce_csrf_checks=True)

    for address in ("/api/", "/api/v1/nothing", "/api/v1/history/null", "/api/v1/batches/1/2/3"):
        assert_problem(strict.generic(method, address), "not_found")
