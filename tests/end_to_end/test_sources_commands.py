"""The commands by which a first live run repairs itself: check, record, replay, backfill."""

import gzip
import json
import sqlite3
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import trustme
from house import SETTINGS, House, furnish, kill
from loopback import FEED, HOST, Answer, Outlet, feed

from crawler.declarations import load_source
from newsroom.articles import Article, make_article
from newsroom.faults import Fault
from newsroom.server import Newsroom

pytestmark = pytest.mark.timeout(300)  # each test starts several processes

DECLARATION = """\
name = "Báo Mẫu"
home = "https://baomau.example/"
family = "plain"
languages = ["vi"]
article = '-post(?P<id>\\d+)\\.html$'
delay_s = 1
listing = [
    { kind = "feed", url = "https://baomau.example/rss/home.rss" },
]
"""
SENTENCE = (
    "Đảng bộ các khu công nghiệp tỉnh tổ chức lễ kết nạp {n} đảng viên mới là công nhân đang làm việc "
    "tại các doanh nghiệp ngoài khu vực nhà nước trên địa bàn, theo chương trình công tác của năm."
)
PAGE = """\
<html lang="vi"><head><title>{title}</title><meta property="og:type" content="article">
<meta property="og:description"
content="Các chi bộ trong doanh nghiệp có thêm nhiều đảng viên trẻ sau đợt xét {n} này.">
</head><body><div class="menu"><a href="/">Trang chủ</a></div><h1>{title}</h1>
<div class="ngay-dang">Ngày đăng: 09:30 | 20/11/2026</div>
<p class="tom-luoc">Các chi bộ trong doanh nghiệp có thêm nhiều đảng viên trẻ sau đợt xét {n} này.</p>
<div class="noi-dung-bai">{paragraphs}</div>
<div class="lien-quan"><a href="/khac-1.html">Tin khác trong ngày của báo</a></div></body></html>
"""
XML = {"Content-Type": "application/rss+xml"}


def page(number: int) -> Answer:
    paragraphs = "".join(f"<p>{SENTENCE.format(n=number + step)}</p>" for step in range(4))
    title = f"Kết nạp {number} đảng viên trong doanh nghiệp"
    return Answer(body=PAGE.format(title=title, n=number, paragraphs=paragraphs).encode())


def paths(ending: str = "-a{n}.html", count: int = 6) -> list[str]:
    return [f"/ket-nap-dang-vien-moi{ending.format(n=10_000 + number)}" for number in range(count)]


class Street:
    """One invented outlet, its declaration, and the house of one who reads it."""

    def __init__(self, folder: Path, delay_scale: float = 0.01) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        self.outlet = Outlet(authority, [HOST])
        self.declaration = folder / "my-sources" / "baomau.toml"
        self.declaration.parent.mkdir()
        self.declaration.write_text(DECLARATION, encoding="utf-8")
        (folder / "settings.toml").write_text(
            SETTINGS.format(
                delay_scale=delay_scale,
                lookback_days=3,
                disabled="[]",
                sources_folder="my-sources",
                connect_to=json.dumps([f"{HOST}:443:127.0.0.1:{self.outlet.port}"]),
                ca_file="ca.pem",
            ),
            encoding="utf-8",
        )
        self.house = House(folder, {"COLUMNS": "200"})

    def print_articles(self, listed: list[str], at: str = FEED) -> None:
        self.outlet.answers[at] = Answer(body=feed(*listed), headers=XML)
        for number, path in enumerate(listed):
            self.outlet.answers[path] = page(10 + number)

    def check(self, code: int) -> dict[str, object]:
        done = self.house.diembao("sources", "check", "baomau", "--format", "json")
        assert done.returncode == code, done.stdout + done.stderr
        (line,) = done.stdout.splitlines()
        found: dict[str, object] = json.loads(line)
        return found

    def mend(self, lines: str) -> None:
        """Each key of ``lines`` in the place of the declaration's key of that name."""
        new = tomllib.loads(lines)
        old = tomllib.loads(self.declaration.read_text(encoding="utf-8"))
        kept = [
            f"{key} = {json.dumps(value, ensure_ascii=False)}"
            for key, value in old.items()
            if key not in new and key not in ("listing", "hints")
        ]
        listing = "" if "listing" in new else DECLARATION[DECLARATION.index("listing = [") :]
        self.declaration.write_text("\n".join([*kept, listing, lines]), encoding="utf-8")


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.outlet.close()


