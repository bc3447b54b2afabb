"""Writes the course of a training where TensorBoard can show it; needs TensorFlow only, not TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


class Scalars:
    """Numbers by their names, over the steps of a training."""

    def __init__(self, folder: Path | None = None) -> None:
        """Prepares to write into `folder`; None: nowhere.

        Raises:
            OSError: it cannot be made.
        """
        self._writer = None
        if folder is not None:
            import tensorflow as tf

            folder.mkdir(parents=True, exist_ok=True)
            self._writer = tf.summary.create_file_writer(str(folder))

    def write(self, group: str, numbers: Mapping[str, float], *, step: int) -> None:
        """Adds numbers, which are shown as `group/name`."""
        if self._writer is None:
            return
        import tensorflow as tf

        # `tf.summary.scalar` would import TensorBoard to do just this.
        kind = tf.compat.v1.SummaryMetadata(
            plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class="DATA_CLASS_SCALAR"
        )
        with self._writer.as_default(step=step):
            for name, number in numbers.items():
                tf.summary.write(f"{group}/{name}", tf.constant(number, tf.float32), metadata=kind)
        self._writer.flush()
