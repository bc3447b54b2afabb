"""The addresses of Studio's operations."""

from __future__ import annotations

from django.urls import path

from webui.studio.api import classes, folders, pictures, projects, trainings

_PROJECT = "api/v1/projects/<uuid:project_id>"
_PICTURE = f"{_PROJECT}/pictures/<int:picture_id>"
_TRAINING = "api/v1/trainings/<uuid:job_id>"

urlpatterns = [
    path("api/v1/projects", projects.projects, name="api_projects"),
    path(_PROJECT, projects.project, name="api_project"),
    path(f"{_PROJECT}/classes", classes.make_class, name="api_project_classes"),
    path(f"{_PROJECT}/classes/<int:class_id>", classes.one_class, name="api_project_class"),
    path(f"{_PROJECT}/pictures", pictures.pictures, name="api_project_pictures"),
    path(f"{_PROJECT}/folders", folders.add_folders, name="api_project_folders"),
    path(_PICTURE, pictures.picture, name="api_project_picture"),
    path(f"{_PICTURE}.jpg", pictures.picture_thumbnail, name="api_project_thumbnail"),
    path(f"{_PICTURE}/file", pictures.picture_file, name="api_project_picture_file"),
    path(f"{_PROJECT}/trainings", trainings.trainings, name="api_project_trainings"),
    path(_TRAINING, trainings.one, name="api_training"),
    path(f"{_TRAINING}/pause", trainings.pause_training, name="api_pause_training"),
    path(f"{_TRAINING}/finish", trainings.finish_training, name="api_finish_training"),
    path(f"{_TRAINING}/resume", trainings.resume_training, name="api_resume_training"),
    path(f"{_TRAINING}/model.h5", trainings.training_model, name="api_training_model"),
]
