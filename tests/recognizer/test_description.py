"""A network's description is read as data: known layers become a flat list, and anything else is named and refused."""

from __future__ import annotations

from typing import Any

import pytest

from recognizer.architectures.description import IMAGE, REVERSED, read
from recognizer.errors import ArtifactError
from tests.recognizer.keras_import.descriptions import (
    SMALL,
    called,
    functional,
    image,
    layer,
    of,
    operation,
    sequential,
)

REVERSE = {"start": None, "stop": None, "step": -1}


def kinds(description: Any) -> list[str]:
    return [step.kind for step in read(description).steps]


def refused(description: Any) -> str:
    with pytest.raises(ArtifactError) as raised:
        read(description)
    return str(raised.value)


def test_what_varies_training_pictures_is_left_out() -> None:
    assert kinds(SMALL) == ["Rescaling", "Conv2D", "GlobalAveragePooling2D", "Dense"]
    assert read(SMALL).output == "dense"
    assert read(SMALL).input_shape == (32, 32, 3)


def test_a_network_inside_a_network_becomes_part_of_it_under_names_of_its_own() -> None:
    inside = functional(image(), called(layer("Flatten", "flat"), of("input")), output="flat", name="inside")
    both = functional(
        image(),
        called({**inside}, of("input"), training=False),
        called(layer("Activation", "flat", activation="relu"), of("inside")),
        output="flat",
    )

    steps = read(both, reserved=("logits",)).steps

    assert [(step.name, step.inputs, step.path) for step in steps] == [
        ("flat", (IMAGE,), (1, 1)),
        ("flat_2", ("flat",), (2,)),
    ]


def test_layers_are_put_in_the_order_in_which_they_are_computed() -> None:
    upside_down = functional(
        image(), called(layer("Flatten", "b"), of("a")), called(layer("ReLU", "a"), of("input")), output="b"
    )

    assert kinds(upside_down) == ["ReLU", "Flatten"]


def test_descriptions_of_keras_2_are_read() -> None:
    old = {
        "class_name": "Functional",
        "config": {
            "layers": [
                {
                    "class_name": "InputLayer",
                    "config": {"batch_input_shape": [None, 8, 8, 3], "name": "i"},
                    "inbound_nodes": [],
                },
                {
                    "class_name": "TFOpLambda",
                    "config": {"name": "tf.math.truediv", "function": "math.truediv"},
                    "inbound_nodes": [["i", 0, 0, {"y": 127.5, "name": None}]],
                },
                {
                    "class_name": "SlicingOpLambda",
                    "config": {"name": "getitem"},
                    "inbound_nodes": [
                        ["tf.math.truediv", 0, 0, {"slice_spec": [{"class_name": "__ellipsis__"}, REVERSE]}]
                    ],
                },
                {
                    "class_name": "DepthwiseConv2D",
                    "config": {"name": "dw", "kernel_size": [3, 3], "groups": 1, "data_format": "channels_last"},
                    "inbound_nodes": [[["getitem", 0, 0, {}]]],
                },
                {
                    "class_name": "LeakyReLU",
                    "config": {"name": "leaky", "alpha": 0.1},
                    "inbound_nodes": [[["dw", 0, 0, {}]]],
                },
                {
                    "class_name": "BatchNormalization",
                    "config": {"name": "bn", "axis": [3], "epsilon": 0.001},
                    "inbound_nodes": [[["leaky", 0, 0, {}]]],
                },
            ],
            "input_layers": [["i", 0, 0]],
            "output_layers": [["bn", 0, 0]],
        },
    }  # fmt: skip

    steps = read(old).steps

    assert [step.kind for step in steps] == [
        "Rescaling",
        REVERSED,
        "DepthwiseConv2D",
        "LeakyReLU",
        "BatchNormalization",
    ]
    assert steps[0].options == {"scale": 1 / 127.5, "offset": 0.0}
    assert steps[2].options == {"kernel_size": [3, 3]}
    assert steps[3].options == {"negative_slope": 0.1}
    assert steps[4].options["axis"] == 3


def test_pixels_that_keras_3_takes_apart_to_put_blue_first_are_reversed() -> None:
    parts = [
        called(operation("GetItem", f"part{i}"), of("input"), [{"class_name": "__ellipsis__", "config": {}}, i])
        for i in (2, 1, 0)
    ]
    mean = {"class_name": "__tensor__", "config": {"value": [[[[-103.5, -116.5, -123.5]]]], "dtype": "float32"}}
    caffe = functional(
        image(),
        *parts,
        called(operation("Stack", "stack"), [of("part2"), of("part1"), of("part0")]),
        called(operation("Add", "add"), of("stack"), mean),
        output="add",
    )

    steps = read(caffe).steps

    assert [step.kind for step in steps] == [REVERSED, "Rescaling"]
    assert steps[1].options["offset"] == [-103.5, -116.5, -123.5]


