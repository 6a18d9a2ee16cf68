"""``python -m web``: the pages alone, as the service starts them."""

import argparse
import sys

from web.errors import WebError
from web.server import serve


def main() -> int:
    """Serve until told to end; 1 where serving is impossible."""
    parser = argparse.ArgumentParser(prog="python -m web", description=__doc__)
    parser.add_argument("--database", required=True, help="address of the database, already migrated")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address")
    parser.add_argument("--port", type=int, default=8321)
    parser.add_argument("--zone", default="Asia/Ho_Chi_Minh", help="time zone of the days shown")
    parser.add_argument("--topic", required=True, help="name of the topic")
    parser.add_argument("--near-miss-score", type=float, default=0.25, help="least score of a near miss")
    parser.add_argument("--parent", type=int, help="end when this process is no longer the parent")
    options = parser.parse_args()
    try:
        serve(
            options.database,
            options.host,
            options.port,
            options.zone,
            options.topic,
            near_miss_score=options.near_miss_score,
            parent=options.parent,
        )
    except WebError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
