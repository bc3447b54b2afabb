"""The section of a page that offers a model for other programs: how far each target is, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webui.exports import asking
from webui.exports.models import Export, Target
from webui.jobs import events, lease, queue, worker_sign
from webui.jobs.models import State

_PURPOSES: dict[Target, Promise] = {
    Target.ONNX: _("For most programs, in almost any language, on computers and phones."),
    Target.LITERT: _("For apps on Android and iOS, and for a Raspberry Pi."),
    Target.OPENVINO: _("Fast on processors by Intel and ARM."),
    Target.SAVED_MODEL: _("For programs that use TensorFlow."),
    Target.WEB: _("Opens by a double click, and needs neither a server nor a network. Pictures stay on the device."),
}


@dataclass(frozen=True)
class Offer:
    """One target, and how far its export is."""

    target: Target
    state: str
    """`waiting`, `running`, `ready` or `failed`; empty where there is no export."""
    address: str
    """Of the zip file, where it is ready."""
    size_bytes: int = 0
    before: int = 0
    """Jobs that come before one that waits."""
    reason: str = ""
    """Why it failed, and what to do."""
    message: str = ""
    """The same in more detail, in English, for somebody who can look after the server."""

    @property
    def purpose(self) -> str:
        """What it is for."""
        return str(_PURPOSES[self.target])


@dataclass(frozen=True)
class Panel:
    """The whole section."""

    offers: list[Offer]
    can_make: bool
    """Whether exports can be made here."""
    no_worker: bool
    """Whether one waits that nobody does."""
    ask_at: str
    """The address that takes the form."""
    file_at: str
    """The address of the model file itself."""
    file_bytes: int

    @property
    def is_open(self) -> bool:
        """Whether the section will change by itself."""
        return any(offer.state in {State.WAITING, State.RUNNING} for offer in self.offers)


def panel(
    digest: str, *, ask_at: str, zip_at: Callable[[Target], str], file_at: str, file_bytes: int, sees_messages: bool
) -> Panel:
    """What can be had of a model file.

    Args:
        digest: of the model file.
        ask_at: address that takes the form.
        zip_at: the address of a target's zip file.
        file_at: the address of the model file.
        file_bytes: its size.
        sees_messages: whether whose page it is may read what a command said, in which there are folders of the server.
    """
    lease.recover()
    found = asking.latest(digest)
    offers = [_offer(target, found.get(target), zip_at(target), sees_messages=sees_messages) for target in Target]
    waits = any(offer.state == State.WAITING for offer in offers)
    return Panel(offers, asking.can_make(), waits and not worker_sign.is_seen(), ask_at, file_at, file_bytes)


def _offer(target: Target, export: Export | None, address: str, *, sees_messages: bool) -> Offer:
    if export is None:
        return Offer(target, "", address)
    job = export.job
    match job.state:
        case State.WAITING:
            return Offer(target, job.state, address, before=queue.before(job))
        case State.FAILED:
            message = events.read(job.id).message if sees_messages else ""
            return Offer(target, job.state, address, reason=job.get_reason_display(), message=message)
        case State.DONE if export.is_ready:
            return Offer(target, "ready", address, size_bytes=_bytes_of(export))
        case State.DONE:  # Its files are gone: a data folder that was restored, or tidied by hand.
            return Offer(target, "", address)
    return Offer(target, job.state, address)


def _bytes_of(export: Export) -> int:
    try:
        return sum(path.stat().st_size for path in export.folder.rglob("*") if path.is_file())
    except OSError:  # It is being removed right now.
        return 0
