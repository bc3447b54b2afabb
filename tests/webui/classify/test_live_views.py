from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from tests.recognizer.fakes import make_recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import ready_model, share
from webui.classify.live_views import most_per_s


def test_the_camera_is_given_to_this_page_alone(client: Client) -> None:
    assert "camera=(self)" in client.get("/live/")["Permissions-Policy"]
    assert "camera=()" in client.get("/")["Permissions-Policy"]


@pytest.mark.parametrize(("per_minute", "most"), [(0, 6), (6000, 6), (120, 1.5), (40, 0.5)])
def test_it_asks_so_seldom_that_the_rate_limit_is_never_reached(
    settings_of: SettingsOf, per_minute: int, most: float
) -> None:
    settings_of(pictures_per_minute=per_minute)

    assert most_per_s() == most


def test_every_class_has_a_bar_up_to_eight(client: Client) -> None:
    names = tuple(f"class {number}" for number in range(11))
    share(model=ready_model(make_recognizer(class_names=names)))

    page = client.get("/live/").content.decode()

    assert re.findall(r'data-label="([^"]+)"', page) == list(names[:8])
    assert "And 3 more classes" in page


def test_the_page_comes_while_no_model_answers(client: Client) -> None:
    from webui.inference.served_model import ServedModel

    share(model=ServedModel(lambda: pytest.fail("never opened")))

    assert client.get("/live/").status_code == 200


def test_the_script_knows_why_there_may_be_no_camera(client: Client) -> None:
    page = client.get("/live/").content.decode()
    found = re.search(r'<script id="script-data" type="application/json">(.*?)</script>', page)
    assert found

    assert {"insecure", "NotAllowedError", "NotFoundError", "NotReadableError"} <= set(json.loads(found[1])["camera"])
