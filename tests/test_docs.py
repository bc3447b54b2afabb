"""The documentation names everything that there is, and nothing that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from docs.screenshots import mugs
from docs.screenshots.scenes import BEFORE_ANYBODY_CAME, PAGE, SCENES
from docs.site.__main__ import sources
from training import config
from training.config.option_names import CHOICES, GROUPS
from webui.config.environment import DESCRIPTIONS
from webui.problems import STATUS_BY_CODE

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "models/README.md",
    ROOT / "benchmarks/README.md",
]


def first_column(page: str) -> set[str]:
    """The code in the first column of a page's tables."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_setting_is_documented() -> None:
    assert first_column("docs/configuration.md") == set(DESCRIPTIONS)


def test_every_option_of_a_recipe_is_documented() -> None:
    documented = first_column("docs/recipes.md") - set(config.names())

    assert documented == set(config.option_names())


def test_every_recipe_is_documented() -> None:
    assert set(config.names()) <= first_column("docs/recipes.md")


def test_every_kind_of_optimizer_and_schedule_is_documented() -> None:
    text = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")

    for group, kinds in CHOICES.items():
        [row] = re.findall(rf"^\| `{group}\.name` .*$", text, re.MULTILINE)
        assert set(kinds) <= set(re.findall(r"`(\w+)`", row))


def test_the_documented_defaults_are_the_defaults() -> None:
    text = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| ([^|]+) \|", text, re.MULTILINE))

    for name, default in option_defaults().items():
        assert written[name].strip("` ") == default, name


def option_defaults() -> dict[str, str]:
    """Every option's default as the documentation spells it; where optimizers or schedules differ, the first one's."""
    fields = {name: field.default for name, field in config.Recipe.model_fields.items() if name not in GROUPS}
    for group, records in GROUPS.items():
        for record in reversed(records):
            fields |= {f"{group}.{name}": field.default for name, field in record.model_fields.items()}
    fields |= {f"{group}.name": getattr(config.Recipe(), group).name for group in CHOICES}
    return {name: spelled(value) for name, value in fields.items()}


def spelled(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(spelled(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def test_every_error_code_is_documented_with_its_status() -> None:
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)) == {
        code: str(status.value) for code, status in STATUS_BY_CODE.items()
    }


def test_every_endpoint_is_documented() -> None:
    from webui.urls import urlpatterns

    rows = first_column("docs/api.md") | first_column("docs/protocols.md")
    documented = {line.split()[1] for line in rows if " " in line}
    named = {f"/{pattern.pattern}" for pattern in urlpatterns if getattr(pattern, "name", None)}

    assert {re.sub(r"<\w+:(\w+)>", r"{\1}", url) for url in named} - {
        "/",
        "/language/",
        "/live/",
        "/theme/",
    } == documented


def test_every_target_of_make_is_in_the_readme_or_contributing() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "CONTRIBUTING.md"))

    assert [target for target in targets if f"make {target}" not in text] == []


def found_in_pages(pattern: str) -> list[tuple[Path, str]]:
    """A page, and what it says in the form that is looked for."""
    found = [(page, text) for page in PAGES for text in re.findall(pattern, page.read_text(encoding="utf-8"))]
    assert len(found) > len(PAGES)
    return found


def test_links_between_pages_lead_somewhere() -> None:
    links = found_in_pages(r"\]\((?!https?:)([^)#]+)")

    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []


def test_code_that_a_page_names_is_there() -> None:
    named = found_in_pages(r"`((?:recognizer|training|webui|tests|benchmarks)/(?!\.venv)[\w/.]*[\w/])`")

    assert [(page.name, place) for page, place in named if not (ROOT / place).exists()] == []


def test_every_page_is_in_the_navigation_of_the_site_and_no_other() -> None:
    configuration = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = re.findall(r"([\w/.-]+\.md)$", configuration.partition("\nnav:")[2], re.MULTILINE)

    assert sorted(listed) == sorted(str(path) for path in sources() if path.suffix == ".md")


# Pictures of the pages


IMAGES = ROOT / "docs" / "images"
MOST_BYTES, MOST_BYTES_IN_ALL = 240_000, 3_150_000  # What a network draws is hard to press.


def test_every_page_has_its_picture_and_is_shown_once() -> None:
    shown = re.findall(r"\]\(images/([\w-]+)\.png\)", (ROOT / "docs/pages.md").read_text(encoding="utf-8"))

    assert sorted(shown) == sorted(scene.name for scene in (*BEFORE_ANYBODY_CAME, *SCENES))


def test_there_is_no_picture_that_nobody_takes() -> None:
    taken = {scene.name for scene in (*BEFORE_ANYBODY_CAME, *SCENES, PAGE)} | {"pages"} | set(mugs.TAKEN.values())

    assert {path.stem for path in IMAGES.iterdir()} == taken


def test_the_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in IMAGES.iterdir()}

    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) <= MOST_BYTES_IN_ALL
