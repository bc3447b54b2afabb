"""The way of a picture: sizes, receptive fields, stages."""

from __future__ import annotations

import math

import pytest

from recognizer.engines.graph_nodes import Node, Window
from recognizer.explain import way
from recognizer.explain.places import NotRead
from recognizer.explain.way import Stage, positions_passed_by_all


def image(size: int = 32) -> Node:
    return Node("image", "Parameter", (), (1, size, size, 3))


def turned(name: str = "turned", of: str = "image", size: int = 32) -> Node:
    return Node(name, "Transpose", (of,), (1, 3, size, size), order=(0, 3, 1, 2))


def window(
    name: str, of: str, size: int, *, kernel: int = 3, stride: int = 1, padding: int = 1, kind: str = "Convolution"
) -> Node:
    return Node(
        name,
        kind,
        (of,),
        (1, 8, size, size),
        window=Window((kernel,) * 2, (stride,) * 2, ((padding,) * 2,) * 2, weights=0 if "Pool" in kind else 100),
    )


def after(name: str, *of: str, size: int, kind: str = "Relu") -> Node:
    return Node(name, kind, of, (1, 8, size, size))


def only(*nodes: Node) -> Stage:
    [found] = way.stages(nodes)
    return found


def test_a_convolution_sees_as_many_pixels_as_its_kernel_and_begins_outside_by_its_padding() -> None:
    stage = only(image(), turned(), window("a", "turned", 16, kernel=7, stride=2, padding=3))

    assert (stage.rows.extent, stage.rows.step, stage.rows.first) == (7, 2, -3)
    assert (stage.height, stage.width, stage.channels) == (16, 16, 8)


def test_two_convolutions_of_three_see_five_pixels() -> None:
    first, second = way.stages([image(), turned(), window("a", "turned", 32), window("b", "a", 32)])

    assert (first.rows.extent, second.rows.extent, second.rows.first) == (3, 5, -2)


def test_behind_a_stride_a_kernel_reaches_twice_as_far() -> None:
    *_, second = way.stages([image(), turned(), window("a", "turned", 16, stride=2), window("b", "a", 16)])

    assert (second.rows.extent, second.rows.step) == (7, 2)


def test_a_sum_sees_what_either_side_sees() -> None:
    nodes = [
        image(),
        turned(),
        window("a", "turned", 32),
        window("b", "a", 32, kernel=5, padding=2),
        after("sum", "a", "b", size=32, kind="Add"),
    ]

    _, block = way.stages(nodes)

    assert (block.node, block.adds, block.rows.extent, block.rows.first) == ("sum", True, 7, -3)
    assert [operation.window.kernel for operation in block.operations] == [(5, 5)]


def test_padding_by_a_layer_of_its_own_counts_for_the_window_behind_it() -> None:
    pad = Node("pad", "Pad", ("turned",), (1, 3, 34, 34), padding=((0, 0), (0, 0), (1, 1), (1, 1)))

    stage = only(image(), turned(), pad, window("a", "pad", 16, stride=2, padding=0))

    [operation] = stage.operations
    assert operation.padding == ((1, 1), (1, 1))
    assert operation.before == (32, 32)
    assert stage.rows.first == -1


def test_the_sizes_are_those_of_the_formula() -> None:
    stage = only(image(), turned(), window("a", "turned", 16, kernel=7, stride=2, padding=3))

    [found] = stage.operations
    n, p, k, s = found.before[0], found.padding[0][0], found.window.kernel[0], found.window.stride[0]
    assert math.floor((n + 2 * p - k) / s) + 1 == found.after[0] == 16


def test_what_depends_on_the_average_of_everything_sees_the_whole_picture() -> None:
    """Squeeze and excitation."""
    nodes = [
        image(),
        turned(),
        window("a", "turned", 32),
        after("squeeze", "a", size=1, kind="ReduceMean"),
        after("gate", "squeeze", size=1, kind="Sigmoid"),
        after("scaled", "a", "gate", size=32, kind="Multiply"),
    ]

    assert only(*nodes).rows.extent == math.inf


def test_a_gate_that_was_a_list_in_between_sees_the_whole_picture_too() -> None:
    """Squeeze and excitation, as EfficientNet has it: with convolutions of what was reshaped."""
    nodes = [
        image(),
        turned(),
        window("a", "turned", 32),
        Node("squeeze", "ReduceMean", ("a",), (1, 8)),
        Node("list", "Reshape", ("squeeze",), (1, 8, 1, 1)),
        window("excite", "list", 1, kernel=1, padding=0),
        after("scaled", "a", "excite", size=32, kind="Multiply"),
    ]

    _, gated = way.stages(nodes)

    assert (gated.node, gated.rows.extent, gated.height) == ("scaled", math.inf, 32)
    assert [operation.after for operation in gated.operations] == [(1, 1)]


