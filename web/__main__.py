"""``python -m web``: the pages alone, as the service starts them."""

import argparse
import socket
import sys

from storage.log_lines import set_up_child
from web.access import Access, Proxy
from web.errors import WebError
from web.ports import listen
from web.server import Life, serve


def main() -> int:
    """Serve until told to end; 1 where serving is impossible."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--database", required=True, help="address of the database, already migrated")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8321)
    parser.add_argument(
        "--listener", type=int, help="an open socket to take connections from, not host's port"
    )
    parser.add_argument(
        "--rest-after-min", type=float, default=0, help="end without requests for so long; 0: go on"
    )
    parser.add_argument("--zone", default="Asia/Ho_Chi_Minh", help="time zone of the days shown")
    parser.add_argument("--topic", required=True, help="name of the topic")
    parser.add_argument("--near-miss-score", type=float, default=0.25, help="least score of a near miss")
    parser.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    parser.add_argument("--sign-in", action="store_true", help="on loopback too, people must sign in")
    parser.add_argument("--allowed-host", action="append", default=[], help="a name that is served")
    parser.add_argument("--proxy-address", action="append", default=[], help="where a proxy connects from")
    parser.add_argument("--proxy-user-header", default="", help="the header with its user's name")
    parser.add_argument("--proxy-reviewer", action="append", default=[], help="a user who reviews")
    parser.add_argument("--metrics-open", action="store_true", help="/metrics for everybody who connects")
    options = parser.parse_args()
    set_up_child()
    try:
        serve(
            options.database,
            options.host,
            _listener(options),
            options.zone,
            options.topic,
            near_miss_score=options.near_miss_score,
            access=_access(options),
            life=Life(options.parent, options.rest_after_min * 60),
        )
    except WebError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _listener(options: argparse.Namespace) -> socket.socket:
    if options.listener is not None:
        return socket.socket(fileno=options.listener)
    return listen(options.host, options.port)


def _access(options: argparse.Namespace) -> Access:
    proxy = Proxy(tuple(options.proxy_address), options.proxy_user_header, frozenset(options.proxy_reviewer))
    return Access(
        signs_in=options.sign_in,
        allowed_hosts=tuple(options.allowed_host),
        proxy=proxy if proxy.addresses else None,
        has_open_metrics=options.metrics_open,
    )


if __name__ == "__main__":
    sys.exit(main())
