"""What keeps the pages from being served."""


class WebError(Exception):
    """The pages cannot be served; the message says why and what to do."""


class HostBeyondLoopback(WebError):
    """``host`` can be reached from other machines, and there is no sign-in yet."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The pages have no sign-in and are not served on {host}, which other machines can reach; "
            "use 127.0.0.1, and a tunnel or a proxy with sign-in for access from elsewhere."
        )
        self.host = host


class PortTaken(WebError):
    """Another program listens on ``host`` and ``port``."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {host} is in use by another program; end that program or choose another port."
        )
        self.host = host
        self.port = port


class PortRefused(WebError):
    """The system does not let us listen on ``host`` and ``port``."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Port {port} on {host} cannot be opened ({why}); choose another host or port.")
        self.host = host
        self.port = port
