"""What keeps the pages from being served."""


class WebError(Exception):
    """The pages cannot be served; the message says why and what to do."""


class HostBeyondLoopback(WebError):
    """``host`` can be reached from other machines, and nobody would have to say who they are."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"The pages are not served on {host}, which other machines can reach, as long as nobody signs "
            "in: add a user (`diembao user add NAME --role reviewer`), or set [web] proxy_user_header and "
            "proxy_addresses for a proxy that signs people in, or use 127.0.0.1; see docs/access.md."
        )
        self.host = host


class NobodyToSignIn(WebError):
    """Sign-in is asked for, and there is no user."""

    def __init__(self) -> None:
        super().__init__(
            "[web] sign_in is true and there is no user who could sign in: add one with "
            "`diembao user add NAME --role reviewer`, or set it to false."
        )


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
