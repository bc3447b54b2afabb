"""Every number of the lesson is that of TensorFlow and Keras: its JavaScript runs in the browser, many cases a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from recognizer.preprocessing import Preprocessing, normalize

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.tensorflow]

Case = dict[str, Any]
Numbers = npt.NDArray[np.float64]
Run = Callable[[str, list[Case]], list[Any]]

BATCHES, CASES = 6, 25
"""Hypothesis draws so many batches of so many cases; each batch is one question to the browser."""
RUN = """async ([code, cases]) => {
    const names = ["tensor", "windows", "convolution", "pooling", "activations", "batch_normalisation", "scores",
                   "optimizers", "costs", "patch", "network_input"];
    const modules = await Promise.all(names.map((name) => import(`/static/webui/lesson/arithmetic/${name}.js`)));
    const all = Object.assign({}, ...modules);
    const map = ({ shape, data }) => all.tensor(...shape, Float64Array.from(data));
    const kernel = ({ shape, data }) => all.kernelOf(...shape, data);
    const run = eval(code)(all, map, kernel);
    const plain = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
    return JSON.stringify(cases.map((one) => run(one)), plain);
}"""


@pytest.fixture(scope="module")
def run(browser: Browser, base_url: str) -> Iterator[Run]:
    """Runs JavaScript `(modules, map, kernel) => (case) => result` on each case."""
    with browser.new_context(base_url=base_url, bypass_csp=True) as context:
        page = context.new_page()
        page.goto("/static/webui/mark.svg")
        yield lambda code, cases: json.loads(page.evaluate(RUN, [code, cases]))


batches = settings(
    max_examples=BATCHES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # A smaller example would be looked for among hundreds of cases.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
side = st.integers(3, 9)
seeds = st.integers(0, 2**32 - 10)


def drawn(seed: int, *shape: int) -> Case:
    """Numbers of a shape, as the browser gets them; from a seed, for drawing each would take seconds."""
    return {"shape": list(shape), "data": np.random.default_rng(seed).normal(size=shape).ravel().tolist()}


def array(given: Case) -> Numbers:
    return np.array(given["data"]).reshape(given["shape"])


def same(found: Case, expected: Any, case: Case, *, tolerance: float = 1e-9) -> None:
    wanted = np.asarray(expected)[0]
    assert (found["height"], found["width"], found["channels"]) == wanted.shape, case
    np.testing.assert_allclose(found["data"], wanted.ravel(), rtol=tolerance, atol=tolerance, err_msg=str(case))


@st.composite
def convolutions(draw: st.DrawFn) -> Case:
    groups = draw(st.integers(1, 3))
    channels, filters = (groups * draw(st.integers(1, 2)) for _ in range(2))
    kernel = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    options = {
        "stride": draw(st.integers(1, 3)),
        "padding": draw(st.sampled_from(["valid", "same", "reflect"])),
        "dilation": draw(st.integers(1, 3)),
        "groups": groups,
    }
    # Without padding the kernel has to fit, and a mirror shows no more than there is.
    least = [1 if options["padding"] == "same" else options["dilation"] * (taps - 1) + 1 for taps in kernel]
    height, width = (draw(st.integers(size, size + 5)) for size in least)
    seed = draw(seeds)
    return {
        "input": drawn(seed, height, width, channels),
        "kernel": drawn(seed + 1, *kernel, channels // groups, filters),
        "options": options,
    }


def expected_convolution(case: Case) -> Any:
    """By `tf.nn.conv2d`, one group after the other; reflected by `tf.pad`, as much as `same` would pad."""
    import tensorflow as tf

    image, kernel, options = array(case["input"])[None], array(case["kernel"]), case["options"]
    stride, dilation, padding = options["stride"], options["dilation"], options["padding"].upper()
    if padding == "REFLECT":
        sides = zip(image.shape[1:3], kernel.shape[:2], strict=True)
        margins = [reflected(size, taps, stride, dilation) for size, taps in sides]
        image, padding = tf.pad(image, [(0, 0), *margins, (0, 0)], "REFLECT"), "VALID"
    groups = options["groups"]
    parts = zip(np.split(image, groups, axis=-1), np.split(kernel, groups, axis=-1), strict=True)
    made = [tf.nn.conv2d(part, weights, stride, padding, dilations=dilation) for part, weights in parts]
    return tf.concat(made, axis=-1)


def reflected(size: int, taps: int, stride: int, dilation: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + dilation * (taps - 1) + 1 - size, 0)
    return total // 2, total - total // 2


@batches
@given(st.lists(convolutions(), min_size=CASES, max_size=CASES))
def test_a_convolution_is_that_of_tensorflow(run: Run, cases: list[Case]) -> None:
    found = run("(js, map, kernel) => (c) => js.convolve(map(c.input), kernel(c.kernel), c.options)", cases)

    for case, result in zip(cases, found, strict=True):
        same(result, expected_convolution(case), case)


@batches
@given(st.lists(convolutions(), min_size=CASES, max_size=CASES))
def test_the_products_that_are_shown_sum_up_to_the_number_and_the_formula_gives_the_size(
    run: Run, cases: list[Case]
) -> None:
    code = """(js, map, kernel) => ({ input, kernel: weights, options }) => {
        const [x, k] = [map(input), kernel(weights)];
        const output = js.convolve(x, k, options);
        const last = [output.height - 1, output.width - 1, output.channels - 1];
        const shown = js.products(x, k, options, ...last).reduce((sum, { product }) => sum + product, 0);
        const sizes = [js.outputSize(x.height, k.height, options), js.outputSize(x.width, k.width, options)];
        return { shown, is: js.at(output, ...last), sizes, are: [output.height, output.width] };
    }"""
    for case, found in zip(cases, run(code, cases), strict=True):
        assert found["shown"] == pytest.approx(found["is"]), case
        assert found["sizes"] == found["are"], case


@st.composite
def separables(draw: st.DrawFn) -> Case:
    channels, filters, kernel, seed = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
        draw(seeds),
    )
    return {
        "input": drawn(seed, draw(side), draw(side), channels),
        "depthwise": drawn(seed + 1, kernel, kernel, 1, channels),
        "pointwise": drawn(seed + 2, 1, 1, channels, filters),
        "options": {"stride": draw(st.integers(1, 3)), "padding": draw(st.sampled_from(["valid", "same"]))},
    }


@batches
@given(st.lists(separables().filter(lambda case: case["depthwise"]["shape"][0] <= 3), min_size=5, max_size=CASES))
def test_a_depthwise_separable_convolution_is_that_of_keras(run: Run, cases: list[Case]) -> None:
    from keras import ops

    code = """(js, map, kernel) => (c) =>
        js.separable(map(c.input), kernel(c.depthwise), kernel(c.pointwise), c.options)"""
    for case, found in zip(cases, run(code, cases), strict=True):
        depthwise = array(case["depthwise"]).transpose(0, 1, 3, 2)
        options = {"strides": case["options"]["stride"], "padding": case["options"]["padding"]}
        expected = ops.separable_conv(array(case["input"])[None], depthwise, array(case["pointwise"]), **options)
        same(found, expected, case)


@st.composite
def transposed(draw: st.DrawFn) -> Case:
    made, given_, kernel, seed = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(seeds)
    return {
        "input": drawn(seed, draw(side), draw(side), given_),
        "kernel": drawn(seed + 1, kernel, kernel, made, given_),
        "options": {"stride": draw(st.integers(1, 3)), "padding": draw(st.sampled_from(["valid", "same"]))},
    }


@batches
@given(st.lists(transposed(), min_size=CASES, max_size=CASES))
def test_a_transposed_convolution_is_that_of_keras(run: Run, cases: list[Case]) -> None:
    from keras import ops

    code = "(js, map, kernel) => (c) => js.transposed(map(c.input), kernel(c.kernel), c.options)"
    for case, found in zip(cases, run(code, cases), strict=True):
        options = {"strides": case["options"]["stride"], "padding": case["options"]["padding"]}
        same(found, ops.conv_transpose(array(case["input"])[None], array(case["kernel"]), **options), case)


@st.composite
def poolings(draw: st.DrawFn) -> Case:
    size = draw(st.integers(1, 4))
    return {
        "input": drawn(draw(seeds), draw(st.integers(size, 9)), draw(st.integers(size, 9)), draw(st.integers(1, 2))),
        "kind": draw(st.sampled_from(["max", "average"])),
        "options": {
            "size": size,
            "stride": draw(st.integers(1, 3)),
            "padding": draw(st.sampled_from(["valid", "same"])),
        },
    }


@batches
@given(st.lists(poolings(), min_size=CASES, max_size=CASES))
def test_pooling_is_that_of_keras(run: Run, cases: list[Case]) -> None:
    from keras import ops

    found = run("(js, map) => (c) => js.pool(c.kind, map(c.input), c.options)", cases)
    for case, result in zip(cases, found, strict=True):
        pool = ops.max_pool if case["kind"] == "max" else ops.average_pool
        options = case["options"]
        expected = pool(array(case["input"])[None], options["size"], options["stride"], options["padding"])
        same(result, expected, case, tolerance=1e-6)  # Keras pools in single precision.


vectors = st.lists(st.floats(-20, 20), min_size=2, max_size=12)


@batches
@given(st.lists(vectors, min_size=5, max_size=CASES))
def test_activations_are_those_of_keras(run: Run, cases: list[list[float]]) -> None:
    import keras

    code = """(js) => (values) => Object.fromEntries(
        Object.entries(js.ACTIVATIONS).map(([name, compute]) => [name, values.map((x) => compute(x))]))"""
    for values, found in zip(cases, run(code, cases), strict=True):
        np.testing.assert_array_equal(found.pop("none"), values)
        for name, result in found.items():
            expected = keras.activations.get(name)(np.array(values))
            np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-9, err_msg=name)


@batches
@given(
    st.lists(st.tuples(vectors, st.floats(-3, 3), st.floats(-3, 3), st.floats(1e-5, 1e-1)), min_size=5, max_size=CASES)
)
def test_batch_normalisation_is_that_of_keras(run: Run, cases: list[tuple[list[float], float, float, float]]) -> None:
    from keras import ops

    code = """(js) => ([values, gamma, beta, epsilon]) =>
        js.batchNormalise(values, { gamma, beta, epsilon, ...js.moments(values) })"""
    for case, found in zip(cases, run(code, cases), strict=True):
        values, gamma, beta, epsilon = case
        batch = np.array(values)[:, None]
        mean, variance = ops.moments(batch, axes=[0])
        scale, offset = np.array([gamma]), np.array([beta])
        expected = ops.batch_normalization(batch, mean, variance, -1, offset=offset, scale=scale, epsilon=epsilon)
        np.testing.assert_allclose(found, np.asarray(expected)[:, 0], rtol=1e-5, atol=1e-5, err_msg=str(case))


@batches
@given(st.lists(st.tuples(vectors, st.floats(0.1, 10)), min_size=5, max_size=CASES))
def test_scores_and_losses_are_those_of_keras(run: Run, cases: list[tuple[list[float], float]]) -> None:
    import keras
    import tensorflow as tf

    code = """(js) => ([logits, temperature]) => {
        const scores = js.softmax(logits, temperature);
        return { scores, losses: scores.map((_, right) => js.crossEntropy(scores, right)),
                 gradient: js.lossGradient(scores, 0) };
    }"""
    for case, found in zip(cases, run(code, cases), strict=True):
        logits = tf.constant(np.array(case[0]) / case[1])
        right = tf.range(len(case[0]))
        np.testing.assert_allclose(found["scores"], keras.ops.softmax(logits), rtol=1e-9, atol=1e-12)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            every = tf.repeat(logits[None], len(case[0]), axis=0)
            losses = keras.ops.sparse_categorical_crossentropy(right, every, from_logits=True)
        np.testing.assert_allclose(found["losses"], losses, rtol=1e-6, atol=1e-9)
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = keras.ops.sparse_categorical_crossentropy(right[:1], logits[None], from_logits=True)
        np.testing.assert_allclose(found["gradient"], tape.gradient(loss, logits), rtol=1e-6, atol=1e-9)


def test_dropout_leaves_what_keras_leaves(run: Run) -> None:
    import keras

    values = np.random.default_rng(7).normal(size=400)
    cases = []
    for rate in (0.1, 0.5, 0.8):
        expected = np.asarray(keras.layers.Dropout(rate, seed=3, dtype="float64")(values[None], training=True))[0]
        cases.append({"values": values.tolist(), "rate": rate, "kept": (expected != 0).tolist(), "expected": expected})

    sent = [{name: value for name, value in case.items() if name != "expected"} for case in cases]
    for case, found in zip(cases, run("(js) => (c) => js.dropout(c.values, c.rate, c.kept)", sent), strict=True):
        np.testing.assert_allclose(found, case["expected"], rtol=1e-6)


def test_draws_are_spread_evenly_from_0_to_1(run: Run) -> None:
    code = "(js) => (seed) => { const draw = js.draws(seed); return Array.from({ length: 4000 }, draw); }"

    for found in run(code, [0, 1, 2**32 - 1]):
        counts = np.histogram(found, bins=10, range=(0, 1))[0]
        assert counts.sum() == 4000
        assert counts.min() > 320


paths = st.tuples(
    st.sampled_from(["sgd", "momentum", "adam"]),
    st.floats(1e-3, 0.5),
    st.lists(st.lists(st.floats(-5, 5), min_size=2, max_size=2), min_size=1, max_size=6),
)


@batches
@given(st.lists(paths, min_size=5, max_size=10))
def test_steps_of_optimizers_are_those_of_keras(run: Run, cases: list[tuple[str, float, list[list[float]]]]) -> None:
    code = """(js) => ([name, rate, gradients]) => {
        let [weights, state] = [[1, -2], {}];
        const step = js.OPTIMIZERS[name];
        for (const gradient of gradients) ({ weights, state } = step(weights, gradient, state, { rate }));
        return weights;
    }"""
    for case, found in zip(cases, run(code, cases), strict=True):
        np.testing.assert_allclose(found, steps_of_keras(*case), rtol=1e-4, atol=1e-5, err_msg=str(case))


def steps_of_keras(name: str, rate: float, gradients: list[list[float]]) -> Any:
    import keras

    optimizer = {
        "sgd": lambda: keras.optimizers.SGD(rate),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=0.9),
        "adam": lambda: keras.optimizers.Adam(rate),
    }[name]()
    weights = keras.Variable(np.array([1.0, -2.0], np.float32))
    for gradient in gradients:
        optimizer.apply([np.array(gradient, np.float32)], [weights])
    return weights.numpy()


costs = st.fixed_dictionaries(
    {
        "side": st.integers(4, 12),
        "kernel": st.integers(1, 5),
        "groups": st.sampled_from([1, 2, 4]),
        "stride": st.integers(1, 2),
        "channels": st.sampled_from([4, 8]),
        "filters": st.sampled_from([4, 16]),
    }
)


@settings(batches, max_examples=2)
@given(st.lists(costs, min_size=4, max_size=4))
def test_weights_and_sizes_are_those_that_keras_counts(run: Run, cases: list[Case]) -> None:
    kinds = ("standard", "grouped", "separable", "pointwise", "transposed")
    code = f"(js) => (c) => Object.fromEntries({list(kinds)}.map((kind) => [kind, js.cost(kind, c)]))"

    for case, found in zip(cases, run(code, cases), strict=True):
        for kind in kinds:
            layer, output = layer_of(kind, case)
            assert found[kind]["weights"] == layer.count_params(), (kind, case)
            assert found[kind]["side"] == output.shape[1], (kind, case)


def layer_of(kind: str, case: Case) -> tuple[Any, Any]:
    from keras import Input, layers

    kernel, filters = case["kernel"], case["filters"]
    options = {"use_bias": False, "strides": case["stride"], "padding": "same"}
    layer = {
        "standard": lambda: layers.Conv2D(filters, kernel, **options),
        "grouped": lambda: layers.Conv2D(filters, kernel, groups=case["groups"], **options),
        "separable": lambda: layers.SeparableConv2D(filters, kernel, **options),
        "pointwise": lambda: layers.Conv2D(filters, 1, **options),
        "transposed": lambda: layers.Conv2DTranspose(filters, kernel, **options),
    }[kind]()
    return layer, layer(Input((case["side"], case["side"], case["channels"])))


def test_multiply_adds_are_the_products_that_a_convolution_makes(run: Run) -> None:
    code = """(js) => (c) => {
        const { side, kernel, channels, filters, groups } = c;
        const x = js.tensor(side, side, channels);
        const ones = (inside, made) => js.kernelOf(kernel, kernel, inside, made, Array(kernel ** 2 * inside * made));
        const products = (k, options) => js.products(x, k, { padding: "same", ...options }, 0, 0).length;
        const all = (k, options) => products(k, options) * k.filters * side ** 2;
        const counted = {
            standard: all(ones(channels, filters), {}),
            grouped: all(ones(channels / groups, filters), { groups }),
            separable: all(ones(1, channels), { groups: channels }) + channels * filters * side ** 2,
        };
        return { counted, said: Object.keys(counted).map((kind) => js.cost(kind, c).multiplyAdds) };
    }"""
    for found in run(code, [{"side": 6, "kernel": 3, "channels": 4, "filters": 8, "groups": 2}]):
        assert found["said"] == list(found["counted"].values())


def test_a_part_of_a_picture_is_averaged_and_stretched_to_ten_levels(run: Run) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 44, 4))
    code = (
        "(js) => (c) => Array.from(js.patch({ width: 44, data: c.data }, { left: 6, top: 4, size: 33, side: 11 }).data)"
    )

    [found, plain] = run(code, [{"data": pixels.ravel().tolist()}, {"data": [102] * pixels.size}])

    grey = pixels[4:37, 6:39, :3] @ np.array([0.299, 0.587, 0.114])
    means = grey.reshape(11, 3, 11, 3).mean(axis=(1, 3))
    expected = np.floor(9 * (means - means.min()) / (means.max() - means.min()) + 0.5)
    assert found == expected.ravel().tolist()
    assert set(plain) == {4}


@pytest.mark.parametrize("order", ["rgb", "bgr", "grey"])
def test_pixels_reach_the_network_as_in_serving(run: Run, order: str) -> None:
    channels = 1 if order == "grey" else 3
    mean, std = (10.0, 20.0, 30.0)[:channels], (1.0, 2.0, 3.0)[:channels]
    record = Preprocessing(
        input_size=8,
        fit="stretch",
        crop_fraction=1.0,
        interpolation="bilinear",
        channel_order=order,
        mean=mean,
        std=std,
    )
    pixels = np.random.default_rng(4).integers(0, 256, (8, 8, 4), np.uint8)
    code = "(js) => (c) => js.networkInput({ width: 8, height: 8, data: c.pixels }, c)"

    [found] = run(code, [{"pixels": pixels.ravel().tolist(), "channelOrder": order, "mean": mean, "std": std}])

    np.testing.assert_allclose(found["data"], normalize(pixels[None, :, :, :3], record).ravel(), rtol=1e-5, atol=1e-4)
