"""Template filters and tags of corrections."""
