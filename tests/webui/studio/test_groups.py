"""Groups: what pictures suggest, what is laid out of it for the training, and what is said before and after."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from tests.webui.conftest import SettingsOf
from tests.webui.fakes import other_file
from tests.webui.studio import outcomes
from tests.webui.studio.factories import jpeg_of, make_picture, make_project, make_run
from tests.webui.studio.outcomes import page_of
from training.data.dataset import scan
from training.data.earlier_split import HELD_BACK, TRAINING
from training.data.sources import find_sources
from training.data.split import by_group
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import State
from webui.studio import command, groups, record, training
from webui.studio.class_names import known, placed
from webui.studio.findings import Begun, of_groups
from webui.studio.group_words import measured_on
from webui.studio.groups import Kind, Shot, suggested
from webui.studio.models import MAX_FOLDER, Picture, Project, Run

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)


def in_folders(*sizes: int, label: str = "mug", alone: int = 0) -> list[Shot]:
    shots = [Shot(f"{label}{at}-{n}", label, f"f{at}") for at, size in enumerate(sizes) for n in range(size)]
    return shots + [Shot(f"{label}-{n}", label) for n in range(alone)]


def at_times(*hours: float, label: str = "mug") -> list[Shot]:
    return [Shot(f"{label}{n}", label, taken=MORNING + timedelta(hours=hour)) for n, hour in enumerate(hours)]


@pytest.mark.parametrize(
    ("sizes", "alone", "are_found"),
    [
        ((5, 5, 5), 0, True),
        ((50, 48, 10), 0, True),
        ((2, 2, 2, 2, 2, 2, 2), 0, True),
        ((1, 1, 1, 1, 1, 1), 0, False),  # Of one picture each.
        ((10, 10), 0, False),  # Of two, one would be half.
        ((50, 48, 2), 0, False),  # Two pictures would be measured on.
        ((10, 10, 10), 7, True),
        ((10, 10, 10), 8, False),  # Too many that nothing is known of.
        ((), 10, False),
    ],
)
def test_folders_are_groups_where_they_leave_enough_on_both_sides(
    sizes: tuple[int, ...], alone: int, are_found: bool
) -> None:
    found = suggested(in_folders(*sizes, alone=alone))

    assert bool(found.names) == are_found
    assert len(found.names) == (sum(sizes) if are_found else 0)


def test_a_day_ends_where_no_picture_was_taken_for_six_hours() -> None:
    feast, next_noon, day_after = (10, 13, 15.5), (27, 28), (48, 49)

    found = suggested(at_times(*feast, *next_noon, *day_after))

    assert dict(found.counts) == {Kind.DAYS: 3}
    assert [*found.names.values()] == ["day 2026-03-01"] * 3 + ["day 2026-03-02"] * 2 + ["day 2026-03-03"] * 2


def test_a_new_picture_leaves_other_days_their_names() -> None:
    before = suggested(at_times(0, 1, 24, 25, 48, 49)).names

    after = suggested([*at_times(0, 1, 24, 25, 48, 49), Shot("new", "mug", taken=MORNING - timedelta(days=9))]).names

    assert before.items() <= after.items()


def test_folders_go_before_days_class_by_class() -> None:
    cups = [Shot(shot.digest, "cup", shot.folder, MORNING) for shot in in_folders(4, 4, 4, label="cup")]
    shots = [*cups, *at_times(0, 1, 24, 25, 48, 49), *in_folders(0, alone=8, label="pot")]

    found = suggested(shots)

    assert dict(found.counts) == {Kind.FOLDERS: 3, Kind.DAYS: 3}
    assert {found.names[shot.digest].split()[0] for shot in cups} == {"folder"}
    assert not any(shot.digest in found.names for shot in shots if shot.label == "pot")


def test_classes_share_a_day() -> None:
    both = [*at_times(0, 1, 24, 25, 48, 49), *at_times(2, 3, 26, 27, 50, 51, label="cup")]

    assert dict(suggested(both).counts) == {Kind.DAYS: 3}


def test_each_class_has_something_on_both_sides(tmp_path: Path) -> None:
    """Of what is suggested for classes of all sizes, as the training divides it."""
    chance = random.Random(7)
    for trial in range(25):
        sizes = {label: [chance.randint(1, 12) for _ in range(chance.randint(3, 8))] for label in ("mug", "cup", "pot")}
        found = suggested([shot for label, of in sizes.items() for shot in in_folders(*of, label=label)])
        home = tmp_path / str(trial)
        names = {}
        for digest, name in found.names.items():
            label = digest[:3]
            file = home / label / f"{digest}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(digest.encode())
            names[file] = name
        if len({path.parent for path in names}) < 2:
            continue
        dataset = scan(home)
        of = {image: names[image.path] for image in dataset.images}
        parts = by_group(dataset, of, copies={image: n for n, image in enumerate(of)}, fraction=0.15, seed=1)
        for number in range(len(dataset.class_names)):
            in_part = [sum(image.label == number for image in part) for part in (parts.train, parts.validation)]
            assert in_part[0] >= in_part[1] > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        (["Cafe\u0301", "monday"], ("Cafe\u0301", "monday")),
        (["CAFÉ.", "monday"], ("CAFÉ.", "monday")),
        (["_", "monday"], ("_", "monday")),
        (["__", "monday"], ("monday", "")),
        (["", "monday"], ("monday", "")),
    ],
    ids=ascii,
)
def test_a_folder_is_known_by_what_its_name_looks_like(
    member: User, folders: list[str], expected: tuple[str, str]
) -> None:
    project = make_project(member, café=0, _=0)

    assert placed(folders, known(project)) == expected


@pytest.mark.parametrize(
    ("folders", "known", "expected"),
    [
        (["mug"], set(), ("mug", "")),
        (["mugs", "mug"], set(), ("mug", "")),
        (["all", "mug", "monday"], {"mug"}, ("mug", "monday")),
        (["Mug", "monday", "am"], {"mug"}, ("Mug", "monday")),
        (["cup", "mug"], {"cup", "mug"}, ("mug", "")),
    ],
)
def test_a_folder_inside_that_of_a_class_is_told_from_a_class(
    folders: list[str], known: set[str], expected: tuple[str, str]
) -> None:
    assert placed(folders, known) == expected


@pytest.fixture(autouse=True)
def models(settings_of: SettingsOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place for models, on a server that can train."""
    monkeypatch.setattr(training, "find_spec", lambda name: object())
    (tmp_path / "models").mkdir(exist_ok=True)
    settings_of(models=tmp_path / "models")


