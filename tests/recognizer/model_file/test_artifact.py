"""A model file is written whole or not at all, and nothing a file says is run, followed or believed unchecked."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import REFERENCES, make_familiarity, make_rejection
from tests.recognizer.small_model import BIAS, KERNEL, LAYER_CONFIG, NETWORK, FakeLayer, FakeModel


class BrokenModel(FakeModel):
    """A model that cannot be saved: the disk is full."""

    def save(self, path: Path, *, include_optimizer: bool) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")


@pytest.fixture(scope="module")
def small_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small, good model file."""
    path = tmp_path_factory.mktemp("small") / "small-1.h5"
    artifact.write(path, FakeModel(), make_metadata())
    return path.read_bytes()


@pytest.fixture
def small(tmp_path: Path, small_bytes: bytes) -> Path:
    """A small, good model file that a test may change."""
    path = tmp_path / "small-1.h5"
    path.write_bytes(small_bytes)
    return path


def load(path: Path) -> FakeLayer:
    """Reads the file and loads its weights into a fresh network."""
    model = FakeModel()
    artifact.load_weights(artifact.read(path), model)
    return model.layers[1]


def change(path: Path, edit: Callable[[h5py.File], object]) -> None:
    with h5py.File(path, "r+") as file:
        edit(file)


def set_config(path: Path, config: object) -> None:
    def edit(file: h5py.File) -> None:
        file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)

    change(path, edit)


def replace_kernel(path: Path, *args: Any, **options: Any) -> None:
    def edit(file: h5py.File) -> None:
        group = file["model_weights/logits/logits"]
        del group["kernel"]
        group.create_dataset("kernel", *args, **options)

    change(path, edit)


# Writing


def test_metadata_comes_back(small: Path) -> None:
    assert artifact.read(small).metadata == make_metadata()


def test_kernels_come_back_in_half_precision(small: Path) -> None:
    kernel, _ = load(small).received

    assert kernel.dtype == np.float32
    assert (kernel == KERNEL.astype(np.float16)).all()


def test_biases_come_back_exactly(small: Path) -> None:
    _, bias = load(small).received

    assert (bias == BIAS).all()


def test_kernels_are_compressed(small: Path) -> None:
    with h5py.File(small) as file:
        kernel = file["model_weights/logits/logits/kernel"]

        assert (kernel.compression, kernel.shuffle, kernel.dtype) == ("gzip", True, np.float32)


def test_keras_finds_its_own_attributes(small: Path) -> None:
    with h5py.File(small) as file:
        assert json.loads(file.attrs["model_config"]) == NETWORK
        assert file.attrs["keras_version"] == "3.15.1"


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "small-1.h5"

    artifact.write(path, FakeModel(), make_metadata())

    assert artifact.read(path).path == path


def test_nothing_but_the_model_is_left_in_the_folder(small: Path) -> None:
    assert list(small.parent.iterdir()) == [small]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(small: Path) -> None:
    before = small.read_bytes()

    with pytest.raises(ArtifactError, match="cannot be written: No space left on device"):
        artifact.write(small, BrokenModel(), make_metadata())

    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]


def test_a_place_that_cannot_be_written_to_is_an_artifact_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ArtifactError, match="cannot be written"):
        artifact.write(tmp_path / "file" / "small-1.h5", FakeModel(), make_metadata())


def test_what_hdf5_raises_on_a_full_disk_is_an_artifact_error(tmp_path: Path) -> None:
    class FullDisk(FakeModel):
        def save(self, path: Path, *, include_optimizer: bool) -> None:
            raise RuntimeError("Can't destroy cache (slist already enabled?)")

    with pytest.raises(ArtifactError, match="the disk may be full"):
        artifact.write(tmp_path / "small-1.h5", FullDisk(), make_metadata())


def test_a_place_is_found_fit_for_writing_without_a_trace(tmp_path: Path) -> None:
    artifact.check_writable(tmp_path / "deep" / "deeper" / "small-1.h5")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["file/small-1.h5", "file/deep/small-1.h5", "folder-1.h5"])
def test_a_place_that_is_not_is_an_artifact_error_before_anything_is_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder-1.h5").mkdir()

    with pytest.raises(ArtifactError, match="cannot be written"):
        artifact.check_writable(tmp_path / place)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_an_artifact_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(ArtifactError, match="Permission denied"):
        artifact.write(tmp_path / "small-1.h5", FakeModel(), make_metadata())


