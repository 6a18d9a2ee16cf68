"""Whether a port can be listened on: asked before the pages' process, and what it imports, is started."""

import errno
import socket

from web.errors import PortRefused, PortTaken


def check_port(host: str, port: int) -> None:
    """Raise PortTaken or PortRefused unless ``port`` on ``host`` can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn does it: a port in its short wait after the last use is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from None
            raise PortRefused(host, port, error.strerror or str(error)) from None
        except OverflowError:
            raise PortRefused(host, port, "ports end at 65535") from None
