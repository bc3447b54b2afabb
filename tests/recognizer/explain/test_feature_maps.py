"""Feature maps: what is inside a compiled graph, read out of a second one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer.engines.graph_files import Graph
from recognizer.engines.inner import InnerGraph
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.errors import ArtifactError
from recognizer.explain.feature_maps import Layer, Layers, rank_among, seen_by
from recognizer.preprocessing import Pixels
from recognizer.recognizer import Recognizer
from tests.recognizer import convolutional
from tests.recognizer.graphs import SIZE, colour_graph

MODEL = Path(__file__).resolve().parents[3] / "models" / "animals-3.h5"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return convolutional.write_graph(tmp_path_factory.mktemp("graph"))


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    return np.random.default_rng(3).integers(0, 256, (1, SIZE, SIZE, 3), np.uint8)


@pytest.fixture(scope="module")
def layers(graph: Graph, pixels: Pixels) -> tuple[Layer, ...]:
    return Layers(graph, threads=1).of(pixels)


def convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """(h, w, D) by NumPy, padded by 1."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))[
        ::stride, ::stride
    ]  # (h, w, D, 3, 3)
    return np.einsum("hwdij,odij->hwo", windows, kernel)


def test_the_stages_are_those_of_the_network_with_their_names(layers: tuple[Layer, ...]) -> None:
    assert [(layer.name, layer.stage.height, layer.stage.channels) for layer in layers] == [
        ("conv1_relu", 16, 4),
        ("pool", 8, 4),
        ("conv2_out", 8, 4),
    ]


def test_a_map_holds_what_the_convolution_makes_of_the_picture(layers: tuple[Layer, ...], pixels: Pixels) -> None:
    expected = np.maximum(convolved(pixels[0].astype(np.float32), convolutional.numbers()["conv1"], 2), 0)

    for one in layers[0].maps:
        assert one.cells == pytest.approx(expected[..., one.unit], rel=1e-2, abs=1e-2)


def test_the_last_stage_is_the_feature_map_of_the_graph_that_answers(
    layers: tuple[Layer, ...], pixels: Pixels, graph: Graph
) -> None:
    feature_map = OpenVINOEngine(graph, threads=1).run(pixels).feature_map[0]

    for one in layers[-1].maps:
        assert one.cells == pytest.approx(feature_map[..., one.unit], rel=1e-2, abs=1e-2)


def test_the_strongest_map_comes_first(layers: tuple[Layer, ...]) -> None:
    for layer in layers:
        means = [float(layer.strengths[one.unit]) for one in layer.maps]
        assert means == sorted(means, reverse=True)
        assert means[0] == max(layer.strengths)


def test_a_map_is_drawn_with_one_pixel_a_cell(layers: tuple[Layer, ...]) -> None:
    assert layers[0].maps[0].png().startswith(b"\x89PNG")
    assert layers[0].maps[0].cells.shape == (16, 16)


def test_a_cell_sees_its_receptive_field_of_the_picture(layers: tuple[Layer, ...]) -> None:
    first = layers[0].stage

    assert seen_by(first, (2, 3), SIZE, (0, 0, 320, 160)) == (50, 15, 80, 30)  # Pixels 5 to 8 and 3 to 6 of 32.
    assert seen_by(first, (0, 0), SIZE, (0, 0, 32, 32)) == (0, 0, 2, 2), "cut off at the edge"


def test_the_share_of_what_is_active_is_told(layers: tuple[Layer, ...]) -> None:
    assert all(0 < layer.active <= 1 for layer in layers)


def test_a_rank_is_1_if_no_other_is_stronger() -> None:
    assert rank_among(2.0, [1.0, 2.0, 0.0]) == 1
    assert rank_among(2.0, [3.0, 1.0]) == 2


def test_a_network_without_convolutions_has_no_layers_to_show(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no convolutions"):
        Layers(convolutional.write_graph(tmp_path, colour_graph()), threads=1)


def test_a_graph_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    source = convolutional.write_source(tmp_path / "x-1.h5")
    (tmp_path / "x-1.xml").write_text("<xml>no graph")

    with pytest.raises(ArtifactError, match="cannot be read"):
        Layers(Graph(tmp_path / "x-1.xml", "f32", source), threads=1)


def test_nothing_runs_before_it_is_compiled(graph: Graph, pixels: Pixels) -> None:
    with pytest.raises(ValueError, match="compile"):
        InnerGraph(graph, threads=1).run(pixels)


# The real network


@pytest.mark.slow
def test_the_shipped_network_has_the_receptive_fields_that_are_known_of_it() -> None:
    """ResNet-50 v1.5, https://distill.pub/2019/computing-receptive-fields/ counts as we do."""
    engine = Recognizer.open(MODEL).engine
    assert isinstance(engine, OpenVINOEngine)

    layers = Layers(engine.graph, threads=1)

    shown = {
        name: (stage.height, stage.channels, stage.rows.extent, stage.rows.step)
        for name, stage in zip(layers.names, layers.stages, strict=True)
    }
    assert shown["conv1_relu"] == (112, 64, 7, 2)
    assert shown["pool1_pool"] == (56, 64, 11, 4)
    assert shown["conv2_block3_out"] == (56, 256, 35, 4)
    assert shown["conv5_block3_out"] == (7, 2048, 427, 32)
    assert len(shown) == 18
