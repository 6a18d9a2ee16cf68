"""Answers that break HTTP on their way: written to the connection itself, past the server's care."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from newsroom.replies import Reply

_WATCH_S = 0.05
_SILENCE_S = 3600.0
_UNREAD_BYTES = 200_000
"""No more is written than this beyond what the client has read: an endless answer must not fill memory."""
_RESET_AT_ONCE = struct.pack("ii", 1, 0)


class Ending(StrEnum):
    """How the connection ends after the last byte."""

    CLOSE = "close"
    RESET = "reset"
    """A TCP reset in place of a farewell."""
    SILENCE = "silence"
    """It stays open and nothing more comes."""


@dataclass(frozen=True)
class Wire:
    """What is wrong with an answer on its way; by default it is right."""

    more_announced: int = 0
    """Content-Length says so many bytes more than there are; fewer where it is negative."""
    sent_share: float = 1.0
    """So much of the body is sent."""
    piece_bytes: int = 65_536
    pause_s: float = 0.0
    """After each piece of the body."""
    is_endless: bool = False
    """The body is sent in chunks again and again until the client has had enough."""
    raw: bytes | None = None
    """Sent in place of status line, headers and body."""
    ending: Ending = Ending.CLOSE

    async def send(self, reply: Reply, transport: asyncio.Transport) -> None:
        """Write ``reply`` to ``transport`` in this way; returns when the connection is at its end."""
        async for piece in self._pieces(reply):
            if transport.is_closing():
                return
            transport.write(piece)
            await asyncio.sleep(self.pause_s)
            while transport.get_write_buffer_size() > _UNREAD_BYTES and not transport.is_closing():
                await asyncio.sleep(0.001)
        await asyncio.sleep(_WATCH_S)  # a reset overtakes bytes that have not been read
        if self.ending is Ending.SILENCE:
            await _until_closed(transport)
        elif self.ending is Ending.RESET:
            line = transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
            transport.abort()
        else:
            transport.close()

    async def _pieces(self, reply: Reply) -> AsyncIterator[bytes]:
        if self.raw is not None:
            yield self.raw
            return
        length = f"Content-Length: {len(reply.body) + self.more_announced}"
        framing = "Transfer-Encoding: chunked" if self.is_endless else length
        headers = [f"{name}: {value}" for name, value in reply.headers]
        lines = [f"HTTP/1.1 {reply.status} OK", f"Content-Type: {reply.content_type}", framing, *headers]
        yield "\r\n".join([*lines, "", ""]).encode("latin-1")
        if self.is_endless:
            while True:
                yield b"%x\r\n%s\r\n" % (len(reply.body), reply.body)
        body = reply.body[: int(len(reply.body) * self.sent_share)]
        for start in range(0, len(body), self.piece_bytes):
            yield body[start : start + self.piece_bytes]


async def _until_closed(transport: asyncio.Transport) -> None:
    for _ in range(int(_SILENCE_S / _WATCH_S)):
        if transport.is_closing():
            return
        await asyncio.sleep(_WATCH_S)


class OpenLines(dict[tuple[str, int], asyncio.Transport]):
    """The server's open connections by the client's address and port."""

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's protocol, which enters each connection here while it lasts."""
        lines = self

        class WatchedProtocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if self.client:
                    lines[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client:
                    lines.pop(self.client, None)
                super().connection_lost(exc)

        return WatchedProtocol
