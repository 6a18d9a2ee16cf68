"""The page archive: bodies in WARC files, the field's format, so that other tools can read them.

One gzip member a record: each page can be read by its offset and length, and a record cut off by
a crash harms no other.
"""

import fcntl
import os
import threading
from base64 import b32encode
from contextlib import suppress
from datetime import datetime
from hashlib import sha1
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from isal import igzip, isal_zlib
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from storage.errors import FolderNotWritable, PageLost, PageRemoved
from storage.models import Snapshot, Value

ROLL_BYTES = 500_000_000
"""A file is closed and the next one begun once it is this long."""
_GZIP_LEVEL = 2
"""Of ISA-L's four: the records are as small as zlib's at level 3, in a fifth of the time."""
_RENAMED = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_BLANK_LINE = b"\r\n\r\n"
_DAMAGED = cast("type[Exception]", isal_zlib.error)  # its stub says that it is an instance
_PREFIX = "X-Archive-Orig-"  # the prefix that other crawlers use for a header that no longer holds


class ArchivedPage(Value):
    """Where one body lies in the archive."""

    file: str
    """Name of the file inside the archive's folder."""
    offset: int
    """First byte of the record."""
    length: int
    """Bytes of the record, compressed."""

    @property
    def is_removed(self) -> bool:
        """Whether retention took the page: it has no file any more."""
        return not self.file


REMOVED = ArchivedPage(file="", offset=0, length=0)
"""What a Snapshot names once its page was removed by age or size."""


