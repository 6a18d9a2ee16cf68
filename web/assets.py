"""What the pages are made with."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from digest.render import stylesheet
from web.pages import TEMPLATES, stylesheet_version

router = APIRouter()

_FOR_GOOD = {"cache-control": "public, max-age=31536000, immutable"}
_FOR_A_DAY = {"cache-control": "public, max-age=86400"}


@router.api_route("/style.css", methods=["GET", "HEAD"])
def style(request: Request) -> Response:
    """The style sheet; for good where the address names its version."""
    is_current = request.query_params.get("v") == stylesheet_version()
    return Response(stylesheet(), media_type="text/css", headers=_FOR_GOOD if is_current else _FOR_A_DAY)


@router.api_route("/icon.svg", methods=["GET", "HEAD"])
def icon() -> Response:
    """The icon."""
    return Response((TEMPLATES / "icon.svg").read_bytes(), media_type="image/svg+xml", headers=_FOR_A_DAY)
