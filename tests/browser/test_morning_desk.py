"""A reviewer's whole morning in a real browser: by keyboard, by thumb, and without a script."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from desk_house import Desk
from playwright.sync_api import Browser, BrowserContext, Page, expect

CARDS = ".entry .review"
pytestmark = pytest.mark.timeout(600)  # the first test crawls the newsroom


def reviews(desk: Desk) -> dict[str, int]:
    """How many acts on stories say what, undone ones left out."""
    with sqlite3.connect(desk.folder / "diembao.sqlite3") as database:
        return dict(
            database.execute(
                "SELECT verdict, count(DISTINCT action_id) FROM review JOIN review_action ON id = action_id "
                "WHERE undone_at IS NULL AND verdict IS NOT NULL GROUP BY verdict"
            )
        )


def judged(page: Page) -> int:
    return page.locator(".judged").count()


def test_ten_stories_are_judged_by_keyboard_and_one_is_undone(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    assert page.locator(CARDS).count() >= 12
    page.keyboard.press("j")
    for number, key in enumerate("ccxccuccxc", start=1):
        page.keyboard.press(key)  # it goes on to the next card by itself
        expect(page.locator(".judged")).to_have_count(number)
    assert reviews(desk) == {"confirmed": 7, "rejected": 2, "unsure": 1}
    page.keyboard.press("z")
    expect(page.locator(".judged")).to_have_count(9)
    assert reviews(desk) == {"confirmed": 6, "rejected": 2, "unsure": 1}
    page.reload()
    assert judged(page) == 9
    expect(page.locator("#desk-line")).to_contain_text(re.compile(r"\b9 of \d+ judged"))


def test_a_note_and_a_star_by_keyboard_stay(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.keyboard.press("j")
    page.keyboard.press("n")
    page.keyboard.type("Hỏi lại tỉnh ủy: c x u s")  # no key of these acts while typing
    page.keyboard.press("Control+Enter")
    expect(page.locator(".noted")).to_contain_text("Hỏi lại tỉnh ủy: c x u s")
    page.keyboard.press("s")
    expect(page.locator(".is-star[aria-pressed=true]")).to_have_count(1)
    assert reviews(desk) == {}
    page.goto(f"{desk.home}/audit?queue=starred")
    assert page.locator(".noted").count() == 1


def test_keys_can_be_listed_and_switched_off(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_timeout(300)
    assert (judged(page), reviews(desk)) == (0, {})


def test_what_the_service_did_not_take_is_kept_and_sent_later(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.route("**/reviews", lambda route: route.abort())
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator("#desk-said")).to_contain_text("No answer from the service")
    assert reviews(desk) == {}
    page.unroute("**/reviews")
    page.reload()
    expect(page.locator(".judged")).to_have_count(1)
    assert reviews(desk) == {"confirmed": 1}


def test_a_story_is_taken_apart_and_put_together_again(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.locator(".entry:has(.tellings) a.story").first.click()
    tellings = page.locator("ol.side-by-side > li")
    before = tellings.count()
    assert before > 1
    page.locator(".choose input").last.check()
    page.get_by_role("button", name="Take the ticked ones apart").click()
    expect(tellings).to_have_count(before - 1)
    expect(page.get_by_role("status").first).to_contain_text("a story of its own")
    page.get_by_role("button", name="Put them together again").click()
    expect(tellings).to_have_count(before)


def test_a_search_without_marks_finds_words_that_have_them(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.keyboard.press("/")
    page.wait_for_url("**/search*")
    page.get_by_role("searchbox").fill("to chuc dang")
    page.keyboard.press("Enter")
    expect(page.locator("ol.hits > li").first).to_be_visible()
    assert any("tổ chức đảng" in text.lower() for text in page.locator("ol.hits").all_inner_texts())


def test_the_digest_as_a_spreadsheet_opens(page: Page, desk: Desk, tmp_path: Path) -> None:
    page.goto(desk.home)
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    file = tmp_path / "digest.xlsx"
    download.value.save_as(file)
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    links = page.locator("#about a.out, section.entries a.out").count()
    assert len(rows) > 12
    assert links
    assert any("http" in str(cell) for cell in rows[1])


def test_the_language_is_switched_and_stays(page: Page, desk: Desk) -> None:
    page.goto(desk.home)
    page.get_by_role("link", name="Tiếng Việt").click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_role("link", name="Tìm").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_role("link", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_a_thumb_judges_on_a_phone(browser: Browser, desk: Desk) -> None:
    phone = browser.new_context(
        locale="vi", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(desk.home)
    button = page.locator(f"{CARDS} button.is-confirmed").first
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.tap()
    expect(page.locator(".judged")).to_have_count(1)
    assert reviews(desk) == {"confirmed": 1}
    phone.close()


def test_everything_is_done_without_a_script(browser: Browser, desk: Desk) -> None:
    plain = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = plain.new_page()
    page.goto(desk.home)
    page.locator(f"{CARDS} button.is-rejected").first.click()
    assert judged(page) == 1
    page.locator(".noting summary").first.click()
    page.locator(".noting textarea").first.fill("Without a script")
    page.get_by_role("button", name="Save the note").first.click()
    assert page.locator(".noted").inner_text().startswith("Without a script")
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".noted").count() == 0
    assert reviews(desk) == {"rejected": 1}
    plain.close()


def test_signing_in_and_being_locked_out(open_desk: Callable[..., Desk], context: BrowserContext) -> None:
    password = "a long enough password"
    desk = open_desk("--sign-in", person="lan", password=password)
    page = context.new_page()
    page.goto(f"{desk.home}/search?q=park")
    page.wait_for_url(re.compile("/sign-in"))
    page.get_by_label("User name").fill("lan")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/search?q=park")
    page.get_by_role("button", name="Sign out").click()
    page.goto(desk.home)
    page.wait_for_url(re.compile("/sign-in"))
    for _ in range(30):
        page.get_by_label("User name").fill("lan")
        page.get_by_label("Password").fill("a wrong password")
        page.get_by_role("button", name="Sign in").click()
        if page.get_by_text("There were too many attempts").count():
            break
    else:
        raise AssertionError("thirty wrong passwords and no lock-out")
    page.get_by_label("User name").fill("lan")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    assert "/sign-in" in page.url