def test_a_kernel_too_large_for_half_precision_is_not_written(tmp_path: Path) -> None:
    class Exploded(FakeModel):
        def save(self, path: Path, *, include_optimizer: bool) -> None:
            super().save(path, include_optimizer=include_optimizer)
            replace_kernel(path, data=KERNEL * 1e6)

    with pytest.raises(ArtifactError, match="kernel"):
        artifact.write(tmp_path / "small-1.h5", Exploded(), make_metadata())

    assert list(tmp_path.iterdir()) == []


def test_a_copy_keeps_the_weights_and_changes_the_metadata(small: Path) -> None:
    other = small.with_name("copy-2.h5")

    artifact.copy_with_metadata(small, other, make_metadata(version="2"))

    assert artifact.read(other).metadata.version == "2"
    assert (load(other).received[1] == BIAS).all()


# Rejection


@pytest.fixture
def rejecting(small: Path) -> Path:
    """A small, good model file that can say "none of these"."""
    artifact.copy_with_metadata(small, small, make_metadata(rejection=make_rejection()), make_familiarity())
    return small


def test_a_file_without_a_rejection_has_none(small: Path) -> None:
    assert artifact.read(small).familiarity is None


def test_a_rejection_comes_back_with_its_numbers(rejecting: Path) -> None:
    read = artifact.read(rejecting)

    assert read.metadata.rejection == make_rejection()
    assert read.familiarity is not None
    assert read.familiarity.references == pytest.approx(REFERENCES, abs=1e-3)


def test_a_copy_without_a_rejection_has_no_numbers_left(rejecting: Path) -> None:
    artifact.copy_with_metadata(rejecting, rejecting, make_metadata())

    with h5py.File(rejecting) as file:
        assert artifact.REJECTION_PATH not in file


def test_a_rejection_is_replaced(rejecting: Path) -> None:
    other = make_familiarity(references=np.eye(4, dtype=np.float32))

    artifact.copy_with_metadata(rejecting, rejecting, make_metadata(rejection=make_rejection(references=4)), other)

    read = artifact.read(rejecting)
    assert read.familiarity is not None
    assert read.familiarity.references.tolist() == np.eye(4).tolist()


@pytest.mark.parametrize(
    "numbers",
    [
        None,
        np.zeros((4, 4), np.float16),
        np.zeros(12, np.float16),
        np.zeros((3, 4), np.float32),
        np.zeros((3, 4), ">f2"),
        np.full((3, 4), np.nan, np.float16),
        np.full((3, 4), np.inf, np.float16),
        np.zeros((3, 4), np.int16),
        "text",
        h5py.Empty(np.float16),
    ],
)
def test_numbers_that_are_not_those_of_the_record_are_refused(rejecting: Path, numbers: object) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.REJECTION_PATH]
        if numbers is not None:
            file[artifact.REJECTION_PATH] = numbers

    change(rejecting, edit)

    with pytest.raises(ArtifactError):
        artifact.read(rejecting)


def test_a_group_in_the_place_of_the_numbers_is_refused(rejecting: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.REJECTION_PATH]
        file.create_group(artifact.REJECTION_PATH)

    change(rejecting, edit)

    with pytest.raises(ArtifactError, match="recognizer/rejection"):
        artifact.read(rejecting)


def test_the_digest_is_of_the_whole_file(small: Path) -> None:
    before = artifact.read(small).digest

    artifact.copy_with_metadata(small, small, make_metadata(version="2"))

    assert before.startswith("sha256:")
    assert artifact.read(small).digest != before


# Reading: files that are none


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no model file at .*nowhere\.h5"):
        artifact.read(tmp_path / "nowhere.h5")


def test_a_folder_is_no_model_file(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no model file"):
        artifact.read(tmp_path)


def test_a_name_that_no_file_can_have_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)

    for read in (artifact.read, artifact.digest):
        with pytest.raises(ArtifactError, match=r"File name too long|no model file"):
            read(path)


