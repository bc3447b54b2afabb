"""A model file is written whole or not at all, and nothing a file says is run, followed or believed unchecked."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Callable, Sequence
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
from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_CLASSES
from recognizer.registry import versions
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import REFERENCES, make_ood_score, make_rejection
from tests.recognizer.small_model import BIAS, KERNEL, LAYER_CONFIG, NETWORK, FakeLayer, FakeModel

Edit = Callable[[h5py.File], object]


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


def change(path: Path, edit: Edit) -> None:
    with h5py.File(path, "r+") as file:
        edit(file)


def attribute(name: str, value: object, place: str = "/", **options: Any) -> Edit:
    """An edit that gives an attribute another value."""

    def edit(file: h5py.File) -> None:
        del file[place].attrs[name]
        file[place].attrs.create(name, value, **options)

    return edit


def dataset(place: str, **options: Any) -> Edit:
    """An edit that puts another dataset into a place."""

    def edit(file: h5py.File) -> None:
        del file[place]
        file.create_dataset(place, **options)

    return edit


def group(place: str) -> Edit:
    """An edit that puts a group into the place of a dataset."""

    def edit(file: h5py.File) -> None:
        del file[place]
        file.create_group(place)

    return edit


def kernel(**options: Any) -> Edit:
    return dataset("model_weights/logits/logits/kernel", **options)


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


def figures_of(class_names: Sequence[str]) -> dict[str, Any]:
    """What training measures of classes, with all digits."""
    interval = [0.12345678901234567, 0.9876543210987654]
    own = {"precision": 0.3333333333333333, "recall": 0.6666666666666666, "f1": 0.4444444444444444, "n": 123456}
    own |= {"precision_interval": interval, "recall_interval": interval, "f1_interval": interval}  # type: ignore[dict-item]
    return {"validation": {"accuracy": 0.5, "n": 1, "per_class": dict.fromkeys(class_names, own)}}


def test_as_many_classes_as_there_may_be_with_the_longest_names_can_be_read_again(tmp_path: Path) -> None:
    names = tuple(f"{n:05}" + "\U00020000" * (MAX_CLASS_NAME_LENGTH - 5) for n in range(MAX_CLASSES))
    whole = make_metadata(
        class_names=names, results=figures_of(names), provenance={"data": {"images": dict.fromkeys(names, 123456)}}
    )

    artifact.write(tmp_path / "large-1.h5", FakeModel(), whole)

    assert artifact.read(tmp_path / "large-1.h5").metadata == whole


def test_metadata_that_would_not_be_read_are_not_written(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = small.read_bytes()
    metadata = make_metadata()
    monkeypatch.setattr(artifact, "_MAX_METADATA_BYTES", len(metadata.to_json()) - 1)

    for write in (
        lambda: artifact.write(small, FakeModel(), metadata),
        lambda: artifact.copy_with_metadata(small, small, metadata),
    ):
        with pytest.raises(ArtifactError, match=r"at most \d+ bytes"):
            write()

    assert small.read_bytes() == before
    assert list(small.parent.iterdir()) == [small]


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
            change(path, kernel(data=KERNEL * 1e6))

    with pytest.raises(ArtifactError, match="kernel"):
        artifact.write(tmp_path / "small-1.h5", Exploded(), make_metadata())

    assert list(tmp_path.iterdir()) == []


def test_a_copy_keeps_the_weights_and_changes_the_metadata(small: Path) -> None:
    other = small.with_name("copy-2.h5")

    artifact.copy_with_metadata(small, other, make_metadata(version="2"))

    assert artifact.read(other).metadata.version == "2"
    assert (load(other).received[1] == BIAS).all()


def test_nothing_of_metadata_that_was_replaced_stays_in_the_file(small: Path) -> None:
    artifact.copy_with_metadata(small, small, make_metadata(provenance={"folder": "/home/somebody/secret"}))
    assert b"/home/somebody/secret" in small.read_bytes()

    artifact.copy_with_metadata(small, small, make_metadata())

    assert b"/home/somebody/secret" not in small.read_bytes()


# Rejection


@pytest.fixture
def rejecting(small: Path) -> Path:
    """A small, good model file that can say "none of these"."""
    artifact.copy_with_metadata(small, small, make_metadata(rejection=make_rejection()), make_ood_score())
    return small


def test_a_file_without_a_rejection_has_none(small: Path) -> None:
    assert artifact.read(small).ood_score is None


def test_a_rejection_comes_back_with_its_numbers(rejecting: Path) -> None:
    read = artifact.read(rejecting)

    assert read.metadata.rejection == make_rejection()
    assert read.ood_score is not None
    assert read.ood_score.references == pytest.approx(REFERENCES, abs=1e-3)


def test_a_copy_without_a_rejection_has_no_numbers_left(rejecting: Path) -> None:
    artifact.copy_with_metadata(rejecting, rejecting, make_metadata())

    with h5py.File(rejecting) as file:
        assert artifact.REJECTION_PATH not in file


def test_a_rejection_is_replaced(rejecting: Path) -> None:
    other = make_ood_score(references=np.eye(4, dtype=np.float32))

    artifact.copy_with_metadata(rejecting, rejecting, make_metadata(rejection=make_rejection(references=4)), other)

    read = artifact.read(rejecting)
    assert read.ood_score is not None
    assert read.ood_score.references.tolist() == np.eye(4).tolist()


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file.__delitem__(artifact.REJECTION_PATH),
        group(artifact.REJECTION_PATH),
        *(
            dataset(artifact.REJECTION_PATH, data=numbers)  # For their values see test_ood_score.py.
            for numbers in (np.zeros((4, 4), np.float16), np.zeros((3, 4), ">f2"), "text", h5py.Empty(np.float16))
        ),
    ],
)
def test_numbers_that_are_not_those_of_the_record_are_refused(rejecting: Path, edit: Edit) -> None:
    change(rejecting, edit)

    with pytest.raises(ArtifactError, match=r"recognizer/rejection|finite"):
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
    with pytest.raises(ArtifactError, match="It is a folder, not a file"):
        artifact.read(tmp_path)


def test_a_name_that_no_file_can_have_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300)

    for read in (artifact.read, artifact.digest):
        with pytest.raises(ArtifactError, match=r"File name too long|no model file"):
            read(path)


def test_a_file_that_may_not_be_read_is_said_to_be_so(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: object, **options: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "open", forbidden)

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

    with pytest.raises(ArtifactError, match="no model of ours yet"):
        artifact.read(path)


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


def metadata(**options: Any) -> Edit:
    return dataset(artifact.METADATA_PATH, **options)


def add(name: str, item: object) -> Edit:
    return lambda file: file.__setitem__(name, item)


def add_dataset(**options: Any) -> Edit:
    return lambda file: file.create_dataset("x", **options)


def add_virtual_dataset(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("outside", "x", shape=(4,))
    file.create_virtual_dataset("x", layout)


def add_cycles(count: int) -> Edit:
    return lambda file: [file.__setitem__(f"again{number}", file["/"]) for number in range(count)]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        # What it says about itself.
        *((metadata(data=data), "no model of ours|one JSON string") for data in (7, 1.5, [b"{}"], np.zeros((2, 2)))),
        *(
            (metadata(data=data), "JSON|metadata is wrong")
            for data in (np.bytes_(b"{}"), np.void(b"{}"), h5py.Empty("S10"))
        ),
        (group(artifact.METADATA_PATH), "no model of ours"),
        (metadata(data=" " * (33 * 2**20)), "one JSON string"),
        (metadata(shape=(), dtype="S2000000000"), "one JSON string"),
        (lambda file: file.attrs.__delitem__("model_config"), "holds no network of Keras"),
        (lambda file: file.attrs.__setitem__("layer_names", file.attrs.pop("model_config")), "holds weights only"),
        (attribute("model_config", lists([123, 125]), dtype=h5py.vlen_dtype("u1")), "is no text, or has no end"),
        (attribute("model_config", lists([1.5]), dtype=h5py.vlen_dtype("f4")), "is no text, or has no end"),
        (attribute("model_config", 7, dtype="u1"), "is no text, or has no end"),
        (attribute("model_config", np.void(b"{}"), dtype="V2"), "is no text, or has no end"),
        # What it may not ask for.
        (add("model_weights/link", h5py.SoftLink("/recognizer")), "link"),
        (add("link", h5py.SoftLink("/nowhere")), "link"),
        (add("link", h5py.ExternalLink("outside", "/")), "link"),
        (add_dataset(shape=(4,), dtype="u1", external=[("outside", 0, 4)]), "another file"),
        (add_virtual_dataset, "another file"),
        (add_dataset(shape=(64,), chunks=(8,), dtype="f4", compression="lzf"), "unknown filter"),
        (add("x", np.dtype("f8")), "neither a group nor a dataset"),
        (add_dataset(shape=(10**12,), chunks=(1024,), dtype="f4"), "500000000 numbers"),
        (add_dataset(shape=(2**40, 2**40), chunks=(8, 8), dtype="f4"), "500000000 numbers"),
        (
            add_dataset(shape=(4, 4), dtype="f4", compression="gzip", maxshape=(None, None), chunks=(2**14, 2**14)),
            "pieces larger than itself",
        ),
        (lambda file: file.create_group("/".join("d" * 500)), "at most 12 deep"),
        (add_cycles(1), "at most 12 deep"),
        (add_cycles(100), "at most"),
    ],
)
def test_what_is_not_plain_data_of_a_model_is_refused(
    small: Path, monkeypatch: pytest.MonkeyPatch, edit: Edit, reason: str
) -> None:
    small.with_name("outside").write_bytes(b"secret")
    monkeypatch.chdir(small.parent)

    change(small, edit)

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
    network = {"class_name": "Functional", "config": {"layers": [LAYER_CONFIG, {"deep": [layer]}]}}
    change(small, attribute("model_config", json.dumps(network)))

    with pytest.raises(ArtifactError, match=reason):
        artifact.read(small)


@pytest.mark.parametrize(
    "config",
    ["", "{", "[" * 100_000, '{"a":' * 100_000, "[" * 900 + "]" * 900, "\ud7ff{", "[" + "{}," * 6_000_000 + "{}]"],
    ids=lambda text: repr(text[:6]),
)
def test_a_description_that_is_no_sane_json_does_no_harm(small: Path, config: str) -> None:
    change(small, attribute("model_config", config))

    with contextlib.suppress(ArtifactError):
        artifact.read(small)


# Loading weights


def test_layers_without_weights_are_left_alone(small: Path) -> None:
    model = FakeModel()

    artifact.load_weights(artifact.read(small), model)

    assert model.layers[0].received == []


def weight_names(names: object) -> Edit:
    return attribute("weight_names", names, "model_weights/logits")


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda file: file["model_weights"].__delitem__("logits"), "no weights for the layer logits"),
        (dataset("model_weights/logits", data=KERNEL), "no weights for the layer logits"),
        *(
            (weight_names(names), "Expected the layer logits to have weights of the shapes")
            for names in ([], [b"logits/kernel"], [b"logits/bias", b"logits/kernel"], [b"logits", b"logits"])
        ),
        *((weight_names(names), "logits|damaged") for names in (7, b"logits", "logits", [1, 2], np.zeros((2, 2)))),
        *((weight_names(names), "logits|damaged") for names in ([b"nowhere", b"x"], [b"\xff", b""], h5py.Empty("S3"))),
        *(
            (kernel(data=np.zeros(shape, np.float32)), "Expected the layer logits to have weights of the shapes")
            for shape in ((3, 4, 6), (60,), (), (0, 4, 5), (5, 4, 3))
        ),
        *(
            (kernel(data=np.where(KERNEL > 0.9, np.float32(number), KERNEL)), "not finite")
            for number in (np.nan, np.inf, -np.inf)
        ),
        (kernel(data=np.full(KERNEL.shape, 1e300)), "not finite"),
        *(
            (kernel(shape=KERNEL.shape, dtype=dtype), "logits")
            for dtype in (
                *("i4", "u1", "c8", "S4", "S1000000", "V8", "bool"),
                *(np.dtype([("a", "f4"), ("b", "f4")]), np.dtype(("f4", (2,)))),
                *(h5py.string_dtype(), h5py.ref_dtype, h5py.vlen_dtype("f4")),
            )
        ),
    ],
)
def test_weights_that_do_not_fit_the_network_are_refused(small: Path, edit: Edit, reason: str) -> None:
    change(small, edit)

    with pytest.raises(ArtifactError, match=reason):
        load(small)


@pytest.mark.parametrize("dtype", ["f2", "f8", ">f4"])
def test_other_floating_point_types_are_converted(small: Path, dtype: str) -> None:
    change(small, kernel(data=KERNEL.astype("f2").astype(dtype)))

    weights, _ = load(small).received

    assert weights.dtype == np.float32
    assert (weights == KERNEL.astype(np.float16)).all()


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


@settings(max_examples=80)
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


def test_a_full_model_file_stays_small() -> None:
    assert versions.active().stat().st_size < 60 * 10**6


def test_an_artifact_cannot_be_changed(small: Path) -> None:
    source = artifact.read(small)

    assert replace(source, digest="sha256:1") != source
    assert isinstance(source, Artifact)
