"""VietnamPlus's JSON host: more articles of a topic, page by page."""

import json
import re

from newsroom.outlets import JSON_HOST, OUTLETS
from newsroom.replies import TEXT, Reply
from newsroom.shelf import Shelf

HOST = JSON_HOST
PARTY_BUILDING = 820

_PATH = re.compile(r"/api/morenews-topic-(?P<topic>\d+)-(?P<page>\d+)\.html")
_JSON = "application/json; charset=utf-8"


def answer(shelf: Shelf, path: str, query: dict[str, str]) -> Reply | None:
    """The Reply for ``path``; the topic holds what the Vietnamese edition prints on the Party's building."""
    if path == "/robots.txt":
        return Reply(b"User-agent: *\nDisallow:\n", TEXT)
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    size = query.get("page_size", "")
    per_page = min(int(size), 30) if size.isdecimal() and int(size) > 0 else 30
    first = (int(match["page"]) - 1) * per_page
    outlet = OUTLETS["vna-vi"]
    articles = [
        article
        for article in shelf.articles
        if article.outlet == outlet.id and article.grade > 0 and int(match["topic"]) == PARTY_BUILDING
    ]
    if first < 0 or (first and first >= len(articles)):
        return _reply({"error_code": 1, "error_message": "no more"})
    contents = [
        {
            "title": article.title,
            "url": article.url,
            "date": int(article.published_at.timestamp()),
            "description": article.lead,
            "zone": {"name": outlet.section(article.section).label},
            "source": "TTXVN",
        }
        for article in articles[first : first + per_page]
    ]
    has_more = first + per_page < len(articles)
    return _reply({"error_code": 0, "data": {"contents": contents, "load_more": has_more}})


def _reply(value: object) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), _JSON)
