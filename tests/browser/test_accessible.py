"""Every kind of page against axe-core: nothing serious, in light and dark, wide and on a phone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from desk_house import Desk
from playwright.sync_api import Browser, Page

PATHS = (
    "/",
    "/next",
    "/digests",
    "/search?q=dang+vien",
    "/search?q=zeppelin",
    "/audit",
    "/audit?queue=notes",
    "/articles/1",
    "/archived/1",
    "/sources",
    "/settings",
    "/trends",
    "/trends/quantities",
    "/firms",
    "/documents",
    "/sign-in",
    "/api",
    "/nowhere",
)
LINKED = {
    "/": "/stories/",
    "/digests": "/weeks/",
    "/firms": "/firms/",
    "/documents": "/documents/",
    "/sources": "/sources/",
    "/search?q=dang+vien": "/search?q=dang+vien&",
}
"""A page -> how the address of another kind of page begins, to which it leads."""
GRAVE = ("serious", "critical")
WIDTHS = {"wide": 1280, "phone": 360}


@pytest.mark.timeout(600)  # some twenty pages, each looked at twice
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_serious_is_found(browser: Browser, desk: Desk, scheme: Any, width: str) -> None:
    context = browser.new_context(
        locale="vi", color_scheme=scheme, viewport={"width": WIDTHS[width], "height": 800}
    )
    page, found, too_wide = context.new_page(), [], []
    for path in (*PATHS, *linked(page, desk)):
        page.goto(desk.home + path)
        page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in GRAVE:
                found.append((path, violation["id"], [node["target"] for node in violation["nodes"]][:3]))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(path)
    context.close()
    assert found == []
    assert too_wide == []


def linked(page: Page, desk: Desk) -> list[str]:
    """The first page of each kind in LINKED."""
    paths = []
    for path, beginning in LINKED.items():
        page.goto(desk.home + path)
        path_there = page.locator(f'main a[href^="{beginning}"]').first.get_attribute("href")
        assert path_there is not None
        paths.append(path_there)
    return paths
