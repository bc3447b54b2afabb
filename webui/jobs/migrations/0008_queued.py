"""When a job was queued, how long it was worked on, and those that outlive the account of who asked for them."""

from __future__ import annotations

import django.utils.timezone
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import webui.jobs.models


def take_from_times(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    jobs = apps.get_model("jobs", "Job").objects
    jobs.update(queued=models.F("created"))
    times = jobs.values_list("id", "started", "finished")
    for job_id, started, finished in list(times):
        if started and finished:
            jobs.filter(id=job_id).update(worked_s=max(0.0, (finished - started).total_seconds()))


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("jobs", "0007_home"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="queued",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(model_name="job", name="worked_s", field=models.FloatField(default=0.0)),
        migrations.RunPython(take_from_times, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="job",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=webui.jobs.models.cascade_by_kind,
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
    ]