# ---- check


def test_every_bundled_outlet_of_the_newsroom_holds(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "house", newsroom)
    names = ["vna-en", "vna-vi", "vns", "nhandan-vi", "bacninh", "binhduong-en"]
    done = house.diembao("sources", "check", *names, "--format", "json")
    checks = {found["source"]: found for found in map(json.loads, done.stdout.splitlines())}
    told = {name: (found["judgement"], found["differences"]) for name, found in checks.items()}
    assert sorted(told) == sorted(names)
    assert told == {name: ("holds", []) for name in names}
    assert done.returncode == 0
    assert [listing["state"] for listing in checks["vna-en"]["listings"]] == ["found"] * 3
    (first, *_) = checks["vna-en"]["articles"]
    assert first["witnesses"] == {
        "title": "h1.article__title",
        "lead": ".article__sapo",
        "text": "div.article__body.cms-body",
        "author": ".author.cms-author",
        "published_at": "json-ld",
        "language": "declared",
    }
    assert checks["vna-en"]["robots"][0]["sitemaps"] == ["https://en.vietnamplus.vn/sitemap.xml"]
    assert [path.name for path in house.folder.iterdir()] == ["settings.toml"]  # nothing is stored


def test_the_table_names_what_was_found(newsroom: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "house", newsroom)
    house.environment["COLUMNS"] = "250"
    done = house.diembao("sources", "check", "vna-en")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in (
        "the declaration holds",
        "https://en.vietnamplus.vn/rss/home.rss",
        ".article__sapo",
        "json-ld",
    ):
        assert words in done.stdout


def test_an_outlet_that_moved_is_followed_by_pasting_the_lines(street: Street) -> None:
    """The feed is gone, the addresses and the mark-up are others: one check says it all."""
    home = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss/moi.rss"></head></html>'
    street.outlet.answers["/"] = Answer(body=home.encode() + b"<p>x</p>" * 400)
    street.print_articles(paths(), at="/rss/moi.rss")

    found = street.check(code=1)
    assert found["judgement"] == "differs"
    lines = str(found["lines_to_change"])
    changed = tomllib.loads(lines)
    assert changed["article"] == r"-a(?P<id>\d+)\.html$"
    assert changed["listing"] == [{"kind": "feed", "url": f"https://{HOST}/rss/moi.rss"}]
    assert changed["hints"]["body"] == [".noi-dung-bai"]
    assert changed["hints"]["lead"] == [".tom-luoc"]
    assert "not found: status 404" in lines

    street.mend(lines)
    assert load_source(street.declaration).hints.body[0] == ".noi-dung-bai"
    again = street.check(code=0)
    assert (again["judgement"], again["lines_to_change"]) == ("holds", "")
    done = street.house.diembao("crawl", "baomau")
    assert "6 fetched" in done.stdout, done.stdout + done.stderr


def test_a_date_that_no_hint_finds_is_found(street: Street) -> None:
    street.print_articles(paths("-post{n}.html"))
    bare = DECLARATION.replace('family = "plain"\n', "")
    street.declaration.write_text(bare, encoding="utf-8")
    lines = str(street.check(code=1)["lines_to_change"])
    hints = tomllib.loads(lines)["hints"]
    assert (hints["time"], hints["date_formats"]) == ([".ngay-dang"], ["hm-dmy"])
    street.declaration.write_text(f"{bare}\n{lines}\n", encoding="utf-8")
    (first, *_) = street.check(code=0)["articles"]  # type: ignore[misc]
    assert first["published_at"].startswith("2026-11-20T02:30")


