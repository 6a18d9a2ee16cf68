"""robots.txt of the outlets: articles and feeds are open to all but some robots named for AI."""

from collections.abc import Iterable

from newsroom.replies import TEXT, Reply

_BARRED = ("GPTBot", "ChatGPT-User", "CCBot", "ClaudeBot", "Bytespider", "PerplexityBot")


def robots_txt(disallowed: Iterable[str], sitemap: str | None = None) -> Reply:
    """The file with these paths closed to everyone."""
    lines = ["User-agent: *", "Allow: /", *(f"Disallow: {path}" for path in disallowed), ""]
    for name in _BARRED:
        lines += [f"User-agent: {name}", "Disallow: /", ""]
    if sitemap:
        lines.append(f"Sitemap: {sitemap}")
    return Reply("\n".join([*lines, ""]).encode(), TEXT)
