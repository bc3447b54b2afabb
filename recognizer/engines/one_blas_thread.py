"""Keeps NumPy's matrix products to one thread in a process that answers pictures.

OpenBLAS's threads go on turning for a while after each product, in case another follows, and take the cores from the
network that comes next: on 2 cores a picture took 74 ms from bytes to answer instead of 43, of which the network on
both takes 35. The products of an answer are small, a vector with the rejection head.
"""

from __future__ import annotations

from threadpoolctl import threadpool_limits


def keep_to_one_thread() -> None:
    """From now on; not for a process that trains, whose products are large."""
    threadpool_limits(1, "blas")
