"""The digest as files, and to a webhook through Apprise."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import digest_samples as samples
import pytest

from digest.delivery.channel import DeliveryFailed
from digest.delivery.chat import ENTRIES_SHOWN, ChatChannel, headlines
from digest.delivery.folder import FolderChannel
from digest.render import render


class Hook(HTTPServer):
    """A webhook on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.taken: list[dict[str, Any]] = []
        self.status = 200


class _Answering(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.status == 200:
            self.server.taken.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Quiet."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def chat(hook: Hook) -> ChatChannel:
    return ChatChannel(f"json://127.0.0.1:{hook.server_port}/room-secret", "1", "en", samples.ZONE)


def test_both_files_are_what_is_rendered_and_nothing_else_is_left(tmp_path: Path) -> None:
    digest = samples.digest()
    folder = FolderChannel(tmp_path / "new" / "digests", "vi", samples.ZONE)
    assert folder.deliver(digest) == "digest-2026-11-22.html and digest-2026-11-22.md"
    written = {path.name: path.read_text("utf-8") for path in folder.folder.iterdir()}
    assert written == {
        "digest-2026-11-22.html": render(digest, "html", "vi", samples.ZONE),
        "digest-2026-11-22.md": render(digest, "md", "vi", samples.ZONE),
    }
    folder.deliver(digest)
    assert {path.name: path.read_text("utf-8") for path in folder.folder.iterdir()} == written


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryFailed, match="file"):
        FolderChannel(tmp_path / "file", "en", samples.ZONE).deliver(samples.digest())


def test_a_webhook_gets_the_headlines(hook: Hook) -> None:
    assert chat(hook).deliver(samples.digest()) == "accepted"
    [message] = hook.taken
    assert message["title"] == "Press review, Sunday, 22 November 2026"
    for judged in (samples.ENGLISH, samples.VIETNAMESE, samples.FRENCH):
        assert judged.revision.title in message["message"]
        assert judged.url in message["message"]


def test_a_webhook_that_fails_is_said_without_the_secret(hook: Hook) -> None:
    hook.status = 500
    with pytest.raises(DeliveryFailed) as failure:
        chat(hook).deliver(samples.digest())
    assert not failure.value.is_final
    assert "500" in str(failure.value)
    assert "room-secret" not in str(failure.value)
    assert "room-secret" not in chat(hook).name


def test_an_address_of_no_service_is_final() -> None:
    with pytest.raises(DeliveryFailed, match="none that Apprise knows") as failure:
        ChatChannel("nowhere://x", "1", "en", samples.ZONE).deliver(samples.digest())
    assert failure.value.is_final


def test_many_entries_are_counted_not_listed() -> None:
    many = [samples.judged(number, f"Title {number}", "Text.") for number in range(1, ENTRIES_SHOWN + 4)]
    title, body = headlines(samples.digest(tuple(many)), "en", samples.ZONE)
    assert body.count("•") == ENTRIES_SHOWN
    assert body.endswith("… and 3 more")
    assert headlines(samples.digest(()), "en", samples.ZONE) == (title, "Nothing new on the topic.")
