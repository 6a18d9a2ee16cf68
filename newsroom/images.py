"""A tiny picture for every picture address."""

import struct
import zlib

from newsroom.replies import Reply

_IMAGE_PATHS = ("/media/", "/static/", "/documents/", "/PublishingImages/", "/favicon")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, grey: int) -> bytes:
    """A plain grey PNG, 8 bits a pixel (PNG specification, third edition, sections 5 and 11)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([grey]) * width) * height
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


_PICTURE = Reply(_png(48, 32, 200), "image/png")


def picture(path: str) -> Reply | None:
    """A picture where ``path`` is one of a picture, otherwise None."""
    is_picture = path.startswith(_IMAGE_PATHS) and path.lower().endswith((".png", ".jpg", ".ico"))
    return _PICTURE if is_picture else None