def test_a_file_that_may_not_be_read_is_said_to_be_so(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **options: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", forbidden)

    for read in (artifact.read, artifact.digest):
        with pytest.raises(ArtifactError, match=r"small-1\.h5 cannot be read: Permission denied"):
            read(small)


@pytest.mark.parametrize("data", [b"", b"hello", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(2000)])
def test_other_files_are_no_model(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "other.h5"
    path.write_bytes(data)

    with pytest.raises(ArtifactError, match=r"other\.h5 is no H5 file, or a damaged one"):
        artifact.read(path)


def test_a_file_cut_off_anywhere_is_refused(small: Path) -> None:
    data = small.read_bytes()

    for length in range(0, len(data), len(data) // 40):
        small.write_bytes(data[:length])
        with pytest.raises(ArtifactError):
            artifact.read(small)


def test_a_keras_file_without_our_metadata_is_no_model_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "stock.h5"
    FakeModel().save(path, include_optimizer=False)

    with pytest.raises(ArtifactError, match="no model of ours: it has no /recognizer/metadata"):
        artifact.read(path)


def test_our_metadata_without_a_network_is_refused(small: Path) -> None:
    change(small, lambda file: file.attrs.__delitem__("model_config"))

    with pytest.raises(ArtifactError, match="no model_config"):
        artifact.read(small)


# What a file may say about itself


@pytest.mark.parametrize(
    "data",
    [7, 1.5, [b"{}"], np.zeros((2, 2)), np.bytes_(b"{}"), np.void(b"{}"), h5py.Empty("S10")],
    ids=lambda data: type(data).__name__,
)
def test_metadata_that_is_no_json_string_is_refused(small: Path, data: object) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.METADATA_PATH]
        file.create_dataset(artifact.METADATA_PATH, data=data)

    change(small, edit)

    with pytest.raises(ArtifactError):
        artifact.read(small)


def test_a_group_in_the_place_of_metadata_is_refused(small: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.METADATA_PATH]
        file.create_group(artifact.METADATA_PATH)

    change(small, edit)

    with pytest.raises(ArtifactError, match="no model of ours"):
        artifact.read(small)


def test_megabytes_of_metadata_are_refused(small: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.METADATA_PATH]
        file[artifact.METADATA_PATH] = " " * (5 * 2**20)

    change(small, edit)

    with pytest.raises(ArtifactError, match="one JSON string"):
        artifact.read(small)


def test_a_string_whose_length_is_damaged_is_refused_before_room_is_made_for_it(small: Path) -> None:
    with h5py.File(small) as file:
        place = file[artifact.METADATA_PATH].id.get_offset()
    data = bytearray(small.read_bytes())
    data[place : place + 4] = b"\xff\xff\xff\xff"
    small.write_bytes(data)

    with pytest.raises(ArtifactError, match="one of 4294967295 bytes"):
        artifact.read(small)


def lists(values: Any) -> npt.NDArray[np.object_]:
    """One list of any length."""
    array = np.empty(1, object)
    array[0] = np.array(values)
    return array


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (lists([123, 125]), h5py.vlen_dtype("u1")),
        (lists([1.5]), h5py.vlen_dtype("f4")),
        (7, "u1"),
        (np.void(b"{}"), "V2"),
    ],
    ids=str,
)
def test_a_description_that_is_no_text_is_refused_before_it_is_read(small: Path, value: object, dtype: Any) -> None:
    def edit(file: h5py.File) -> None:
        del file.attrs["model_config"]
        file.attrs.create("model_config", value, dtype=dtype)

    change(small, edit)

    with pytest.raises(ArtifactError, match="Expected a Keras model in the file"):
        artifact.read(small)


