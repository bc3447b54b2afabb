"""The head of a Ray cluster, by its address: whether anybody is there, which Ray itself takes minutes to find out."""

from __future__ import annotations

import re
import socket

from recognizer.errors import CallerError, OperatorError

_ADDRESS = re.compile(r"(?:ray://)?(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s/:]+)):(?P<port>\d{1,5})")
# What Ray takes for the cluster on this machine, or for a new one.
_WORDS = frozenset({"auto", "local"})
_TIMEOUT_S = 5.0


class ClusterFailed(OperatorError):
    """Ray cannot be reached, does not start, or gave up."""

    code = "ray_failed"
    title = "Ray could not do it"


class MachineLost(ClusterFailed):
    """A machine of the cluster went away, and others have not taken its part yet."""


def refuse_unreachable(address: str) -> None:
    """Refuses an address where no cluster can be.

    Raises:
        CallerError: it is no address.
        ClusterFailed: nobody answers there.
    """
    if address in _WORDS:
        return
    parts = _ADDRESS.fullmatch(address)
    if parts is None or int(parts["port"]) >= 2**16:
        raise CallerError(f"--ray takes the address of a cluster's head, such as head:6379, not {address}.")
    try:
        socket.create_connection((parts["six"] or parts["host"], int(parts["port"])), _TIMEOUT_S).close()
    except OSError as err:
        raise ClusterFailed(
            f"Nobody answers at {address}: {err.strerror or err}. Start the cluster there with `ray start --head`, or"
            " give another address."
        ) from err
