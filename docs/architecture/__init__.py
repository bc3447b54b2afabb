"""The pictures of docs/architecture.md, drawn by `python -m docs.architecture`."""
