"""`python -m docs.samples`: makes the samples that come from the shipped model itself, beside the drawn ones."""

from pathlib import Path

from PIL import Image

from docs.samples.fooled import fooled
from recognizer.registry import versions

SAMPLES = Path(__file__).parents[2] / "webui/static/webui/samples"
SIDE = 448

model = versions.active(Path("models"))
with Image.open(SAMPLES / "cup.jpg") as cup:
    fooled(model, cup, "cat").save(SAMPLES / "teacup.jpg", quality=84, subsampling=0, optimize=True)
for number, name in ((0, "cat"), (2, "dog")):
    with Image.open(model.with_suffix(".gallery") / f"class-{number}.webp") as sight:
        larger = sight.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        larger.save(SAMPLES / f"dreamt-{name}.jpg", quality=60, optimize=True)
