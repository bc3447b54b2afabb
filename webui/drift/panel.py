"""What the pages about models show of drift, and to whom."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer.model_file.metadata import ModelMetadata
from webui import services
from webui.accounts.identity import Caller
from webui.drift import counters, tally
from webui.drift.assess import Drift, assess
from webui.drift.sentences import Row, sentences, table
from webui.drift.tally import Day


@dataclass(frozen=True)
class Panel:
    """What there is to say about the pictures of one version."""

    drift: Drift
    sentences: list[str]
    rows: list[Row]
    days: list[Day]


def may_see(caller: Caller) -> bool:
    """Whether somebody may see what people's pictures are: staff, and everybody where there are none."""
    return caller.is_staff or not services.current().staff_check.exist()


def panel(metadata: ModelMetadata) -> Panel | None:
    """What a version's page shows; None where it has answered nothing for weeks. Two queries."""
    drift = assess(metadata)
    if not drift.recent.pictures + drift.before.pictures:
        return None
    days = tally.days(f"{metadata.name}-{metadata.version}", counters.today())
    return Panel(drift, sentences(drift), table(drift), days)


def news(metadata: ModelMetadata) -> list[str]:
    """What the list of versions says: what has changed, and nothing where nothing has. One query."""
    drift = assess(metadata)
    return sentences(drift) if drift.found else []
