"""Studio for programs: what its pages do, as operations of the JSON API.

    projects, classes, pictures, trainings -> lookup -> the functions that the pages call -> documents

A key needs the scope `studio`, and sees the projects of its account alone.
"""
