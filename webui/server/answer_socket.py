"""The socket that an answer is sent on: it waits for a client that reads slowly, but not for ever."""

from __future__ import annotations

import errno
import socket
from typing import Any

ANSWER_TIMEOUT_S = 30.0
# Most answers fit into this whole, and the kernel sends them on while the thread goes to the next request.
# It holds less where the system's limit, net.core.wmem_max, is lower.
_SEND_BUFFER_BYTES = 2**19


class AnswerSocket(socket.socket):
    """A client's socket, whose blocking calls end after `ANSWER_TIMEOUT_S`: no thread waits for ever for a reader."""

    @classmethod
    def taking_over(cls, other: socket.socket) -> AnswerSocket:
        """The same connection; the other object is closed."""
        taken = cls(other.family, other.type, other.proto, fileno=other.detach())
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        return taken

    def setblocking(self, flag: bool) -> None:
        """Blocks for a while at most, whoever asks for more."""
        self.settimeout(ANSWER_TIMEOUT_S if flag else 0.0)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Sends all of it, within the time of one timeout.

        Raises:
            ConnectionResetError: the client took too little of it. gunicorn then closes without a traceback.
        """
        try:
            super().sendall(data, flags)
        except TimeoutError as err:
            raise ConnectionResetError(errno.ECONNRESET, "The client does not read its answer.") from err