@pytest.fixture
def project(member: User) -> Project:
    """Mugs of four days, and cups that say nothing."""
    project = make_project(member, mug=12, cup=12)
    for number, picture in enumerate(project.pictures.filter(picture_class__name="mug").order_by("id")):
        picture.taken = MORNING + timedelta(days=number // 3)
        picture.save()
    return project


def laid_out(run: Run) -> Path:
    made = folder.make(run.job_id)
    command.command(run.job, made)
    return made / "pictures"


@pytest.mark.django_db
def test_time_and_folder_are_kept_as_a_picture_is_added(member_client: Client, member: User) -> None:
    project = make_project(member, mug=0)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:03:01 09:00:00"
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg_of(1))).save(buffer, "JPEG", exif=exif)
    address = reverse("studio_add", args=[project.id])

    for data, inside in ((buffer.getvalue(), "mon\x00day"), (jpeg_of(2), "x" * 5000), (jpeg_of(3), "")):
        form = {"image": other_file("a.jpg", data)}
        member_client.post(f"{address}?name=mug&folder={inside}", form, headers={"Accept": "application/json"})

    kept = [(picture.folder, picture.taken) for picture in Picture.objects.order_by("id")]
    assert kept == [("monday", MORNING), ("x" * MAX_FOLDER, None), ("", None)]


@pytest.mark.django_db
def test_the_training_finds_the_groups_by_itself(project: Project) -> None:
    pictures = laid_out(make_run(project))

    sources = find_sources(scan(pictures / "classes"))

    assert sources is not None
    assert len(set(sources.values())) == 5  # Four days, and a class that says nothing.
    assert {name for image, name in sources.items() if image.path.parent.name == "cup"} == {"class cup"}


