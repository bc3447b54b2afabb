"""Links to one answer: whose they are, what they show, and when they end."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from recognizer import Recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from webui.accounts.models import User
from webui.config.log_secrets import WithoutTokens
from webui.history import pictures
from webui.history.models import Answer, Share, State

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept_for_a_month(settings_of: SettingsOf) -> None:
    settings_of(keep_days=30)


@pytest.fixture
def answer(member: User) -> Answer:
    return make_answer(user=member, filename="secret-name.jpg")


@pytest.fixture
def share(answer: Answer) -> Share:
    return Share.objects.create(answer=answer)


@pytest.fixture
def stranger(served: Recognizer) -> Client:
    """A browser that has never been here."""
    return Client(raise_request_exception=False)


def statuses(client: Client, share: Share) -> set[int]:
    return {client.get(f"/shared/{share.token}/{name}").status_code for name in ("", "picture.jpg")}


def test_the_owner_makes_a_link_and_revokes_it(member_client: Client, stranger: Client, answer: Answer) -> None:
    page = member_client.get(f"/history/{answer.id}/").content.decode()
    assert f'action="/history/{answer.id}/share/"' in page
    response = member_client.post(f"/history/{answer.id}/share/", {"query": "?label=cat"})
    assert response["Location"] == f"/history/{answer.id}/?label=cat#share-title"

    page = member_client.get(f"/history/{answer.id}/").content.decode()
    share = Share.objects.get()
    assert f'value="http://testserver/shared/{share.token}/"' in page
    assert "Shared since: " in page
    assert statuses(stranger, share) == {200}

    member_client.post(f"/history/{answer.id}/share/revoke/")

    assert statuses(stranger, share) == {404}
    assert "This link shows nothing" in stranger.get(f"/shared/{share.token}/").content.decode()
    member_client.post(f"/history/{answer.id}/share/")
    assert statuses(stranger, share) == {404}, "A new link is another one."


def test_the_owner_sees_in_the_history_what_is_shared(
    member_client: Client, staff_client: Client, share: Share, member: User
) -> None:
    make_answer(user=member)

    assert member_client.get("/history/").content.decode().count('<span class="pill">shared</span>') == 1
    assert ">shared<" not in staff_client.get("/history/?who=all").content.decode()


def test_a_link_that_is_there_stays(member_client: Client, answer: Answer, share: Share) -> None:
    member_client.post(f"/history/{answer.id}/share/")

    assert Share.objects.get() == share


def test_the_page_shows_picture_and_answer_and_nothing_of_its_owner(stranger: Client, share: Share) -> None:
    response = stranger.get(f"/shared/{share.token}/")
    page = response.content.decode()

    assert '<h1 class="capitalised">cat</h1>' in page
    assert "almost certain · 98.0%" in page
    assert page.count("<meter") == 4
    assert not re.search(f"mia|secret-name|{share.answer_id}|animals-1", page)
    assert '<meta name="robots" content="noindex' in page
    assert response["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in response["Cache-Control"]


def test_the_picture_has_no_metadata_and_is_not_kept(stranger: Client, share: Share) -> None:
    photograph = Image.new("RGB", (60, 40))
    exif = photograph.getexif()
    exif[0x010E] = "At home"
    pictures.save(share.answer_id, pictures.shrunk(photograph))

    response = stranger.get(f"/shared/{share.token}/picture.jpg")

    assert response["Content-Type"] == "image/jpeg"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"].startswith("noindex")
    assert not Image.open(io.BytesIO(response.content)).getexif()
    assert b"At home" not in response.content


@pytest.mark.parametrize("access", ["open", "members", "staff"])
def test_a_link_opens_in_every_mode(stranger: Client, share: Share, settings_of: SettingsOf, access: str) -> None:
    settings_of(access=access)

    assert statuses(stranger, share) == {200}
    if access != "open":
        assert "/history/" not in stranger.get(f"/shared/{share.token}/").content.decode()


def test_others_neither_make_nor_revoke_it(
    visitor_client: Client, staff_client: Client, stranger: Client, answer: Answer
) -> None:
    other = Client(raise_request_exception=False)
    other.force_login(make_user("otto"))
    for client in (other, staff_client, visitor_client, stranger):
        client.post(f"/history/{answer.id}/share/")
    assert not Share.objects.exists()

    share = Share.objects.create(answer=answer)
    for client in (other, staff_client, visitor_client, stranger):
        client.post(f"/history/{answer.id}/share/revoke/")
        assert share.token not in client.get(f"/history/{answer.id}/").content.decode()
    assert Share.objects.get() == share


def test_visitors_have_no_links(visitor_client: Client) -> None:
    answer = make_answer(visitor=visitor_of(visitor_client))

    page = visitor_client.get(f"/history/{answer.id}/")

    assert page.status_code == 200
    assert "share" not in page.content.decode()


def test_a_form_of_another_site_shares_nothing(member: User, answer: Answer) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member)

    assert strict.post(f"/history/{answer.id}/share/").status_code == 403
    assert not Share.objects.exists()


def test_it_ends_with_its_answer(member_client: Client, stranger: Client, share: Share) -> None:
    share.answer.delete()

    assert statuses(stranger, share) == {404}
    assert not Share.objects.exists()


def test_it_ends_when_its_answer_expires_even_if_that_stays_for_training(
    member_client: Client, stranger: Client, share: Share
) -> None:
    answer = share.answer
    make_correction(answer, state=State.ACCEPTED)
    Answer.objects.filter(pk=answer.pk).update(created=timezone.now() - timedelta(days=31))
    call_command("enforce_retention", verbosity=0)

    assert Answer.objects.exists()
    assert statuses(stranger, share) == {404}
    assert "share" not in member_client.get(f"/history/{answer.id}/").content.decode()
    Share.objects.all().delete()
    assert member_client.post(f"/history/{answer.id}/share/").status_code == 404


def test_it_ends_with_its_owners_account(stranger: Client, share: Share, member: User) -> None:
    member.is_active = False
    member.save()

    assert statuses(stranger, share) == {404}


@pytest.mark.parametrize("token", ["x", "%00", "0" * 32, "..%2F..", "猫", "x" * 5000])
def test_a_wrong_token_opens_nothing(stranger: Client, share: Share, token: str) -> None:
    assert stranger.get(f"/shared/{token}/").status_code == 404
    assert stranger.get(f"/shared/{token}/picture.jpg").status_code == 404


def test_no_token_follows_from_another(member: User) -> None:
    tokens = [Share.objects.create(answer=make_answer(user=member, picture=False)).token for _ in range(50)]

    assert len(set(tokens)) == 50
    assert {len(token) for token in tokens} == {32}
    assert len({token[:2] for token in tokens}) > 25, "They begin in any way, not with a time or a number."
    assert tokens != sorted(tokens)


def test_forms_only_change(member_client: Client, answer: Answer, share: Share) -> None:
    assert member_client.get(f"/history/{answer.id}/share/").status_code == 405
    assert member_client.get(f"/history/{answer.id}/share/revoke/").status_code == 405
    assert member_client.post(f"/shared/{share.token}/").status_code == 405


def test_links_are_not_made_without_end(member_client: Client, answer: Answer) -> None:
    made = [member_client.post(f"/history/{answer.id}/share/").status_code for _ in range(60)]

    assert made[:30] == [302] * 30
    assert 429 in made[30:]  # On a slow machine the allowance grows meanwhile.


def test_no_token_is_logged(
    stranger: Client, share: Share, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even by a fault, of which Django logs the address."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(WithoutTokens())
    logging.getLogger("django").addHandler(handler)

    def fail(*given: object, **named: object) -> None:
        raise RuntimeError("This is a test.")

    monkeypatch.setattr("webui.history.sharing_views.render", fail)

    assert stranger.get(f"/shared/{share.token}/").status_code == 500

    logging.getLogger("django").removeHandler(handler)
    assert "/shared/.../" in stream.getvalue()
    assert share.token not in stream.getvalue()


def test_the_servers_log_is_filtered() -> None:
    from webui.config import settings

    assert all("secrets" in handler["filters"] for handler in [settings.LOGGING["handlers"]["full"]])
