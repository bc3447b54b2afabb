"""The option `--ray` of the commands that train: the machines of a Ray cluster do what takes long."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from recognizer.engines.quiet import load_tensorflow

if TYPE_CHECKING:
    from training.trainer.run import Machines

_HERE = "here"


def add_ray_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Adds the option; `what` the machines do is for its help."""
    parser.add_argument(
        "--ray",
        nargs="?",
        const=_HERE,
        metavar="ADDRESS",
        help=f"let the machines of a Ray cluster {what} (default: $RAY_ADDRESS, or this machine)",
    )


@contextmanager
def machines(asked: str | None) -> Iterator[Machines | None]:
    """The machines of the cluster that was asked for, connected until the block ends; None without `--ray`.

    With them, what the block prints goes to the standard error: results are printed after it.

    Raises:
        CallerError: what was given is no address.
        ClusterFailed: the cluster cannot be reached, does not start, or has no core.
    """
    if asked is None:
        yield None
        return
    from recognizer.cluster import connection  # Here, for it needs the extra `ray`.

    # Ray tells of machines that went away on the standard output, where JSON goes.
    with redirect_stdout(sys.stderr), connection.connected(None if asked == _HERE else asked):
        load_tensorflow()  # What computes features imports it, less quietly.
        from training.cluster.machines import RayMachines

        yield RayMachines()