def test_a_sitemap_of_sitemaps_gives_the_children_that_list_articles(street: Street) -> None:
    now = datetime.now(UTC) + timedelta(hours=7)
    listed = paths("-post{n}.html")
    street.print_articles(listed, at="/elsewhere")
    child = f"https://{HOST}/sitemaps/news-{now.year}-{now.month}.xml"
    older = f"https://{HOST}/sitemaps/news-{now.year - 1}-7.xml"
    urls = "".join(
        f"<url><loc>https://{HOST}{path}</loc><lastmod>{now:%Y-%m-%d}</lastmod></url>" for path in listed
    )
    index = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in (child, older))
    declared = DECLARATION.replace('kind = "feed"', 'kind = "sitemap"').replace("rss/home.rss", "sitemap.xml")
    street.declaration.write_text(declared, encoding="utf-8")
    xml = {"Content-Type": "text/xml"}
    street.outlet.answers["/sitemap.xml"] = Answer(
        body=f"<sitemapindex>{index}</sitemapindex>".encode(), headers=xml
    )
    street.outlet.answers[child.removeprefix(f"https://{HOST}")] = Answer(
        body=f"<urlset>{urls}</urlset>".encode(), headers=xml
    )
    found = street.check(code=1)
    assert tomllib.loads(str(found["lines_to_change"]))["listing"] == [
        {"kind": "sitemap", "url": f"https://{HOST}/sitemaps/news-{{YYYY}}-{{M}}.xml"}
    ]


def test_a_kind_that_is_declared_wrongly_is_put_right(street: Street) -> None:
    street.print_articles(paths("-post{n}.html"))
    declared = DECLARATION.replace('kind = "feed"', 'kind = "news_sitemap"')
    street.declaration.write_text(declared, encoding="utf-8")
    found = street.check(code=1)
    assert tomllib.loads(str(found["lines_to_change"]))["listing"] == [
        {"kind": "feed", "url": f"https://{HOST}{FEED}"}
    ]
    assert "declared as a news sitemap, and is a feed" in str(found["differences"])


def test_a_home_feed_in_disguise_is_told(street: Street) -> None:
    listed = paths("-post{n}.html")
    street.print_articles(listed)
    street.print_articles(listed, at="/rss/chinh-tri.rss")
    second = f'    {{ kind = "feed", url = "https://{HOST}/rss/chinh-tri.rss" }},\n]'
    street.declaration.write_text(DECLARATION.replace("\n]", f"\n{second}"), encoding="utf-8")
    found = street.check(code=1)
    (difference,) = [each for each in found["differences"] if "feed" in each]  # type: ignore[attr-defined]
    assert difference.endswith(f"shows the same list as https://{HOST}{FEED}")
    assert len(tomllib.loads(str(found["lines_to_change"]))["listing"]) == 1


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_is_no_fault_of_the_declaration_and_ends_the_visit(street: Street, status: int) -> None:
    street.outlet.answers["/robots.txt"] = Answer(404)
    street.outlet.answers[FEED] = Answer(status)
    street.outlet.answers["/"] = Answer(status)
    found = street.check(code=1)
    assert (found["judgement"], found["lines_to_change"]) == ("blocked", "")
    assert len(street.outlet.requests) <= 8


def test_a_host_that_asks_to_wait_is_asked_no_more(street: Street) -> None:
    street.outlet.answers["/robots.txt"] = Answer(404)
    street.outlet.answers[FEED] = Answer(429, headers={"Retry-After": "3600"})
    found = street.check(code=1)
    assert found["judgement"] == "blocked"
    assert "/" not in street.outlet.paths()