def test_a_list_that_is_given_a_place_of_any_size_is_refused() -> None:
    nodes = [image(), turned(), window("a", "turned", 32), Node("list", "ReduceMean", ("a",), (1, 8))]

    with pytest.raises(NotRead, match="a list"):
        way.stages([*nodes, Node("picture", "Reshape", ("list",), (1, 2, 2, 2))])


def test_what_makes_a_picture_grey_is_no_layer() -> None:
    grey = Node(
        "grey", "Convolution", ("turned",), (1, 1, 32, 32), window=Window((1, 1), (1, 1), ((0, 0),) * 2, weights=3)
    )

    stage = only(image(), turned(), grey, window("a", "grey", 32))

    assert (stage.node, stage.rows.extent, stage.key) == ("a", 3, (1, 0))
    assert len(stage.operations) == 1


def test_a_stage_ends_with_what_computes_last_and_not_with_what_is_in_the_way_of_numbers() -> None:
    nodes = [
        image(),
        turned(),
        window("a", "turned", 32),
        after("relu", "a", size=32),
        after("rounded", "relu", size=32, kind="FakeQuantize"),
        window("b", "rounded", 32),
    ]

    assert [stage.node for stage in way.stages(nodes)] == ["relu", "b"]


def test_of_a_long_network_the_first_and_last_of_each_size_are_kept() -> None:
    nodes = [image(), turned()]
    before = "turned"
    for size in (32, 16):
        for number in range(20):
            name = f"{size}-{number}"
            nodes.append(window(name, before, size, stride=2 if size == 16 and number == 0 else 1))
            before = name

    found = way.stages(nodes)

    assert len(found) == way.MOST_STAGES
    assert {"32-0", "32-19", "16-0", "16-19"} <= {stage.node for stage in found}
    assert sum(len(stage.operations) for stage in found) == 40, "no convolution is lost"
    assert [stage.key for stage in found] == sorted(stage.key for stage in found)


def test_an_operation_that_changes_the_place_in_an_unknown_way_is_refused() -> None:
    with pytest.raises(NotRead, match="Interpolate"):
        way.stages([image(), turned(), window("a", "turned", 32), after("b", "a", size=64, kind="Interpolate")])


def test_what_every_path_goes_through_is_found_in_any_order_of_computing() -> None:
    diamond = [("a", ()), ("b", ("a",)), ("c", ("a",)), ("d", ("b", "c")), ("e", ("d",))]

    for chain in (diamond, [diamond[i] for i in (0, 2, 1, 3, 4)]):
        assert [chain[at][0] for at in positions_passed_by_all(chain)] == ["a", "d", "e"]


DENSE = Window((1, 1), (1, 1), ((0, 0), (0, 0)), weights=8 * 20)


@pytest.mark.parametrize("as_list", [True, False])
def test_a_dense_layer_at_each_place_is_part_of_its_stage(as_list: bool) -> None:
    """As ConvNeXt has them; a compiled graph makes a list of the picture for some, and for others not."""
    channels_last = Node("last", "Transpose", ("a",), (1, 16, 16, 8), order=(0, 2, 3, 1))
    dense = [
        Node("list", "Reshape", ("last",), (256, 8)),
        Node("wide", "MatMul", ("list",), (256, 20), window=DENSE),
        Node("picture", "Reshape", ("wide",), (1, 16, 16, 20)),
    ]
    if not as_list:
        dense = [Node("picture", "MatMul", ("last",), (1, 16, 16, 20), window=DENSE)]

    bias = Node("bias", "Add", ("picture",), (1, 16, 16, 20))

    stage = only(image(), turned(), window("a", "turned", 16, stride=2), channels_last, *dense, bias)

    assert (stage.node, stage.height, stage.channels, stage.key, stage.is_nchw) == ("bias", 16, 20, (1, 0), False)
    assert [(one.kind, one.channels) for one in stage.operations] == [("convolution", 8), ("dense layer", 20)]
    assert stage.operations[1].multiplications == 16 * 16 * 8 * 20
    assert stage.rows.extent == 3


def test_a_dense_layer_of_a_list_of_features_has_no_place() -> None:
    """As squeeze and excitation has them: what they make of the whole picture weighs its channels."""
    squeeze = [
        Node("mean", "ReduceMean", ("a",), (1, 8)),
        Node("excite", "MatMul", ("mean",), (1, 8), window=DENSE),
        Node("weights", "Reshape", ("excite",), (1, 8, 1, 1)),
        after("b", "a", "weights", size=32, kind="Multiply"),
    ]

    stage = only(image(), turned(), window("a", "turned", 32), *squeeze)

    assert [one.kind for one in stage.operations] == ["convolution"]
    assert math.isinf(stage.rows.extent)
