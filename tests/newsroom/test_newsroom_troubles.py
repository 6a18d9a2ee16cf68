"""Troubles by name: on the line, in certificates, and as people order them."""

import gzip
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from newsroom.faults import Fault
from newsroom.orders import USUAL_HOST, OrderError, read_order
from newsroom.page_faults import BOMB_BYTES
from newsroom.replies import Reply
from newsroom.server import Newsroom
from newsroom.troubles import TROUBLES, place_of

Get = Callable[..., httpx.Response]
ROOT = Path(__file__).parents[2]
FEED = f"https://{USUAL_HOST}/rss/home.rss"


def raw(newsroom: Newsroom, path: str, timeout_s: float = 5) -> bytes:
    """What comes over the line until it closes."""
    trust = ssl.create_default_context(cafile=str(newsroom.ca_file))
    plain = socket.create_connection(("127.0.0.1", newsroom.port), timeout=timeout_s)
    with trust.wrap_socket(plain, server_hostname=USUAL_HOST, suppress_ragged_eofs=False) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {USUAL_HOST}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while part := line.recv(65536):
            received += part
        return received


@pytest.mark.parametrize(
    ("name", "more"), [("page-longer-than-sent", 1_000), ("page-shorter-than-sent", -200)]
)
def test_a_length_that_lies(newsroom: Newsroom, name: str, more: int) -> None:
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES[name].fault
    head, _, body = raw(newsroom, "/rss/home.rss").partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body) + more}".encode() in head


def test_a_line_that_is_reset(newsroom: Newsroom) -> None:
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES["page-reset"].fault
    with pytest.raises((ConnectionResetError, ssl.SSLError)):
        raw(newsroom, "/rss/home.rss")


def test_headers_and_then_silence(newsroom: Newsroom, get: Get) -> None:
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES["page-headers-only"].fault
    with pytest.raises(TimeoutError):
        raw(newsroom, "/rss/home.rss", timeout_s=0.5)
    newsroom.faults.clear()
    assert get(FEED).status_code == 200


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("host-certificate-expired", "expired"),
        ("host-certificate-of-another", "mismatch"),
        ("host-certificate-self-signed", "local issuer|self.signed"),
        ("host-certificate-chain-cut", "local issuer"),
    ],
)
def test_wrong_certificates(newsroom: Newsroom, get: Get, name: str, reason: str) -> None:
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES[name].fault
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        raw(newsroom, "/robots.txt")
    assert get("https://nhandan.vn/robots.txt").status_code == 200, "another host"
    files = [file for file in newsroom.ca_file.parent.iterdir() if "PRIVATE KEY" in file.read_text()]
    assert len(files) == 1, "no other key is kept"


def test_bombs_are_as_large_as_said(newsroom: Newsroom) -> None:
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES["page-gzip-bomb"].fault
    _, _, body = raw(newsroom, "/x").partition(b"\r\n\r\n")
    assert len(gzip.decompress(body)) == BOMB_BYTES
    brotli = pytest.importorskip("brotli")
    newsroom.faults[USUAL_HOST, "/"] = TROUBLES["page-brotli-bomb"].fault
    _, _, body = raw(newsroom, "/x").partition(b"\r\n\r\n")
    assert len(brotli.decompress(body)) == BOMB_BYTES


def test_the_answer_of_another_path(newsroom: Newsroom, get: Get) -> None:
    home = get(FEED).content
    newsroom.faults[USUAL_HOST, "/rss/politics.rss"] = TROUBLES["listing-home-feed"].fault
    assert get(f"https://{USUAL_HOST}/rss/politics.rss").content == home


def test_every_name_begins_with_its_place_and_says_what_happens() -> None:
    for name, trouble in TROUBLES.items():
        assert place_of(name)
        assert trouble.says[0].islower()
        assert not trouble.says.endswith((".", " "))


def test_orders_find_their_place(newsroom: Newsroom) -> None:
    def targets(text: str) -> list[tuple[str, str]]:
        return [(order.host, order.path) for order in read_order(text, newsroom.articles)]

    assert targets("robots-404") == [(USUAL_HOST, "/robots.txt")]
    assert targets("host-silent@nhandan.vn") == [("nhandan.vn", "/")]
    assert targets("listing-403@vietnamnews.vn/rss/society") == [("vietnamnews.vn", "/rss/society")]
    assert ("nhandan.vn", "/rss") in targets("listing-403@nhandan.vn")
    ours = [article for article in newsroom.articles if article.url.startswith(f"https://{USUAL_HOST}/")]
    newest = max(ours, key=lambda article: article.published_at)
    assert targets("page-404") == [(USUAL_HOST, newest.url.removeprefix(f"https://{USUAL_HOST}"))]
    assert (USUAL_HOST, "/login") in targets("page-to-login")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("page-hnag", "did you mean page-hang"),
        ("nonsense", "--faults lists them"),
        ("page-404@vnexpress.net", "No outlet of the newsroom lives at vnexpress.net"),
        ("page-404@vietnam.vn", "name a path"),
    ],
)
def test_orders_that_cannot_be_understood(newsroom: Newsroom, text: str, words: str) -> None:
    with pytest.raises(OrderError, match=words):
        read_order(text, newsroom.articles)


def test_the_command_line_switches_trouble_on() -> None:
    stories = str(Path(__file__).parent / "stories")
    command = [sys.executable, "-m", "newsroom", "--articles", stories]
    orders = ["--fault", "robots-503", "--fault", "listing-403@nhandan.vn/rss/"]
    running = subprocess.Popen([*command, *orders], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert running.stdout is not None
    ready = json.loads(running.stdout.readline())
    try:
        assert ready["faults"] == [f"robots-503@{USUAL_HOST}/robots.txt", "listing-403@nhandan.vn/rss/"]
        with httpx.Client(verify=ssl.create_default_context(cafile=ready["ca_file"])) as client:
            for host, path, status in (
                (USUAL_HOST, "/robots.txt", 503),
                (USUAL_HOST, "/rss/home.rss", 200),
                ("nhandan.vn", "/rss/home.rss", 403),
            ):
                url = f"https://127.0.0.1:{ready['port']}{path}"
                answer = client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
                assert answer.status_code == status
    finally:
        running.communicate()
    failed = subprocess.run(
        [*command, "--fault", "page-hnag"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (failed.returncode, failed.stdout) == (1, "")
    assert len(failed.stderr.splitlines()) == 1


def test_a_fault_that_is_used_up_is_none(newsroom: Newsroom, get: Get) -> None:
    newsroom.faults[USUAL_HOST, "/rss/"] = TROUBLES["page-500-once"].fault
    assert [get(FEED).status_code for _ in range(2)] == [500, 200]


CHANGES = [name for name, trouble in TROUBLES.items() if trouble.fault.change]


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_changes_something(newsroom: Newsroom, get: Get, name: str) -> None:
    # English has nothing that NFD would spell otherwise.
    article = next(article for article in newsroom.articles if article.outlet == "vna-vi")
    host = article.url.split("/")[2]
    url = f"https://{host}/rss/home.rss" if name.startswith("listing-") else article.url
    good = get(url)
    reply = Reply(good.content, good.headers["content-type"])
    changed = TROUBLES[name].fault.spoil(reply)
    assert (changed.body, changed.headers) != (reply.body, reply.headers)


def test_what_has_no_change_does_something_else() -> None:
    nothing = {name for name, trouble in TROUBLES.items() if trouble.fault == Fault()}
    assert nothing == {"listing-dates-plus-seven"}, "which is how all feeds write their dates"
