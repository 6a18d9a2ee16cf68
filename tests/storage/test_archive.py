"""The page archive: what goes in comes out, other tools can read it, and a crash harms one record."""

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from storage_samples import NOW, snapshot
from warcio.archiveiterator import ArchiveIterator

from storage.archive import Archive, ArchivedPage
from storage.errors import FolderNotWritable, PageLost
from storage.models import Snapshot

URL = "https://baomau.example/bài viết-1.html?a=1&b=2"
BODIES = [
    b"",
    b"x",
    "Kết nạp đảng viên".encode(),
    bytes(range(256)) * 400,
    b"\r\n\r\nWARC/1.0\r\n",
    os.urandom(300_000),
]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "pages")


def test_bodies_come_back(archive: Archive) -> None:
    pages = [archive.store(snapshot(URL, body)) for body in BODIES]
    assert [archive.load(page) for page in pages] == BODIES
    assert [Archive(archive.folder).load(page) for page in reversed(pages)] == BODIES[::-1]


def test_other_tools_can_read_it(archive: Archive) -> None:
    page = archive.store(snapshot(URL, BODIES[2]))
    with (archive.folder / page.file).open("rb") as file:
        records = [
            (record.rec_type, record.rec_headers, record.http_headers, record.content_stream().read())
            for record in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, *_ in records] == ["warcinfo", "response"]
    _, warc, http, body = records[1]
    assert body == BODIES[2]
    assert warc["WARC-Target-URI"].startswith("https://baomau.example/b")
    assert warc["WARC-Date"] == "2026-11-21T01:30:00Z"
    assert warc["WARC-Payload-Digest"].startswith("sha1:")
    assert http.get_statuscode() == "200"
    assert http.get_header("Content-Length") == str(len(body))
    assert http.get_header("Content-Encoding") is None
    assert http.get_header("X-Archive-Orig-Content-Encoding") == "gzip"


def test_a_hostile_header_cannot_add_a_record(archive: Archive) -> None:
    fine = snapshot(URL, b"body")
    hostile = Snapshot(
        **{**fine.model_dump(), "headers": (("X", "a\r\nContent-Length: 0\r\n\r\nWARC/1.0"), ("Ü", "é"))}
    )
    assert archive.load(archive.store(hostile)) == b"body"


def test_files_are_named_for_process_and_time_and_rolled(tmp_path: Path) -> None:
    archive = Archive(tmp_path, roll_bytes=1000)
    pages = [archive.store(snapshot(URL, os.urandom(900))) for _ in range(3)]
    stem = f"pages-20261121T013000-{os.getpid()}"
    assert [page.file for page in pages] == [f"{stem}.warc.gz", f"{stem}-2.warc.gz", f"{stem}-3.warc.gz"]
    archive.close()
    archive.close()


def test_two_archives_in_one_folder_do_not_share_a_file(tmp_path: Path) -> None:
    first, second = Archive(tmp_path), Archive(tmp_path)
    pages = [
        archive.store(snapshot(URL, body)) for archive, body in ((first, b"1"), (second, b"2"), (first, b"3"))
    ]
    assert len({page.file for page in pages}) == 2
    assert [second.load(page) for page in pages] == [b"1", b"2", b"3"]


def test_threads_share_an_archive(archive: Archive) -> None:
    stored: dict[int, ArchivedPage] = {}

    def work(number: int) -> None:
        stored[number] = archive.store(snapshot(URL, str(number).encode() * 50))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(archive.load(page) == str(number).encode() * 50 for number, page in stored.items())


def test_a_record_cut_off_harms_no_other(archive: Archive) -> None:
    pages = [archive.store(snapshot(URL, body)) for body in (b"first", b"last" * 100)]
    path = archive.folder / pages[1].file
    with path.open("r+b") as file:
        file.truncate(pages[1].offset + pages[1].length - 20)
    assert archive.load(pages[0]) == b"first"
    with pytest.raises(PageLost, match="the file ends before the record does"):
        archive.load(pages[1])


def test_damage_is_noticed(archive: Archive) -> None:
    page = archive.store(snapshot(URL, b"some body"))
    path = archive.folder / page.file
    whole = path.read_bytes()
    record = gzip.decompress(whole[page.offset :])
    assert b"some body" in record
    forged = gzip.compress(record.replace(b"some body", b"good body"))
    path.write_bytes(whole[: page.offset] + forged)
    with pytest.raises(PageLost, match="damaged"):
        archive.load(page.model_copy(update={"length": len(forged)}))
    path.write_bytes(whole[: page.offset] + b"\0" * page.length)
    with pytest.raises(PageLost, match="damaged"):
        archive.load(page)
    path.unlink()
    with pytest.raises(PageLost, match="No such file"):
        archive.load(page)


def test_a_wrong_place_is_never_read_as_a_body(archive: Archive) -> None:
    """A few bytes off, what follows is no gzip member, yet may look like a plain record without a body."""
    pages = [archive.store(snapshot(URL, f"body {number}".encode() * 40)) for number in range(3)]
    for page in pages:
        for shift in range(1, 40):
            with pytest.raises(PageLost):
                archive.load(page.model_copy(update={"offset": page.offset + shift}))
            with pytest.raises(PageLost):
                archive.load(page.model_copy(update={"offset": page.offset - shift}))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable, match="cannot be written"):
        Archive(tmp_path / "file" / "pages").store(snapshot(URL))


KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from storage_samples import snapshot
from storage.archive import Archive
archive = Archive(sys.argv[1])
for number in range(3):
    page = archive.store(snapshot("https://baomau.example/", str(number).encode()))
    print(page.model_dump_json(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_returned_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(Path(__file__).parent)]
    killed = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert killed.returncode == -9, killed.stderr
    pages = [ArchivedPage.model_validate_json(line) for line in killed.stdout.splitlines()]
    assert [Archive(tmp_path).load(page) for page in pages] == [b"0", b"1", b"2"]


def test_a_forked_process_begins_its_own_file(archive: Archive) -> None:
    archive.store(snapshot(URL, b"parent"))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, archive.store(snapshot(URL, b"child")).model_dump_json().encode())
        os._exit(0)
    os.waitpid(child, 0)
    page = ArchivedPage.model_validate_json(os.read(reader, 1000))
    assert str(child) in page.file
    assert archive.load(page) == b"child"
    assert snapshot(URL).fetched_at == NOW
