"""What the pages are made with."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.pages import TEMPLATES, page_stylesheet, script, version_of

router = APIRouter()

_FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}
_FOR_A_DAY = {"cache-control": "public, max-age=86400"}


@router.api_route("/style.css", methods=["GET", "HEAD"])
def style(request: Request) -> Response:
    """The style sheet; for good where the address names its version."""
    is_current = request.query_params.get("v") == version_of(page_stylesheet)
    return Response(page_stylesheet(), media_type="text/css", headers=_FOR_GOOD if is_current else _FOR_A_DAY)


@router.api_route("/script.js", methods=["GET", "HEAD"])
def script_file(request: Request) -> Response:
    """The script; for good where the address names its version."""
    is_current = request.query_params.get("v") == version_of(script)
    return Response(script(), media_type="text/javascript", headers=_FOR_GOOD if is_current else _FOR_A_DAY)


@router.api_route("/icon.svg", methods=["GET", "HEAD"])
def icon() -> Response:
    """The icon."""
    return Response((TEMPLATES / "icon.svg").read_bytes(), media_type="image/svg+xml", headers=_FOR_A_DAY)