def test_robots_txt_is_obeyed_and_reported(street: Street) -> None:
    street.outlet.answers["/robots.txt"] = Answer(
        body=b"User-agent: *\nDisallow: /rss/\nCrawl-delay: 7\n", headers={"Content-Type": "text/plain"}
    )
    street.print_articles(paths("-post{n}.html"))
    done = street.house.diembao("sources", "check", "baomau", "--format", "json", "--articles", "0")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["robots"][0]["crawl_delay_s"] == 7
    assert "robots forbidden" in found["listings"][0]["detail"]
    assert FEED not in street.outlet.paths()
    assert tomllib.loads(found["lines_to_change"])["delay_s"] == 7


def test_a_check_is_never_faster_than_the_delay(tmp_path: Path) -> None:
    street = Street(tmp_path, delay_scale=0.6)
    street.print_articles(paths("-post{n}.html"))
    street.check(code=1)
    street.outlet.close()
    gaps = [later - earlier for earlier, later in pairwise(street.outlet.times)]
    assert len(gaps) >= 4
    assert min(gaps) > 0.2  # half of the delay, as Scrapy varies it, less what a busy machine takes
    assert street.outlet.most_at_once == 1


def test_an_unknown_source_is_bad_usage(street: Street) -> None:
    done = street.house.diembao("sources", "check", "baomao")
    assert done.returncode == 2
    assert "did you mean baomau?" in done.stderr.replace("\n", " ")


# ---- record


def test_a_recording_is_what_a_test_reads(street: Street) -> None:
    (path, *_) = paths("-post{n}.html")
    street.outlet.answers[path] = page(12)
    url = f"https://{HOST}{path}"
    done = street.house.diembao("sources", "record", "baomau", url)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (street.house.folder / "tests" / "recordings" / "baomau").iterdir()
    assert folder.name == "2026-11-20-ket-nap-dang-vien-moi-post10000"
    assert gzip.decompress((folder / "page.html.gz").read_bytes()) == page(12).body
    facts = tomllib.loads((folder / "snapshot.toml").read_text(encoding="utf-8"))
    assert (facts["url"], facts["fetched_at"].tzinfo) == (url, UTC)
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert expected["title"] == "Kết nạp 12 đảng viên trong doanh nghiệp"
    assert "by hand" in done.stdout

    again = street.house.diembao("sources", "record", "baomau", url)
    assert again.returncode == 1
    assert "holds a recording already" in again.stderr


def test_what_cannot_be_fetched_is_not_recorded(street: Street) -> None:
    done = street.house.diembao("sources", "record", "baomau", f"https://{HOST}/nothing-post1.html")
    assert (done.returncode, "not found: status 404" in done.stderr) == (1, True)
    done = street.house.diembao("sources", "record", "baomau", "https://other.example/x-post1.html")
    assert done.returncode == 2
    assert not (street.house.folder / "tests").exists()


# ---- replay


def test_quarantined_pages_are_read_again_after_a_fix_without_asking_the_outlet(street: Street) -> None:
    street.print_articles(paths("-post{n}.html"))
    street.declaration.write_text(DECLARATION.replace('["vi"]', '["fr"]'), encoding="utf-8")
    street.house.diembao("crawl", "baomau")
    asked = len(street.outlet.requests)
    same = street.house.diembao("sources", "replay")
    assert "6 wrong_language" in same.stdout, same.stdout + same.stderr
    assert "6 pages read again: 0 gave a text now." in same.stdout

    street.declaration.write_text(DECLARATION, encoding="utf-8")
    done = street.house.diembao("sources", "replay", "baomau", "--reason", "wrong_language")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 pages read again: 6 gave a text now." in done.stdout
    assert "6 read" in done.stdout
    assert len(street.outlet.requests) == asked
    with sqlite3.connect(street.house.folder / "diembao.sqlite3") as database:
        assert database.execute("select count(*) from article").fetchone() == (6,)
        # judged too, as every article is
        assert database.execute("select count(*) from flag").fetchone() == (6,)


# ---- backfill


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Newsroom]:
    """Forty articles of VietnamPlus, one every other day: over two months and a half."""
    now = datetime.now(UTC)
    folder = tmp_path / "certificates"
    folder.mkdir()
    with Newsroom([old(number, now) for number in range(40)], now, folder) as opened:
        yield opened


