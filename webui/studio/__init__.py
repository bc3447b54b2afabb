"""Studio: a recogniser of one's own, trained on the page.

    Project -> PictureClass -> Picture, its file in store.py
    adding: what was sent -> decoded -> there already? -> file, thumbnail, row
    command: a project's pictures -> class folders in the job's folder -> `python -m training fit --events`
    Run: what was trained on, and which model file came of it; it is published as any version is, see webui/versions
    record: each picture of a training, what it was for, what the model makes of it -> result_words, advice

A project belongs to its owner; staff see and do what he may.
"""
