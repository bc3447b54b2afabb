"""Template filters of the versions pages."""
