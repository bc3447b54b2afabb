from __future__ import annotations

import pytest
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_file, share
from webui.history import recorder
from webui.history.recorder import Recorder


@pytest.mark.parametrize("address", ["/history/{}/", "/api/v1/history?ids={}", "/?answers={}"])
@pytest.mark.django_db(transaction=True)
def test_an_answer_is_found_by_whoever_comes_before_it_is_written(
    visitor_client: Client, settings_of: SettingsOf, address: str
) -> None:
    settings_of(keep_days=30)
    slow = Recorder(recorder.write, gather_s=1.0)
    share(recorder=slow)
    sent = {"image": image_file()}
    [entry] = visitor_client.post("/api/v1/classify", sent, headers={"Origin": "http://testserver"}).json()[
        "predictions"
    ]

    page = visitor_client.get(address.format(entry["id"]))

    slow.close()
    assert page.status_code == 200
    assert f"/history/{entry['id']}.jpg" in page.content.decode()
