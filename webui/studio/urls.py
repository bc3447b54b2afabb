"""The URLs of Studio."""

from __future__ import annotations

from django.urls import path

from webui.studio import check_views, class_views, export_views, picture_views, run_views, views

urlpatterns = [
    path("", views.projects, name="studio"),
    path("<uuid:project_id>/", views.project, name="studio_project"),
    path("<uuid:project_id>/rename/", views.rename, name="studio_rename"),
    path("<uuid:project_id>/delete/", views.delete, name="studio_delete"),
    path("<uuid:project_id>/pictures.zip", views.export, name="studio_export"),
    path("<uuid:project_id>/classes/", class_views.new, name="studio_new_class"),
    path("<uuid:project_id>/places/", class_views.places, name="studio_places"),
    path("<uuid:project_id>/add/", class_views.add, name="studio_add"),
    path("<uuid:project_id>/corrected/", class_views.add_corrected, name="studio_add_corrected"),
    path("<uuid:project_id>/train/", run_views.train, name="studio_train"),
    path("<uuid:project_id>/chosen/", picture_views.chosen, name="studio_chosen"),
    path("<uuid:project_id>/undo/", picture_views.undo, name="studio_undo"),
    path("<uuid:project_id>/unsorted/", picture_views.unsorted, name="studio_unsorted"),
    path("<uuid:project_id>/right/", picture_views.right, name="studio_right"),
    path("<uuid:project_id>/check/", check_views.check, name="studio_check"),
    path("<uuid:project_id>/fine/", check_views.fine, name="studio_fine"),
    path("<uuid:project_id>/compare/", check_views.compare, name="studio_compare"),
    path("classes/<int:class_id>/", class_views.show, name="studio_class"),
    path("classes/<int:class_id>/rename/", class_views.rename, name="studio_rename_class"),
    path("classes/<int:class_id>/delete/", class_views.delete, name="studio_delete_class"),
    path("pictures/<int:picture_id>.jpg", picture_views.thumbnail, name="studio_picture"),
    path("runs/<uuid:job_id>/", run_views.run, name="studio_run"),
    path("runs/<uuid:job_id>/model.h5", run_views.model, name="studio_model"),
    path("runs/<uuid:job_id>/exports/", export_views.ask, name="studio_export_model"),
    path("runs/<uuid:job_id>/exports/<str:target>.zip", export_views.exported, name="studio_exported"),
    path("runs/<uuid:job_id>/go-on/", run_views.go_on, name="studio_go_on"),
    path("runs/<uuid:job_id>/pause/", run_views.pause, name="studio_pause"),
    path("runs/<uuid:job_id>/finish/", run_views.finish, name="studio_finish"),
    path("runs/<uuid:job_id>/pictures.zip", run_views.pictures, name="studio_run_pictures"),
    path("runs/<uuid:job_id>/delete/", run_views.delete, name="studio_delete_run"),
]
