"""Quiet imports of TensorFlow and OpenVINO: no greeting to the terminal, no report to their makers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from recognizer import folders
from recognizer.errors import NotInstalled

_ERRORS_ONLY = "3"


def load_tensorflow() -> None:
    """Imports TensorFlow; takes some seconds the first time.

    Before any setting of its own applies, TensorFlow's C++ code writes to the standard error which processor
    it runs on and that there is no GPU. A person who wants to know sets TF_CPP_MIN_LOG_LEVEL=0.

    Raises:
        NotInstalled: there is no TensorFlow here.
    """
    if find_spec("tensorflow") is None:
        raise NotInstalled("tensorflow", install_line=folders.install_line("train"))
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ or "tensorflow" in sys.modules:
        import tensorflow
    else:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = _ERRORS_ONLY
        with _silent_standard_error():
            import tensorflow

            # It looks for GPUs at its first operation, and says so.
            tensorflow.config.list_physical_devices()
    from absl import logging

    # Keras would advise against H5 at every save, TensorFlow against compiling a network more than once.
    logging.set_verbosity(logging.ERROR)
    tensorflow.get_logger().setLevel("ERROR")


def load_openvino() -> None:
    """Imports OpenVINO; takes about a third of a second the first time.

    It reports its use to Google Analytics where the package `openvino_telemetry` is found, and does not where
    it is missing. NNCF likewise. https://docs.openvino.ai/2026/about-openvino/additional-resources/telemetry.html

    Raises:
        ImportError: there is no OpenVINO for this platform.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # "There is none": see the import system.
    import openvino  # noqa: F401  # Others import it again.


@contextmanager
def _silent_standard_error() -> Iterator[None]:
    """Sends file descriptor 2 to nowhere: what C++ code writes passes Python's `sys.stderr` by."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
