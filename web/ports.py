"""The port that the pages are served on: opened by whoever starts them, before they and what they import."""

import errno
import socket

from web.errors import PortRefused, PortTaken

_BACKLOG = 2048
"""Connections that wait while no process takes them."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on ``port`` of ``host``; 0: on any free one.

    Raises PortTaken or PortRefused where that cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port in its short wait after the last use is free.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from None
        raise PortRefused(host, port, error.strerror or str(error)) from None
    except OverflowError:
        listener.close()
        raise PortRefused(host, port, "ports end at 65535") from None
    return listener


def check_port(host: str, port: int) -> None:
    """Raise PortTaken or PortRefused unless ``port`` on ``host`` can be listened on now."""
    listen(host, port).close()
