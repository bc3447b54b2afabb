"""A client that openapi-python-client makes of the document classifies a picture."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tests.webui.api_docs.conftest import run
from tests.webui.fakes import image_bytes

pytestmark = pytest.mark.slow


@pytest.fixture
def generated(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the package, which can be imported."""
    pytest.importorskip("openapi_python_client")
    name = "generated_menagerie"
    (tmp_path / "options.yaml").write_text("post_hooks: []\n")
    run(
        *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--url", f"http://{address}/api/openapi.json", "--output-path", str(tmp_path / name)),
        *("--config", str(tmp_path / "options.yaml")),
    )
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_it_classifies_a_picture_and_reads_a_problem(address: str, generated: str) -> None:
    classify = importlib.import_module(f"{generated}.api.pictures.classify_images").sync
    models = importlib.import_module(f"{generated}.models")
    types = importlib.import_module(f"{generated}.types")
    with importlib.import_module(generated).Client(base_url=f"http://{address}") as client:

        def ask(picture: bytes) -> object:
            file = types.File(payload=picture, file_name="a.jpg", mime_type="image/jpeg")
            return classify(client=client, body=models.ClassifyImagesFilesBody(image=[file]), top_k=2)

        answer, refusal = ask(image_bytes()), ask(b"no picture")

    [prediction] = answer.predictions  # type: ignore[attr-defined]
    assert (prediction.filename, prediction.label, len(prediction.top)) == ("a.jpg", "cat", 2)
    assert (refusal.code, refusal.status) == ("invalid_image", 422)  # type: ignore[attr-defined]
