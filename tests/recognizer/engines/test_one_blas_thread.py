"""Matrix products of a process that answers have one thread."""

from __future__ import annotations

import subprocess
import sys

THREADS = """
import numpy
from threadpoolctl import threadpool_info
from recognizer.engines import one_blas_thread
one_blas_thread.keep_to_one_thread()
print({each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"})
"""


def test_blas_has_one_thread_from_then_on() -> None:
    environment = {"OPENBLAS_NUM_THREADS": "2"}

    done = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "{1}"
