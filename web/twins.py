"""The JSON twins of pages: the same list for a program. The whole of it is under ``/api``."""

import json
from typing import Any

from pydantic_core import to_jsonable_python
from starlette.responses import Response

from digest.harmless import json_escapes
from web.pages import API_LINK

HEADERS = {"cache-control": "no-cache", "link": API_LINK}


def json_twin(document: dict[str, Any]) -> Response:
    """``document``, of values and plain data, as JSON."""
    written = json.dumps(to_jsonable_python(document), ensure_ascii=False, indent=1)
    return Response(json_escapes(written), media_type="application/json", headers=HEADERS)
