"""The course of a training, for TensorBoard."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.trainer.tensorboard import Scalars

pytestmark = pytest.mark.tensorflow


def test_numbers_are_written_where_tensorboard_reads_them(tmp_path: Path) -> None:
    import tensorflow as tf

    Scalars(tmp_path / "logs").write("epoch", {"loss": 0.5}, step=3)

    (file,) = (tmp_path / "logs").iterdir()
    written = [
        (event.step, value.tag, float(tf.make_ndarray(value.tensor)), value.metadata.plugin_data.plugin_name)
        for event in map(tf.compat.v1.Event.FromString, raw_records(file))
        for value in event.summary.value
    ]
    assert written == [(3, "epoch/loss", 0.5, "scalars")]


def raw_records(file: Path) -> list[bytes]:
    import tensorflow as tf

    return [record.numpy() for record in tf.data.TFRecordDataset(str(file))]


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    Scalars().write("epoch", {"loss": 0.5}, step=3)

    assert list(tmp_path.iterdir()) == []