def old(number: int, now: datetime) -> Article:
    body = "\n\n".join(
        f"Paragraph {step} of report {number} tells what the Party cell of a workshop did for its members."
        for step in range(6)
    )
    title = f"Workshop report number {number} from the industrial park"
    published_at = now - timedelta(days=2 * number, hours=1)
    return make_article("vna-en", title, body, published_at, lead="A report.", id=300_000 + number)


def fetched(newsroom: Newsroom) -> list[str]:
    return [each.path for each in newsroom.requests.of("en.vietnamplus.vn") if "-post" in each.path]


def since(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=7) - timedelta(days=days):%Y-%m-%d}"


def count(house: House, query: str) -> int:
    with sqlite3.connect(house.folder / "diembao.sqlite3") as database:
        (number,) = database.execute(query).fetchone()
    return int(number)


def test_a_backfill_killed_in_the_middle_goes_on_where_it_ended(archive: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "house", archive, delay_scale=0.05)
    arguments = ("backfill", "vna-en", "--since", since(61))
    process = house.start(*arguments)
    deadline = time.monotonic() + 60
    while len(fetched(archive)) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(process)
    before = fetched(archive)
    assert 8 <= len(before) < 30

    done = house.diembao(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    wanted = [number for number in range(40) if 2 * number < 61]
    assert count(house, "select count(*) from article") == len(wanted) == 31
    assert count(house, "select count(*) from entry where fate = 'fetched'") == 31
    # The page under way when it was killed may be asked for twice; no other.
    assert len(fetched(archive)) - len(set(fetched(archive))) <= 1
    assert len(set(fetched(archive))) == 31
    assert "Nothing listed since" in done.stdout
    # newest first
    numbers = [int(path.partition("-post")[2].partition(".")[0]) for path in before]
    assert numbers[:8] == sorted(numbers[:8])


def test_a_backfill_keeps_to_its_pages_and_wakes_what_was_too_old(archive: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "house", archive)
    house.diembao("crawl", "vna-en")  # looks back three days; the feed is taken whole
    known = count(house, "select count(*) from article")
    first = house.diembao("backfill", "vna-en", "--since", since(75), "--pages", "5")
    assert first.returncode == 0, first.stdout + first.stderr
    assert count(house, "select count(*) from article") == min(known + 5, 38)
    assert "still to be fetched" in first.stdout
    rest = house.diembao("backfill", "vna-en", "--since", since(75))
    assert "Nothing listed since" in rest.stdout, rest.stdout + rest.stderr
    assert count(house, "select count(*) from article") == 40 - 2 == len(set(fetched(archive)))


def test_a_backfill_ends_when_its_time_is_up(archive: Newsroom, tmp_path: Path) -> None:
    house = furnish(tmp_path / "house", archive, delay_scale=0.4)
    began_at = time.monotonic()
    done = house.diembao("backfill", "vna-en", "--since", since(61), "--minutes", "0.1")
    assert time.monotonic() - began_at < 90
    assert "still to be fetched" in done.stdout, done.stdout + done.stderr
    assert count(house, "select count(*) from run where outcome = 'interrupted'") == 1


@pytest.mark.parametrize("day", ["yesterday", "2999-01-01"])
def test_a_day_that_is_none_or_has_not_come_is_bad_usage(street: Street, day: str) -> None:
    done = street.house.diembao("backfill", "baomau", "--since", day)
    assert (done.returncode, "--since" in done.stderr) == (2, True)


def test_a_backfill_of_a_dead_host_says_so(archive: Newsroom, tmp_path: Path) -> None:
    archive.faults[("en.vietnamplus.vn", "/")] = Fault(status=500)
    house = furnish(tmp_path / "house", archive)
    done = house.diembao("backfill", "vna-en", "--since", since(30))
    assert done.returncode == 1
    assert "vna-en could not be read" in done.stderr