def test_a_string_that_claims_gigabytes_is_refused_before_it_is_read(small: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file[artifact.METADATA_PATH]
        file.create_dataset(artifact.METADATA_PATH, shape=(), dtype="S2000000000")

    change(small, edit)

    with pytest.raises(ArtifactError, match="one JSON string"):
        artifact.read(small)


# Reading: what a file may not ask for


def add_soft_link(file: h5py.File, _: Path) -> None:
    file["model_weights/link"] = h5py.SoftLink("/recognizer")


def add_dangling_soft_link(file: h5py.File, _: Path) -> None:
    file["link"] = h5py.SoftLink("/nowhere")


def add_external_link(file: h5py.File, outside: Path) -> None:
    file["link"] = h5py.ExternalLink(str(outside), "/")


def add_external_storage(file: h5py.File, outside: Path) -> None:
    file.create_dataset("x", shape=(4,), dtype="u1", external=[(str(outside), 0, 4)])


def add_virtual_dataset(file: h5py.File, outside: Path) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource(str(outside), "x", shape=(4,))
    file.create_virtual_dataset("x", layout)


def add_unknown_filter(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(64,), chunks=(8,), dtype="f4", compression="lzf")


def add_named_type(file: h5py.File, _: Path) -> None:
    file["x"] = np.dtype("f8")


def add_absurd_shape(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(10**12,), chunks=(1024,), dtype="f4")


def add_shape_beyond_64_bits(file: h5py.File, _: Path) -> None:
    file.create_dataset("x", shape=(2**40, 2**40), chunks=(8, 8), dtype="f4")


def add_chunk_larger_than_its_dataset(file: h5py.File, _: Path) -> None:
    unlimited = {"maxshape": (None, None), "chunks": (2**14, 2**14)}
    file.create_dataset("x", shape=(4, 4), dtype="f4", compression="gzip", **unlimited)


def add_deep_groups(file: h5py.File, _: Path) -> None:
    file.create_group("/".join("d" * 500))


def add_cycle(file: h5py.File, _: Path) -> None:
    file["model_weights/again"] = file["/"]


def add_many_cycles(file: h5py.File, _: Path) -> None:
    for number in range(100):
        file[f"again{number}"] = file["/"]


ATTACKS = [
    (add_soft_link, "link"),
    (add_dangling_soft_link, "link"),
    (add_external_link, "link"),
    (add_external_storage, "another file"),
    (add_virtual_dataset, "another file"),
    (add_unknown_filter, "unknown filter"),
    (add_named_type, "neither a group nor a dataset"),
    (add_absurd_shape, "500000000 numbers"),
    (add_shape_beyond_64_bits, "500000000 numbers"),
    (add_chunk_larger_than_its_dataset, "pieces larger than itself"),
    (add_deep_groups, "at most 12 deep"),
    (add_cycle, "at most 12 deep"),
    (add_many_cycles, "at most"),
]


@pytest.mark.parametrize(("attack", "reason"), ATTACKS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_not_plain_data_is_refused(
    small: Path, tmp_path: Path, attack: Callable[[h5py.File, Path], None], reason: str
) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"secret")

    change(small, lambda file: attack(file, outside))

    with pytest.raises(ArtifactError, match=reason):
        artifact.read(small)


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ({"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}}, "Lambda, which is code"),
        ({"class_name": "TFOpLambda", "config": {}}, "which is code"),
        ({"class_name": "Activation", "config": {"activation": {"class_name": "__lambda__", "config": {}}}}, "code"),
        ({"class_name": "Mine", "module": "my_package", "registered_name": "Custom>Mine"}, "not Keras's own"),
        ({"class_name": "Mine", "module": None, "registered_name": "Custom>Mine"}, "not Keras's own"),
        ({"class_name": "Custom>Mine", "config": {}}, "not Keras's own"),
        ({"class_name": "system", "module": "os", "registered_name": None}, "not Keras's own"),
        ({"class_name": "Evil", "module": "keras_evil", "registered_name": None}, "not Keras's own"),
        ({"class_name": "get_file", "module": "keras.utils", "registered_name": None}, "not Keras's own"),
        ({"class_name": "function", "module": "builtins", "config": "eval"}, "not Keras's own"),
        ({"class_name": "Dense", "module": ["keras"]}, "not Keras's own"),
    ],
)
def test_a_network_that_is_more_than_stock_layers_is_refused(small: Path, layer: dict[str, Any], reason: str) -> None:
    set_config(small, {"class_name": "Functional", "config": {"layers": [LAYER_CONFIG, {"deep": [layer]}]}})

    with pytest.raises(ArtifactError, match=reason):
        artifact.read(small)


@pytest.mark.parametrize(
    "config",
    ["", "{", "[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900, "\ud7ff{", "[" + "{}," * 6_000_000 + "{}]"],
    ids=lambda text: repr(text[:6]),
)
def test_a_description_that_is_no_sane_json_does_no_harm(small: Path, config: str) -> None:
    set_config(small, config)

    with contextlib.suppress(ArtifactError):
        artifact.read(small)


# Loading weights


def test_layers_without_weights_are_left_alone(small: Path) -> None:
    model = FakeModel()

    artifact.load_weights(artifact.read(small), model)

    assert model.layers[0].received == []


def test_a_missing_layer_is_named(small: Path) -> None:
    change(small, lambda file: file["model_weights"].__delitem__("logits"))

    with pytest.raises(ArtifactError, match="no weights for the layer logits"):
        load(small)


def test_a_dataset_in_the_place_of_a_layer_is_refused(small: Path) -> None:
    def edit(file: h5py.File) -> None:
        del file["model_weights/logits"]
        file["model_weights/logits"] = KERNEL

    change(small, edit)

    with pytest.raises(ArtifactError, match="no weights for the layer logits"):
        load(small)


@pytest.mark.parametrize("names", [[], [b"logits/kernel"], [b"logits/bias", b"logits/kernel"], [b"logits", b"logits"]])
def test_weights_that_do_not_fit_the_layer_are_refused(small: Path, names: list[bytes]) -> None:
    change(small, lambda file: file["model_weights/logits"].attrs.__setitem__("weight_names", names))

    with pytest.raises(ArtifactError, match="Expected the layer logits to have weights of the shapes"):
        load(small)


@pytest.mark.parametrize(
    "names", [7, b"logits", "logits", [1, 2], np.zeros((2, 2)), [b"nowhere", b"x"], [b"\xff", b""], h5py.Empty("S3")]
)
def test_names_of_weights_that_are_none_are_refused(small: Path, names: object) -> None:
    change(small, lambda file: file["model_weights/logits"].attrs.__setitem__("weight_names", names))

    with pytest.raises(ArtifactError):
        load(small)


@pytest.mark.parametrize("shape", [(3, 4, 6), (60,), (), (0, 4, 5), (5, 4, 3)])
def test_a_wrong_shape_is_refused(small: Path, shape: tuple[int, ...]) -> None:
    replace_kernel(small, data=np.zeros(shape, np.float32))

    with pytest.raises(ArtifactError, match="Expected the layer logits to have weights of the shapes"):
        load(small)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(small: Path, number: float) -> None:
    replace_kernel(small, data=np.where(KERNEL > 0.9, np.float32(number), KERNEL))

    with pytest.raises(ArtifactError, match="not finite"):
        load(small)


@pytest.mark.parametrize(
    "dtype",
    [
        "i4",
        "u1",
        "c8",
        "S4",
        "S1000000",
        "V8",
        "bool",
        np.dtype([("a", "f4"), ("b", "f4")]),
        h5py.string_dtype(),
        h5py.ref_dtype,
        h5py.vlen_dtype("f4"),
        np.dtype(("f4", (2,))),
    ],
    ids=str,
)
def test_weights_that_are_no_floating_point_numbers_are_refused(small: Path, dtype: Any) -> None:
    replace_kernel(small, shape=KERNEL.shape, dtype=dtype)

    with pytest.raises(ArtifactError):
        load(small)


@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4"])
def test_other_floating_point_types_are_converted(small: Path, dtype: str) -> None:
    replace_kernel(small, data=KERNEL.astype("f2").astype(dtype))

    kernel, _ = load(small).received

    assert kernel.dtype == np.float32
    assert (kernel == KERNEL.astype(np.float16)).all()


def test_numbers_beyond_single_precision_are_refused(small: Path) -> None:
    replace_kernel(small, data=np.full(KERNEL.shape, 1e300))

    with pytest.raises(ArtifactError):
        load(small)


def test_a_file_that_vanishes_between_reading_and_loading_is_an_artifact_error(small: Path) -> None:
    source = artifact.read(small)
    small.unlink()

    with pytest.raises(ArtifactError, match="no model file"):
        artifact.load_weights(source, FakeModel())


def test_a_file_that_changes_between_reading_and_loading_is_an_artifact_error(small: Path) -> None:
    source = artifact.read(small)
    small.write_bytes(small.read_bytes()[:-600])

    with pytest.raises(ArtifactError):
        artifact.load_weights(source, FakeModel())


# Damage of any kind


def places_of_data(file: bytes) -> list[int]:
    """Where the two JSON texts and the numbers lie; for the structure around them see test_hostile_files.py."""
    texts = (json.dumps(NETWORK).encode(), make_metadata().to_json().encode(), BIAS.tobytes())
    return [place for text in texts for place in range(file.index(text), file.index(text) + len(text))]


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damaged_texts_and_numbers_are_refused_or_work(
    small_bytes: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged, places = bytearray(small_bytes), places_of_data(small_bytes)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.sampled_from(places))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.h5"
    path.write_bytes(damaged)

    try:
        layer = load(path)
    except ArtifactError:
        return
    assert [tensor.shape for tensor in layer.received] == [KERNEL.shape, BIAS.shape]


# The real thing


@pytest.mark.tensorflow
def test_a_full_model_file_stays_small(untrained_model: Path) -> None:
    assert untrained_model.stat().st_size < 60 * 10**6


def test_an_artifact_cannot_be_changed(small: Path) -> None:
    source = artifact.read(small)

    assert replace(source, digest="sha256:1") != source
    assert isinstance(source, Artifact)
