"""The archived page: what an outlet really sent, shown so that nothing in it can run or fetch.

Three addresses: what is known of the page (ours), the page itself without what is dangerous (theirs,
in a sandbox), and its bytes as a file to keep.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.i18n import N_
from storage.archive import Archive
from storage.errors import PageLost
from storage.tellings import KeptPage, kept_page
from storage.upkeep import Household, known
from web.numbers import number_in_address
from web.pages import service_of, show

if TYPE_CHECKING:
    from web.page_tree import PageTree

router = APIRouter()

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""No script, no form, nothing from anywhere; the page's own inline styles may stay."""

_KINDS = (
    ("//script | //noscript", N_("scripts")),
    ("//link | //style[contains(., '@import')]", N_("links to style sheets and other files")),
    ("//iframe | //frame | //embed | //object | //applet", N_("frames and embedded objects")),
    ("//form | //input | //button | //select | //textarea", N_("forms and their fields")),
    (
        "//img | //picture | //source | //video | //audio | //track | //svg | //canvas",
        N_("pictures, sound and films"),
    ),
    ("//@*[starts-with(name(), 'on')]", N_("attributes that run scripts")),
    ("//meta | //base", N_("directions to the browser")),
    ("//a/@href | //area/@href", N_("targets of links")),
)
"""What is taken out, by an XPath that counts it."""
_CHARSET = re.compile(r"""charset\s*=\s*["']?(?P<name>[\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
_HEAD = 2048


@dataclass(frozen=True)
class Removed:
    """One kind of thing that the shown page lacks."""

    words: str
    count: int


@dataclass(frozen=True)
class ArchivedView:
    """``archived.html``."""

    kept: KeptPage
    size: int | None
    """Bytes of the body; None where it is no longer in the archive."""
    knows_archive: bool
    """Whether the folder of the archive is known: the service says it when it runs."""
    removed: list[Removed]
    is_page: bool
    """Whether there is anything to show of it."""


@router.api_route("/archived/{number}", methods=["GET", "HEAD"])
def archived(request: Request, number: str) -> Response:
    """What is known of an archived page, and what is taken out before it is shown."""
    kept, folder = _kept(request, number)
    body = _body(kept, folder)
    tree = _parsed(body, kept) if body is not None else None
    removed = [] if tree is None else [Removed(words, tree.count(path)) for path, words in _KINDS]
    page = ArchivedView(
        kept=kept,
        size=None if body is None else len(body),
        knows_archive=folder is not None,
        removed=[item for item in removed if item.count],
        is_page=tree is not None,
    )
    return show(request, "archived.html", page)


@router.api_route("/archived/{number}/page", methods=["GET", "HEAD"])
def archived_page(request: Request, number: str) -> Response:
    """The page without anything that could run or fetch."""
    kept, folder = _kept(request, number)
    body = _body(kept, folder)
    tree = _parsed(body, kept) if body is not None else None
    if tree is None:
        raise HTTPException(404)
    return _sealed(tree.harmless(), "text/html; charset=utf-8", {})


@router.api_route("/archived/{number}/bytes", methods=["GET", "HEAD"])
def archived_bytes(request: Request, number: str) -> Response:
    """The body as it was received, as a file to keep."""
    kept, folder = _kept(request, number)
    body = _body(kept, folder)
    if body is None:
        raise HTTPException(404)
    name = {"content-disposition": f'attachment; filename="page-{kept.id}.bin"'}
    return _sealed(body, "application/octet-stream", name)


def _sealed(body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    sealed = {"content-security-policy": SANDBOX, "cache-control": "private, no-cache"}
    return Response(body, media_type=media_type, headers=sealed | headers)


def _kept(request: Request, number: str) -> tuple[KeptPage, Path | None]:
    with service_of(request).database.read() as session:
        kept = kept_page(session, number_in_address(number))
        household = known(session, Household)
    if kept is None:
        raise HTTPException(404)
    return kept, household.archive if household else None


def _body(kept: KeptPage, folder: Path | None) -> bytes | None:
    """The bytes; None where the archive does not have them any more or is not known."""
    if folder is None or Path(kept.page.file).name != kept.page.file:
        return None
    try:
        return Archive(folder).load(kept.page)
    except PageLost:
        return None


def _parsed(body: bytes, kept: KeptPage) -> "PageTree | None":
    """The page as a tree; None where nothing of it can be read."""
    from web.page_tree import parsed  # noqa: PLC0415 - lxml is 4 MB, for these pages alone

    # libxml2 knows fewer encodings, by other names, and gives up on bytes that are none.
    text = body.decode(_encoding(body, kept), "replace").encode("utf-8", "replace")
    return parsed(text)


def _encoding(body: bytes, kept: KeptPage) -> str:
    """UTF-8 where the bytes are that, whatever they are said to be; else what the host or the page says."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        told = next((value for name, value in kept.headers if name.lower() == "content-type"), "")
        in_page = _CHARSET.search(body[:_HEAD].decode("ascii", "replace"))
        for named in (_CHARSET.search(told), in_page):
            if named and _is_of_text(named["name"]):
                return named["name"]
    return "utf-8"


def _is_of_text(encoding: str) -> bool:
    """Whether Python has it; not every codec of Python's gives text."""
    try:
        return isinstance(b"x".decode(encoding, "replace"), str)
    except (LookupError, ValueError):
        return False
