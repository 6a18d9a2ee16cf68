"""What systemd is told (sd_notify): ready, alive, stopping. Without systemd nothing happens.

The protocol is one datagram to a socket that the environment names; see systemd's sd_notify(3).
"""

import asyncio
import logging
import os
import socket

logger = logging.getLogger(__name__)

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(state: str) -> None:
    """Tell ``state`` to the service manager that started us, if one did."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # Linux' abstract name space
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            sender.sendto(state.encode(), address)
    except OSError as error:
        logger.warning("the service manager could not be told %s: %s", state, error.strerror or error)


async def keep_alive() -> None:
    """Say that the event loop turns, twice as often as the service manager asks; ends where it does not."""
    period_s = watchdog_s()
    while period_s:
        notify(ALIVE)
        await asyncio.sleep(period_s / 2)


def watchdog_s() -> float:
    """How long the service manager waits for a sign of life of this process; 0: it does not."""
    if os.environ.get("WATCHDOG_PID") not in (None, str(os.getpid())):
        return 0
    try:
        return int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    except ValueError:
        return 0