@pytest.mark.django_db
@pytest.mark.parametrize("by_groups", [True, False])
def test_it_is_a_choice(member_client: Client, project: Project, by_groups: bool) -> None:
    page = member_client.get(reverse("studio_project", args=[project.id])).content.decode()
    sent = {"recipe": "quick", **({"by_groups": "on"} if by_groups else {})}
    member_client.post(reverse("studio_train", args=[project.id]), sent)
    run = project.runs.get()

    assert "Hold back whole days: some of the 4" in page
    assert run.by_groups == by_groups
    assert (laid_out(run) / groups.MANIFEST).exists() == by_groups


@pytest.mark.django_db
def test_nothing_is_asked_where_pictures_suggest_nothing(member_client: Client, member: User) -> None:
    project = make_project(member, mug=12, cup=12)

    page = member_client.get(reverse("studio_project", args=[project.id])).content.decode()

    assert "by_groups" not in page
    assert not (laid_out(make_run(project)) / groups.MANIFEST).exists()


@pytest.mark.django_db
def test_a_training_goes_on_with_the_groups_that_it_was_begun_with(project: Project) -> None:
    run = make_run(project)
    pictures = laid_out(run)
    before = (pictures / groups.MANIFEST).read_text()
    project.pictures.update(taken=None)
    pictures.rename(pictures.with_name("gone"))

    assert (laid_out(run) / groups.MANIFEST).read_text() == before


@pytest.mark.django_db
def test_the_zip_file_has_the_same_groups(member_client: Client, project: Project, tmp_path: Path) -> None:
    run = make_run(project)
    laid_out(run)

    response = member_client.get(reverse("studio_run_pictures", args=[run.job_id]))
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
        archive.extractall(tmp_path / "zip")
    home = tmp_path / "zip" / "Our mugs"
    sources = find_sources(scan(home / "classes"))

    assert sources is not None
    assert len(set(sources.values())) == 5
    with (home / "pictures.csv").open(encoding="utf-8-sig", newline="") as table:
        assert {row["group"] for row in csv.DictReader(table)} == {"", *(f"day 2026-03-0{n}" for n in range(1, 5))}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([4], "Measured on 1 of 4 days, of which it had seen nothing."),
        ([1, 2], "Measured on 2 of 4 days, of which it had seen nothing."),
        ([], "The pictures could not be divided by whole days: of another day, expect less."),
    ],
)
def test_the_result_says_what_it_was_measured_on(
    member_client: Client, project: Project, days: list[int], said: str
) -> None:
    run = make_run(project, state=State.DONE)
    rows = groups.named(
        record.of_pictures(project.pictures.select_related("picture_class").order_by("id")), groups.of_project(project)
    )
    record.note(run, rows, Begun())
    held_back = [row for row in rows if row.group in {f"day 2026-03-0{day}" for day in days}] or rows[:2]
    outcomes.write(run, outcomes.outcome_of(run, {row.number: (row.label, True) for row in held_back}))

    assert said in page_of(member_client, run)


def test_a_model_that_was_measured_on_no_whole_group_is_not_said_to_be() -> None:
    """Such as where all pictures held back are among those that say no day."""
    found = of_groups([("day 1", TRAINING), ("day 2", TRAINING), ("", HELD_BACK)])

    assert found is not None
    assert measured_on(found) == "The pictures could not be divided by whole days: of another day, expect less."


def test_copies_of_what_is_held_back_do_not_make_a_group_a_divided_one() -> None:
    found = of_groups([("day 1", HELD_BACK), ("day 1", "neither"), ("day 2", TRAINING), ("", HELD_BACK)])

    assert found is not None
    assert (found.groups, found.held_back, found.divided) == (2, 1, 0)


@pytest.mark.django_db
def test_pictures_of_other_things_are_in_no_group(project: Project) -> None:
    other = project.other_things()
    for number in range(4):
        picture = make_picture(other, number)
        Picture.objects.filter(id=picture.pk).update(taken=MORNING + timedelta(days=30 + number // 2))

    assert dict(groups.of_project(project).counts) == {Kind.DAYS: 4}
