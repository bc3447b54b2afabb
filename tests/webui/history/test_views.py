"""The list and the page of one answer."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from webui.accounts.models import User
from webui.history import paging, pictures
from webui.history.models import Answer

pytestmark = pytest.mark.django_db


def shown(client: Client, query: str = "") -> list[str]:
    """The ids of the answers in the list."""
    page = client.get(f"/history/{query}")
    assert page.status_code == 200
    return re.findall(r'name="ids" value="([0-9a-f-]{36})"', page.content.decode())


def test_the_list_says_what_each_answer_was(member_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    page = member_client.get("/history/").content.decode()

    assert "felix.jpg" in page
    assert '<span class="capitalised">cat</span>' in page
    assert "almost certain · 98.0%" in page
    assert "Delete my history (1)" in page
    assert f'<time datetime="{answer.created:%Y-%m-%d}' in page
    assert f'src="/history/{answer.id}/thumbnail.jpg"' in page
    assert "1 to 1 of 1" in page


def test_what_is_none_of_the_classes_is_said_to_be_that(member_client: Client, member: User) -> None:
    make_answer(user=member, known=False, score=0.4)

    page = member_client.get("/history/").content.decode()

    assert "None of these" in page
    assert "Nearest: cat" in page


def test_a_correction_stands_beside_its_answer(member_client: Client, member: User) -> None:
    make_correction(make_answer(user=member))

    assert "dog · waiting for review" in member_client.get("/history/").content.decode()


def test_the_list_is_in_chinese_for_chinese_readers(member_client: Client, member: User) -> None:
    make_answer(user=member)

    assert (
        '<span class="capitalised">猫</span>'
        in member_client.get("/history/", HTTP_ACCEPT_LANGUAGE="zh").content.decode()
    )


def test_only_staff_see_whose_an_answer_is(member_client: Client, staff_client: Client, member: User) -> None:
    make_answer(user=member)

    assert f'href="/history/?who={member.pk}">mia</a>' in staff_client.get("/history/?who=all").content.decode()
    assert "?who=" not in member_client.get("/history/").content.decode()


def test_pages_are_numbered_and_keep_the_filter(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PER_PAGE", 1)
    for _ in range(3):
        make_answer(user=member)

    page = member_client.get("/history/?label=cat&page=2").content.decode()

    assert '<span aria-current="page">2</span>' in page
    assert re.findall(r'rel="(?:prev|next)" href="([^"]+)"', page) == ["?label=cat&amp;page=1", "?label=cat&amp;page=3"]


@pytest.mark.parametrize(
    "query",
    [
        "?page=abc",
        "?page=" + "9" * 4000,
        "?page=%00",
        "?since=yesterday&until=2026-99-99",
        "?since=0001-01-01&until=9999-12-31",
        "?since=2999-12-31&zone=Pacific/Pago_Pago",
        "?zone=" + "x" * 300,
        "?zone=%00&since=2026-01-01",
        "?q=%00&label=%00&model=%00&sort=%00",
        "?q=" + "x" * 3000,
        "?q=%ff%fe",
        "?who=" + "9" * 40,
        "?who=" + "9" * 18,
        "?certainty=maybe&corrected=perhaps&sort=random",
        "?label=" + "猫" * 500,
    ],
)
def test_addresses_that_make_no_sense_get_a_page(staff_client: Client, query: str) -> None:
    answer = make_answer()

    assert staff_client.get(f"/history/{query}").status_code == 200
    assert staff_client.get(f"/history/{answer.id}/{query}").status_code == 200
    assert staff_client.get(f"/history/export.csv{query}").status_code == 200


def test_a_wrong_date_is_named_beside_its_field(member_client: Client, member: User) -> None:
    make_answer(user=member)

    page = member_client.get("/history/?since=yesterday").content.decode()

    assert "Enter a valid date." in page
    assert "felix.jpg" in page


def test_what_an_address_asks_in_vain_is_said(member_client: Client, member: User) -> None:
    make_answer(user=member)

    page = member_client.get("/history/?from=2026-13-99&order=bogus&page=99&<b>=1").content.decode()

    assert "<code>from</code>, <code>order</code>, <code>&lt;b&gt;</code>" in page
    assert "There is no page 99: this is page 1." in page
    assert "left out" not in member_client.get("/history/?page=1&label=cat").content.decode()


def test_answers_stand_below_their_days_if_they_come_by_time(member_client: Client, member: User) -> None:
    for age in (0, 0, 3):
        make_answer(user=member, age_days=age)

    newest, least = (member_client.get(f"/history/?sort={sort}").content.decode() for sort in ("newest", "least"))

    assert newest.count('class="history-date"') in {2, 3}  # Midnight may come between.
    assert newest.count("data-clock") == 3
    assert "history-date" not in least
    assert "data-clock" not in least


def test_the_gallery_shows_the_same_answers_and_keeps_the_filter(member_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    page = member_client.get("/history/?label=cat&view=grid").content.decode()

    assert 'class="history-grid history"' in page
    assert shown(member_client, "?label=cat&view=grid") == [str(answer.id)]
    assert f'href="/history/{answer.id}/?label=cat&amp;view=grid"' in page
    assert 'href="?label=cat"' in page
    assert '<input type="hidden" name="view" value="grid"' in page


def test_staff_see_their_own_history_and_a_way_to_everybodys(
    staff_client: Client, member: User, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30)
    make_answer(user=member)

    assert "?who=all" in staff_client.get("/history/").content.decode()
    assert "Delete everybody’s history (1)" in staff_client.get("/history/?who=all").content.decode()


def test_an_empty_history_says_what_to_do_next(visitor_client: Client) -> None:
    assert "Nothing here yet" in visitor_client.get("/history/").content.decode()


def test_a_filter_that_finds_nothing_says_so(member_client: Client, member: User) -> None:
    make_answer(user=member)

    assert "No answer matches" in member_client.get("/history/?label=dog").content.decode()


def test_without_a_history_the_page_names_the_setting(client: Client) -> None:
    page = client.get("/history/").content.decode()

    assert "This server keeps no history" in page
    assert "MENAGERIE_KEEP_DAYS" in page


def test_the_number_of_queries_does_not_grow_with_the_list(
    staff_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_correction(make_answer(user=make_user(f"user{number}"), picture=False))

    with django_assert_max_num_queries(12):
        assert len(shown(staff_client, "?who=all")) == 30


def test_one_answer_has_a_page(member_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    page = member_client.get(f"/history/{answer.id}/").content.decode()

    assert f'src="/history/{answer.id}.jpg"' in page
    assert "almost certain · 98.0%" in page
    assert page.count("<meter") == 4
    assert "60 × 40 pixels" in page


def test_the_page_of_an_answer_says_how_like_what_was_learned_it_is(member_client: Client, member: User) -> None:
    of_before, of_now = (make_answer(user=member, **fields) for fields in ({}, {"likeness": 0.3, "passes": 2}))

    before, now = (member_client.get(f"/history/{answer.id}/").content.decode() for answer in (of_before, of_now))

    assert "Not much like what it learned" in now
    assert "two, because the first answer was unsure" in now
    assert "what it learned" not in before
    assert "Looks" not in before


def test_an_answer_leads_to_its_neighbours_in_the_list_it_was_found_in(member_client: Client, member: User) -> None:
    oldest, middle, newest = (make_answer(user=member, age_days=age) for age in (3, 2, 1))
    make_answer(user=member, age_days=1.5, label="dog")

    page = member_client.get(f"/history/{middle.id}/?label=cat").content.decode()

    assert re.findall(r'rel="(?:prev|next)" href="([^"]+)"', page) == [
        f"/history/{newest.id}/?label=cat",
        f"/history/{oldest.id}/?label=cat",
    ]


def test_what_the_model_of_now_looks_at_is_shown_on_demand(member_client: Client, member: User) -> None:
    answer = make_answer(user=member, label="dog")

    page = member_client.get(f"/history/{answer.id}/?heat=true").content.decode()

    assert "animals, version 1, which answers now, says:" in page
    assert re.search(r"<strong>cat · [0-9.>]+%</strong>", page)


def test_of_a_picture_that_is_gone_there_is_nothing_to_look_at(member_client: Client, member: User) -> None:
    answer = make_answer(user=member, picture=False)

    page = member_client.get(f"/history/{answer.id}/?heat=true")

    assert page.status_code == 200
    assert "The picture is no longer there." in page.content.decode()


def test_a_busy_server_says_so(member_client: Client, member: User, busy: object) -> None:
    answer = make_answer(user=member)

    page = member_client.get(f"/history/{answer.id}/?heat=true")

    assert page.status_code == 200
    assert "busy" in page.content.decode()


ADDRESSES = ("/history/{id}/", "/history/{id}.jpg", "/history/{id}/thumbnail.jpg")


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_sees_his_own_and_staff_see_all(
    address: str,
    settings_of: SettingsOf,
    visitor_client: Client,
    member_client: Client,
    staff_client: Client,
    member: User,
    staff: User,
) -> None:
    other_visitor, nobody = Client(), Client()
    other_visitor.get("/")
    clients = {"visitor": visitor_client, "other visitor": other_visitor, "member": member_client, "nobody": nobody}
    answers = {
        "visitor": make_answer(visitor=visitor_of(visitor_client)),
        "other visitor": make_answer(visitor=visitor_of(other_visitor)),
        "member": make_answer(user=member),
        "nobody": make_answer(),
        "staff": make_answer(user=staff),
    }

    for who, client in clients.items():
        own = [str(answers[who].id)] if who != "nobody" else []
        assert shown(client) == own
        for owner, answer in answers.items():
            status = client.get(address.format(id=answer.id)).status_code
            assert status == (200 if owner == who != "nobody" else 404), (who, owner)
    assert set(shown(staff_client)) == {str(answers["staff"].id)}
    assert set(shown(staff_client, "?who=all")) == {str(answer.id) for answer in answers.values()}
    assert all(staff_client.get(address.format(id=answer.id)).status_code == 200 for answer in answers.values())


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_that_is_not_there_is_404(staff_client: Client, address: str) -> None:
    assert staff_client.get(address.format(id=uuid.uuid4())).status_code == 404


def test_a_visitor_who_logs_in_sees_the_accounts_history_only(visitor_client: Client, member: User) -> None:
    before = make_answer(visitor=visitor_of(visitor_client))
    own = make_answer(user=member)
    visitor_client.force_login(member)

    assert shown(visitor_client) == [str(own.id)]
    assert visitor_client.get(f"/history/{before.id}/").status_code == 404


def test_a_picture_is_served_to_be_kept_by_one_browser_only(member_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    response = member_client.get(f"/history/{answer.id}.jpg")

    assert response.content == pictures.path_of(answer.id).read_bytes()
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert set(response["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_a_picture_that_a_browser_has_is_not_sent_again(member_client: Client, member: User, address: str) -> None:
    url = address.format(id=make_answer(user=member).id)
    etag = member_client.get(url)["ETag"]

    again = member_client.get(url, HTTP_IF_NONE_MATCH=f'"other", {etag}')

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)


def test_a_browser_that_had_a_picture_of_somebody_else_gets_404(member_client: Client) -> None:
    answer = make_answer()

    response = member_client.get(f"/history/{answer.id}.jpg", HTTP_IF_NONE_MATCH=f'"{answer.id}"')

    assert response.status_code == 404


@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_a_picture_that_is_gone_is_drawn(member_client: Client, member: User, address: str) -> None:
    answer = make_answer(user=member, picture=False)

    response = member_client.get(address.format(id=answer.id))

    assert (response.status_code, response["Location"]) == (302, "/static/webui/no-picture.svg")
    assert finders.find("webui/no-picture.svg")


@pytest.mark.parametrize("address", ["/history/", "/history/export.csv", *ADDRESSES])
def test_reading_changes_nothing(staff_client: Client, address: str) -> None:
    answer = make_answer()

    assert staff_client.post(address.format(id=answer.id)).status_code == 405
    assert Answer.objects.exists()
