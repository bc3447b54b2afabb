"""`python -m docs.architecture`: draws the pictures of docs/architecture.md anew, beside this file."""

from docs.architecture.flow import FOLDER, draw
from docs.architecture.ways import WAYS

for name, way in WAYS.items():
    (FOLDER / f"{name}.svg").write_text(draw(way), encoding="utf-8")
    print(FOLDER / f"{name}.svg")
