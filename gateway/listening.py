"""The socket that a server listens on, taken before anything else is begun; and how a connection is cut."""

import socket

from gateway.errors import StartupError

ABORT = "heliograph.abort"
"""In the `state` of a request: a function that cuts its connection, whatever waits in it for a client that reads nothing."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises StartupError where the port is taken or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # now, so that a second start fails here
    except (OSError, OverflowError) as error:
        listener.close()
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise StartupError(
            f"Port {port} on {host} can't be used ({why}). Nothing was started. "
            "Stop what listens there, or choose another with --port."
        ) from error
    listener.set_inheritable(True)
    return listener
