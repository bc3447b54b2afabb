"""Models for other programs, made on request: a job exports a version, and a zip file of the export is handed out.

    asking: a target that was asked for -> an export of the same file that there is already | a job
    command: `python -m training export` into the job's folder
    panel: how far each target is -> the section of a page
    downloads: the job's folder -> a zip file, written while it is sent

Who may ask for which version is decided by the rooms whose pages have the section: webui/versions and webui/studio.
"""
