"""The first layer of the model that answers now, as far as the lesson shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from recognizer import MenagerieError, architectures
from recognizer.explain import first_layer
from recognizer.explain.first_layer import FirstLayer
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, Preprocessing
from webui import services
from webui.inference.served_model import State

# What a picture is made into where no model answers yet.
_USUAL = architectures.get("resnet50v1.5").preprocessing
_STATISTICS = ("gamma", "beta", "mean", "variance")


@dataclass(frozen=True)
class Network:
    """The model that answers now; without a layer where none does, or its first one is of another kind."""

    metadata: ModelMetadata | None
    layer: FirstLayer | None

    @property
    def preprocessing(self) -> Preprocessing:
        """How it sees pictures."""
        return self.metadata.preprocessing if self.metadata else _USUAL

    @property
    def filters(self) -> int:
        """How many filters its first layer has; 0 where it cannot be shown."""
        return self.layer.kernel.shape[3] if self.layer else 0


def served() -> Network:
    """The model that answers now. Reads its file once, which takes half a second."""
    model = services.current().model
    if model.state is not State.READY:
        return Network(None, None)
    source = model.recognizer().artifact
    return Network(source.metadata, _layer(source.path, source.digest, source.metadata.preprocessing.input_size))


@lru_cache(maxsize=2)
def _layer(path: Path, digest: str, input_size: int) -> FirstLayer | None:  # noqa: ARG001 - part of the key.
    """Of a file; its digest is only there so that a file that was exchanged is read anew."""
    try:
        return first_layer.read(path, input_size)
    except MenagerieError:  # The file is gone, or of a form that we do not explain. The lesson does without.
        return None


def for_script(layer: FirstLayer, index: int, preprocessing: Preprocessing, pixels: Pixels) -> dict[str, Any]:
    """One filter with all that the page's script needs to compute its map, and the map's figures to compare with."""
    made = layer.map_of(index, pixels, preprocessing)
    norm = layer.batch_norm
    statistics = {name: float(getattr(norm, name)[index]) for name in _STATISTICS} if norm else {}
    return {
        "kernel": layer.kernel[:, :, :, index].tolist(),
        "bias": float(layer.bias[index]),
        "stride": layer.stride,
        "margin": list(layer.margin),
        "channelOrder": preprocessing.channel_order,
        "mean": preprocessing.mean,
        "std": preprocessing.std,
        "batchNorm": statistics | {"epsilon": norm.epsilon} if norm else None,
        "expected": {
            "height": made.shape[0],
            "width": made.shape[1],
            "mean": made.mean(),
            "variance": made.var(),
            "least": made.min(),
            "most": made.max(),
        },
    }
