"""Turns folders of pictures into a model file. The only place that changes weights."""