def test_the_own_layers_of_keras_networks_are_known() -> None:
    scaled = {**layer("CustomScaleLayer", "mixed", scale=0.17), "module": "keras.src.applications.inception_resnet_v2"}
    network = functional(
        image(),
        called(layer("ReLU", "up"), of("input")),
        called({**layer("LayerScale", "gamma"), "module": "keras.src.applications.convnext"}, of("up")),
        called(scaled, [of("input"), of("gamma")]),
        output="mixed",
    )

    steps = read(network).steps

    assert [(step.kind, step.inputs) for step in steps[1:]] == [
        ("LayerScale", ("up",)),
        ("Rescaling", ("gamma",)),
        ("Add", (IMAGE, "mixed")),
    ]
    assert steps[2].options["scale"] == 0.17


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (layer("Lambda", "code", function={"class_name": "__lambda__"}), "The layer code is a Lambda: Python code"),
        (layer("TFSMLayer", "saved", filepath="/etc"), "The layer saved is a TFSMLayer: Python code"),
        ({**layer("Own", "mine"), "module": "__main__"}, r"mine is of a class that is not Keras's own \(Own\)"),
        ({**layer("Dense", "mine", units=2), "registered_name": "pkg>Dense"}, "is not Keras's own"),
        (layer("LSTM", "memory", units=3), "The layer memory is of the kind LSTM, which is not supported"),
        (layer("__reduce__", "x"), "which is not supported"),
        (layer("Dense", "d", units=2, activation="os.system"), "activation 'os.system', which is not one of Keras's"),
        (layer("Dense", "d", units=2, activation=layer("Lambda", "l")), "activation 'Lambda'"),
        (layer("Conv2D", "c", filters={"class_name": "x"}, kernel_size=3), "wrong filters"),
        (layer("Conv2D", "c", filters=1e300, kernel_size=3), "wrong filters"),
        (layer("Conv2D", "c", filters=3, kernel_size=3, data_format="channels_first"), "wants the channels first"),
        (layer("EinsumDense", "e", equation="ab,bc->ac"), "equation='ab,bc->ac', which is not supported"),
    ],
)  # fmt: skip
def test_what_is_not_a_stock_layer_is_refused_by_name(node: dict[str, Any], reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        read(sequential(image(), node))


def test_a_layer_that_is_always_in_training_is_refused() -> None:
    network = functional(image(), called(layer("BatchNormalization", "bn"), of("input"), training=True), output="bn")

    assert "The layer bn is called with training=True" in refused(network)


def test_a_network_with_two_outputs_or_inputs_is_refused() -> None:
    network = functional(image(), called(layer("ReLU", "a"), of("input")), output="a")
    two_outputs = {**network, "config": {**network["config"], "output_layers": [["a", 0, 0], ["input", 0, 0]]}}
    two_inputs = {**network, "config": {**network["config"], "input_layers": [["a", 0, 0], ["input", 0, 0]]}}

    assert "has 2 outputs" in refused(two_outputs)
    assert "has 2 inputs" in refused(two_inputs)


def test_a_network_of_a_class_of_their_own_is_refused() -> None:
    assert "is of a class that is not Keras's own (MyModel)" in refused({"class_name": "MyModel", "config": {}})


def test_a_circle_ends() -> None:
    circle = functional(image(), called(layer("ReLU", "a"), of("b")), called(layer("ReLU", "b"), of("a")), output="a")

    assert "goes in circles" in refused(circle)


def test_networks_nested_without_end_are_refused() -> None:
    network = SMALL
    for _ in range(200):
        network = sequential(network)

    assert "deep" in refused(network)


@pytest.mark.parametrize(
    "nonsense",
    [None, 3, [], {}, {"class_name": "Sequential"}, sequential(image(), {"class_name": "Dense"}), sequential()],
)
def test_nonsense_is_refused(nonsense: Any) -> None:
    assert refused(nonsense)


def test_inputs_that_are_no_pictures_are_refused() -> None:
    text = layer("InputLayer", "input", batch_shape=[None, 100])

    assert "inputs of the shape [None, 100]" in refused(sequential(text, layer("Dense", "d", units=2)))
    assert "does not say how large the pictures are" in refused(sequential(layer("Dense", "d", units=2)))
