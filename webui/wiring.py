"""Makes the objects that a server process shares, from the settings; see `services.py`."""

from __future__ import annotations

from django.conf import settings

from webui.accounts.first_run import StaffCheck
from webui.accounts.identity import KeyUse
from webui.accounts.rate_limits import RateLimits
from webui.explain.workbench import Workbench
from webui.history import recorder
from webui.history.database_watch import DatabaseWatch
from webui.history.recorder import Recorder
from webui.inference import served_model
from webui.inference.admission import Admission
from webui.inference.model_watch import INTERVAL_S, ModelWatch
from webui.inference.served_model import ServedModel
from webui.services import Services
from webui.tracing import spans
from webui.versions.comparing import Guest
from webui.versions.following import Follower
from webui.versions.listing import Listing
from webui.versions.switching import Switcher


def make() -> Services:
    """New objects; nothing runs in the background yet."""
    environment = settings.ENVIRONMENT
    model = ServedModel(served_model.open_configured, max_waiting=environment.queue_size)
    return Services(
        admission=Admission(
            running=environment.running_requests,
            queue_size=environment.queue_size,
            queue_timeout_s=environment.queue_timeout_s,
            memory_bytes=environment.decoding_mb * 2**20,
        ),
        model=model,
        model_watch=ModelWatch(
            served_model.model_path,
            model.open,
            # All of several servers should soon answer with the same version.
            interval_s=INTERVAL_S / 2 if environment.is_one_of_several else INTERVAL_S,
        ),
        recorder=Recorder(recorder.write),
        database=DatabaseWatch(),
        rate_limits=RateLimits(together=environment.is_one_of_several),
        workbench=Workbench(),
        key_use=KeyUse(),
        staff_check=StaffCheck(),
        listing=Listing(),
        guest=Guest(served_model.open_as_set),
        switcher=Switcher(),
        follower=Follower(),
        tracing=spans.make(),
        is_stopping=lambda: False,
    )
