from __future__ import annotations

import pytest
from django.test import Client


def test_the_chosen_appearance_stays_until_the_system_is_to_say_again(client: Client) -> None:
    assert "data-theme" not in client.get("/").content.decode()

    response = client.post("/theme/", {"theme": "dark", "next": "/learn/?a=b"})
    assert response["Location"] == "/learn/?a=b"
    assert '<html lang="en" data-theme="dark">' in client.get("/").content.decode()

    client.post("/theme/", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()


@pytest.mark.parametrize("sent", ["purple", "<script>", "dark " * 1000])
def test_another_appearance_is_none(client: Client, sent: str) -> None:
    client.post("/theme/", {"theme": "light"})
    client.post("/theme/", {"theme": sent})
    assert "data-theme" not in client.get("/").content.decode()

    client.cookies["menagerie_theme"] = sent
    assert "data-theme" not in client.get("/").content.decode()


@pytest.mark.parametrize(
    "page", ["https://example.org/", "//example.org", "javascript:alert(1)", "", "\\\\example.org"]
)
def test_it_leads_to_no_other_site(client: Client, page: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": page})["Location"] == "/"


def test_it_is_chosen_with_a_form(client: Client) -> None:
    assert client.get("/theme/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["x", "½", "history"])
def test_a_word_that_is_no_address_is_no_view_either(client: Client, page: str) -> None:
    response = client.post("/theme/", {"theme": "dark", "next": page})

    assert response.status_code == 302
    assert "/history/" not in response["Location"]
