"""The sample that fools the shipped model, made out of another sample by `python -m docs.samples`."""