class Archive:
    """The archive in one folder. Writes to files of its own; reads any; safe to share by threads."""

    def __init__(self, folder: Path | str, roll_bytes: int = ROLL_BYTES) -> None:
        self.folder = Path(folder)
        self._roll_bytes = roll_bytes
        self._file: BinaryIO | None = None
        self._pid = 0
        self._lock = threading.Lock()

    def store(self, snapshot: Snapshot) -> ArchivedPage:
        """Write ``snapshot`` as one response record and hand it to the operating system.

        Raises FolderNotWritable where the folder cannot be written or the disk is full.
        """
        return self.append(pack(snapshot), snapshot.fetched_at)

    @property
    def file(self) -> Path | None:
        """The file being written."""
        return Path(self._file.name) if self._file is not None else None

    def begin(self, fetched_at: datetime) -> Path:
        """Begin the file that the next ``append`` would; raises as ``store``."""
        with self._lock:
            try:
                return Path(self._file_to_write(fetched_at).name)
            except OSError as error:
                raise FolderNotWritable(self.folder, error.strerror or str(error)) from error

    def append(self, record: bytes, fetched_at: datetime) -> ArchivedPage:
        """Write what ``pack`` made; as ``store`` otherwise."""
        with self._lock:
            try:
                file = self._file_to_write(fetched_at)
                offset = file.seek(0, os.SEEK_END)
                _write_whole(file, record, offset)
                return ArchivedPage(file=Path(file.name).name, offset=offset, length=len(record))
            except OSError as error:
                raise FolderNotWritable(self.folder, error.strerror or str(error)) from error

    def load(self, page: ArchivedPage) -> bytes:
        """The body stored as ``page``.

        Raises PageLost where the file or the record is damaged or gone, PageRemoved where retention took it.
        """
        return self._read(page)[1]

    def load_record(self, page: ArchivedPage) -> bytes:
        """The record stored as ``page``, checked, for ``append`` in another file; raises as ``load``."""
        return self._read(page)[0]

    def _read(self, page: ArchivedPage) -> tuple[bytes, bytes]:
        """The record and the body in it."""
        path = self.folder / page.file
        if page.is_removed:
            raise PageRemoved(path)
        try:
            with path.open("rb") as file:
                file.seek(page.offset)
                raw = file.read(page.length)
        except OSError as error:
            raise PageLost(path, page.offset, error.strerror or str(error)) from error
        if len(raw) < page.length:
            raise PageLost(path, page.offset, "the file ends before the record does")
        body = _read_body(raw)
        if body is None:
            raise PageLost(path, page.offset, "the record is damaged")
        return raw, body

    def close(self) -> None:
        """Close the file being written; the next ``store`` begins another one."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None

    def _file_to_write(self, fetched_at: datetime) -> BinaryIO:
        is_ours = self._pid == os.getpid()  # after a fork the file is the parent's
        if self._file is not None and is_ours and self._file.tell() < self._roll_bytes:
            return self._file
        if self._file is not None and is_ours:
            self._file.close()
        self._pid = os.getpid()
        self._file = self._begin_file(fetched_at)
        return self._file

    def _begin_file(self, fetched_at: datetime) -> BinaryIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = f"pages-{fetched_at:%Y%m%dT%H%M%S}-{self._pid}"
        for number in range(1, 10_000):
            name = f"{stem}.warc.gz" if number == 1 else f"{stem}-{number}.warc.gz"
            try:
                file = (self.folder / name).open("xb", buffering=0)
            except FileExistsError:
                continue
            try:
                claim(file)
                _write_whole(file, warcinfo(name), 0)
            except OSError:
                file.close()
                (self.folder / name).unlink(missing_ok=True)
                raise
            return file
        raise FileExistsError(f"all names {stem}-N.warc.gz are taken")


def claim(file: BinaryIO) -> None:
    """Say to other processes, for as long as ``file`` is open, that it is being written."""
    with suppress(OSError):  # a file system without locks: then nobody can claim the file to rewrite it
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


def warcinfo(name: str) -> bytes:
    """The record that a file called ``name`` begins with."""
    written = BytesIO()
    writer = WARCWriter(written, gzip=True)
    writer.write_record(writer.create_warcinfo_record(name, {"software": "diembao", "format": "WARC"}))
    return written.getvalue()


def _write_whole(file: BinaryIO, record: bytes, offset: int) -> None:
    """All of ``record`` at ``offset``, the end of ``file``; or nothing, where the disk is full."""
    left = memoryview(record)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.truncate(offset)  # half a record would hide the ones after it from other tools
        raise


def pack(snapshot: Snapshot) -> bytes:
    """The record of ``snapshot`` as one gzip member.

    warcio's own zlib at level 9 costs fifteen times the time for a tenth less.
    """
    plain = BytesIO()
    writer = WARCWriter(plain, gzip=False)
    writer.write_record(_make_record(writer, snapshot))
    record: bytes = igzip.compress(plain.getbuffer(), _GZIP_LEVEL, mtime=0)
    return record


def _make_record(writer: WARCWriter, snapshot: Snapshot) -> object:
    headers = [
        (_PREFIX + name if name.lower() in _RENAMED else name, value) for name, value in snapshot.headers
    ]
    headers.append(("Content-Length", str(len(snapshot.body))))
    return writer.create_warc_record(
        _one_line(snapshot.final_url),
        "response",
        payload=BytesIO(snapshot.body),
        length=len(snapshot.body),
        http_headers=StatusAndHeaders(
            _status_line(snapshot.status),
            [(_ascii_name(name), _one_line(value)) for name, value in headers],
            protocol="HTTP/1.1",
        ),
        warc_headers_dict={"WARC-Date": f"{snapshot.fetched_at:%Y-%m-%dT%H:%M:%SZ}"},
    )


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _ascii_name(name: str) -> str:
    return _one_line(name).encode("ascii", "replace").decode().replace(":", "?")


def _read_body(raw: bytes) -> bytes | None:
    """The body of the one member ``raw`` holds; None unless all of it is there and its digest agrees.

    The member holds what ``pack`` wrote and nothing else, so that two cuts find the body; warcio, which
    reads any record, takes half as long again.
    """
    try:
        fields, _, rest = igzip.decompress(raw).partition(_BLANK_LINE)  # type: ignore[no-untyped-call]
    except (OSError, EOFError, _DAMAGED):
        return None
    version, *lines = fields.split(b"\r\n")
    named = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    block = rest.removesuffix(_BLANK_LINE)
    _, _, body = block.partition(_BLANK_LINE)
    is_whole = version.startswith(b"WARC/") and named.get(b"content-length") == b"%d" % len(block)
    return body if is_whole and named.get(b"warc-payload-digest") == _payload_digest(body) else None


def _payload_digest(body: bytes) -> bytes:
    # The digest that WARC files have everywhere: against damage, which no attacker makes.
    return b"sha1:" + b32encode(sha1(body, usedforsecurity=False).digest())
