"""A declaration loads whole or says exactly what is wrong with it."""

import json
import pickle
import time
import tomllib
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from address_samples import SAMPLES

from crawler.declarations import FAMILIES, SOURCES, load_families, load_source, load_sources
from crawler.errors import SourceError
from crawler.listings import pages_to_fetch
from crawler.schema import HintsTable
from crawler.source import Hints, ListingKind, Source
from crawler.urls import canonicalize, is_article

GOOD = r"""
name = "Báo Mẫu"
home = "https://baomau.vn/"
family = "zce"
languages = ["vi"]
article = '-post(?P<id>\d+)\.html$'
[[listing]]
kind = "feed"
url = "https://baomau.vn/rss/home.rss"
[[listing]]
kind = "sitemap"
url = "https://baomau.vn/sitemaps/news-{YYYY}-{M}.xml"
"""

LISTINGS = GOOD[GOOD.index("[[listing]]") :]
END = "\n"

Load = Callable[..., Source]


@pytest.fixture
def families(tmp_path: Path) -> Path:
    folder = tmp_path / "families"
    folder.mkdir()
    (folder / "zce.toml").write_text('body = [".article__body", "article"]\ndrop = [".related"]\n')
    (folder / "liferay.toml").write_text("")
    return folder


@pytest.fixture
def load(tmp_path: Path, families: Path) -> Load:
    def load_text(text: str, name: str = "baomau.toml") -> Source:
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return load_source(file, families)

    return load_text


def test_a_declaration_becomes_a_source(load: Load) -> None:
    source = load(GOOD)
    assert (source.id, source.name, source.languages) == ("baomau", "Báo Mẫu", ("vi",))
    assert source.hosts == {"baomau.vn"}
    assert [listing.kind for listing in source.listings] == [ListingKind.FEED, ListingKind.SITEMAP]
    assert (source.delay_s, source.interval_min, source.is_enabled, source.exclude) == (2.5, 30, True, None)
    assert source.hints.body == (".article__body", "article")
    assert pickle.loads(pickle.dumps(source)) == source


def test_own_hints_stand_before_the_familys_and_nothing_twice(load: Load) -> None:
    hints = load(GOOD + '[hints]\nbody = ["#main", "article"]\nlead = [".sapo"]\n').hints
    assert hints.body == ("#main", "article", ".article__body")
    assert (hints.lead, hints.drop) == ((".sapo",), (".related",))


def test_optional_keys(load: Load) -> None:
    source = load(
        'delay_s = 4\ninterval_min = 90\nenabled = false\nexclude = "/video-"\n'
        'hosts = ["baomau.vn", "m.baomau.vn"]\n'
        + GOOD.replace('home.rss"', "home.rss\"\nrewrite = ['/([a-z-]+)$', '/en/\\1']")
    )
    assert (source.delay_s, source.interval_min, source.is_enabled) == (4.0, 90, False)
    assert source.exclude_pattern is not None
    assert source.hosts == {"baomau.vn", "m.baomau.vn"}
    assert source.listings[0].rewrite == ("/([a-z-]+)$", r"/en/\1")


ERRORS = [
    ("unknown key", ("languages", "langages"), "langages", "is an unknown key", "languages"),
    (
        "unknown key in a listing",
        ('kind = "sitemap"', 'kind = "sitemap"\nulr = ""'),
        "listing[1].ulr",
        "is an unknown key",
        "url",
    ),
    ("missing key", ('name = "Báo Mẫu"', ""), "name", "is missing", None),
    ("missing key in a listing", ('kind = "sitemap"', ""), "listing[1].kind", "is missing", None),
    (
        "unknown kind",
        ('"sitemap"', '"sitemapp"'),
        "listing[1].kind",
        "is no kind of listing: 'sitemapp' (known: feed, sitemap, news_sitemap, section, json)",
        "sitemap",
    ),
    ("text for a list", ('["vi"]', '"vi"'), "languages", "must be a list in square brackets, not 'vi'", None),
    ("number for text", ('"Báo Mẫu"', "7"), "name", "must be text in quotes, not 7", None),
    (
        "text for a number",
        ("[[listing]]", 'delay_s = "3"\n[[listing]]'),
        "delay_s",
        "must be a number, not '3'",
        None,
    ),
    (
        "fraction of minutes",
        ("[[listing]]", "interval_min = 2.5\n[[listing]]"),
        "interval_min",
        "must be a whole number, not 2.5",
        None,
    ),
    (
        "text for a truth",
        ("[[listing]]", 'enabled = "yes"\n[[listing]]'),
        "enabled",
        "must be true or false, not 'yes'",
        None,
    ),
    (
        "table for a list",
        (LISTINGS, "listing = 3"),
        "listing",
        "must be a list in square brackets, not 3",
        None,
    ),
    ("text for a table", (LISTINGS, 'listing = ["x"]'), "listing[0]", "must be a table, not 'x'", None),
    ("empty languages", ('["vi"]', "[]"), "languages", "must not be empty", None),
    (
        "bad language",
        ('["vi"]', '["vi", "eng"]'),
        "languages[1]",
        "is no ISO 639-1 code of two lower-case letters: 'eng'",
        None,
    ),
    ("empty name", ('"Báo Mẫu"', '" "'), "name", "must not be empty", None),
    (
        "short delay",
        ("[[listing]]", "delay_s = 0.5\n[[listing]]"),
        "delay_s",
        "must be at least 1, not 0.5",
        None,
    ),
    (
        "long delay",
        ("[[listing]]", "delay_s = inf\n[[listing]]"),
        "delay_s",
        "must be a number, not inf",
        None,
    ),
    ("no delay", ("[[listing]]", "delay_s = nan\n[[listing]]"), "delay_s", "must be a number, not nan", None),
    (
        "bad expression",
        (r"'-post(?P<id>\d+)\.html$'", "'-post(\\d+'"),
        "article",
        "is no regular expression: missing ), unterminated subpattern at position 5",
        None,
    ),
    ("empty expression", (r"'-post(?P<id>\d+)\.html$'", "''"), "article", "must not be empty", None),
    (
        "file address",
        ("https://baomau.vn/rss/home.rss", "file:///etc/passwd"),
        "listing[0].url",
        "is no http or https address: 'file:///etc/passwd'",
        None,
    ),
    (
        "no address",
        ("https://baomau.vn/rss/home.rss", "baomau.vn/rss"),
        "listing[0].url",
        "is no http or https address: 'baomau.vn/rss'",
        None,
    ),
    (
        "bad port",
        ('"https://baomau.vn/"', '"https://baomau.vn:99999/"'),
        "home",
        "is no http or https address: 'https://baomau.vn:99999/'",
        None,
    ),
    (
        "other host",
        ("https://baomau.vn/rss", "https://baomua.vn/rss"),
        "listing[0].url",
        "is on baomua.vn, which is not among the hosts (baomau.vn)",
        "baomau.vn",
    ),
    (
        "home on another host",
        ("[[listing]]", 'hosts = ["m.baomau.vn"]\n[[listing]]'),
        "home",
        "is on baomau.vn, which is not among the hosts (m.baomau.vn)",
        "m.baomau.vn",
    ),
    (
        "host with a path",
        ("[[listing]]", 'hosts = ["baomau.vn/x"]\n[[listing]]'),
        "hosts[0]",
        "is no host name in lower case: 'baomau.vn/x'",
        None,
    ),
    ("unknown family", ('"zce"', '"zec"'), "family", "names no family: 'zec'", "zce"),
    (
        "unknown placeholder",
        ("{M}", "{mm}"),
        "listing[1].url",
        "has the unknown placeholder {mm} (known: {YYYY}, {MM}, {M}, {DD}, {page})",
        None,
    ),
    (
        "open brace",
        ("{M}", "{M"),
        "listing[1].url",
        "has the unknown placeholder { (known: {YYYY}, {MM}, {M}, {DD}, {page})",
        None,
    ),
    ("day without month", ("-{M}", "-{DD}"), "listing[1].url", "has {DD} without a month", None),
    ("month without year", ("{YYYY}-", ""), "listing[1].url", "has a month without {YYYY}", None),
    (
        "half a rewrite",
        ('home.rss"', 'home.rss"\nrewrite = ["a"]'),
        "listing[0].rewrite",
        "must be a regular expression and its replacement",
        None,
    ),
    (
        "bad replacement",
        ('home.rss"', "home.rss\"\nrewrite = ['a', '\\2']"),
        "listing[0].rewrite",
        "has a replacement that does not fit its expression: invalid group reference 2 at position 1",
        None,
    ),
    (
        "repeated listing",
        ("sitemaps/news-{YYYY}-{M}.xml", "rss/home.rss"),
        "listing[1].url",
        "repeats the address of baomau.toml at listing[0].url: https://baomau.vn/rss/home.rss",
        None,
    ),
    (
        "pages without their number",
        ('home.rss"', 'home.rss"\npages = 3'),
        "listing[0].pages",
        "is 3, but the address has no {page}",
        None,
    ),
    (
        "too many pages",
        ('home.rss"', 'home.rss?p={page}"\npages = 21'),
        "listing[0].pages",
        "must be at most 20, not 21",
        None,
    ),
    ("no listing", (LISTINGS, "listing = []"), "listing", "must not be empty", None),
    ("unknown hint", (END, '\n[hints]\nbodi = ["p"]\n'), "hints.bodi", "is an unknown key", "body"),
    (
        "bad selector",
        (END, '\n[hints]\nbody = ["p", "div["]\n'),
        "hints.body[1]",
        "is no CSS selector: 'div[' (Expected ident or '*', got <EOF at 4>)",
        None,
    ),
    (
        "bad date format",
        (END, '\n[hints]\ndate_formats = ["dmyhm"]\n'),
        "hints.date_formats[0]",
        "names no date format: 'dmyhm'",
        "dmy-hm",
    ),
]


@pytest.mark.parametrize(
    ("change", "key", "why", "nearest"), [case[1:] for case in ERRORS], ids=[case[0] for case in ERRORS]
)
def test_an_error_is_exact(
    load: Load, tmp_path: Path, change: tuple[str, str], key: str, why: str, nearest: str | None
) -> None:
    old, new = change
    head, _, tail = GOOD.rpartition(old) if old == END else GOOD.partition(old)
    with pytest.raises(SourceError) as caught:
        load(head + new + tail)
    error = caught.value
    assert (error.file, error.key, error.why, error.nearest) == (tmp_path / "baomau.toml", key, why, nearest)
    question = f"; did you mean {nearest}?" if nearest else ""
    assert str(error) == f"{tmp_path / 'baomau.toml'}: {key} {why}{question}"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("name", ["Bao.toml", "bao_mau.toml", "báo.toml", "bao--mau.toml", "-bao.toml"])
def test_a_bad_file_name_is_an_error(load: Load, name: str) -> None:
    with pytest.raises(SourceError, match="must be named with lower-case letters, digits and single hyphens"):
        load(GOOD, name)


def test_what_is_no_toml_is_an_error(load: Load, tmp_path: Path, families: Path) -> None:
    with pytest.raises(SourceError, match=r"baomau\.toml is no TOML in UTF-8: .*line 1, column 8"):
        load("name = \n")
    (tmp_path / "latin.toml").write_bytes('name = "Bá"'.encode("latin-1"))
    with pytest.raises(SourceError, match=r"latin\.toml is no TOML in UTF-8"):
        load_source(tmp_path / "latin.toml", families)
    with pytest.raises(SourceError, match=r"absent\.toml cannot be read: No such file"):
        load_source(tmp_path / "absent.toml", families)
    with pytest.raises(SourceError, match="is no folder of declarations"):
        load_sources(tmp_path / "absent", families)


def test_a_bad_family_names_its_own_file(load: Load, families: Path) -> None:
    (families / "zce.toml").write_text('boddy = ["p"]\n')
    with pytest.raises(SourceError) as caught:
        load(GOOD)
    assert caught.value.file == families / "zce.toml"
    assert (caught.value.key, caught.value.nearest) == ("boddy", "body")


def test_two_sources_may_share_a_listing_only_with_a_rewrite(tmp_path: Path, families: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "baomau.toml").write_text(GOOD)
    (folder / "baomau-en.toml").write_text(GOOD)
    with pytest.raises(SourceError) as caught:
        load_sources(folder, families)
    assert str(caught.value) == (
        f"{folder / 'baomau-en.toml'}: listing[0].url repeats the address of "
        "baomau.toml at listing[0].url: https://baomau.vn/rss/home.rss"
    )
    rewritten = GOOD.replace('.rss"', ".rss\"\nrewrite = ['a', 'b']").replace(
        '.xml"', ".xml\"\nrewrite = ['a', 'b']"
    )
    (folder / "baomau-en.toml").write_text(rewritten)
    assert list(load_sources(folder, families)) == ["baomau", "baomau-en"]


# ---- the bundled declarations

BUNDLED = load_sources()


def test_the_promised_sources_are_declared() -> None:
    promised = "bacninh binhduong-en nhandan-en nhandan-vi vietnamvn-en vietnamvn-vi vna-en vna-fr vna-vi vns"
    assert set(promised.split()) <= set(BUNDLED)
    assert list(BUNDLED) == sorted(BUNDLED)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_declaration_is_short_and_polite(name: str) -> None:
    text = (SOURCES / f"{name}.toml").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= 16
    source = BUNDLED[name]
    assert source.delay_s >= 2
    assert source.interval_min >= 30
    assert source.family in load_families(FAMILIES)
    assert {urlsplit(listing.url).scheme for listing in source.listings} == {"https"}
    assert canonicalize(source.home) is not None


def test_no_bundled_name_or_listing_is_repeated() -> None:
    readings = [(each.url, each.rewrite) for source in BUNDLED.values() for each in source.listings]
    assert len(readings) == len(set(readings))
    assert len({source.name for source in BUNDLED.values()}) == len(BUNDLED)


OTHER_IDS = {"vietnam-vn": ("vietnamvn-vi", "vietnamvn-en", "vietnamvn-fr")}
OTHER_IDS["portal-dongnai"] = ("dongnai-en", "dongnai-vi")
LISTED = Path(__file__).parents[2].parent / "shared" / "sources" / "sources.json"


def test_every_known_source_is_declared_and_the_doubtful_ones_rest() -> None:
    if not LISTED.is_file():
        pytest.skip(f"../shared is absent: {LISTED}")
    confidence: dict[str, str] = {}
    for known in json.loads(LISTED.read_text(encoding="utf-8"))["sources"]:
        for name in OTHER_IDS.get(known["id"], (known["id"].removeprefix("portal-"),)):
            confidence[name] = known["confidence"]
    assert set(confidence) == set(BUNDLED)
    assert {name for name, source in BUNDLED.items() if not source.is_enabled} == {
        name for name, level in confidence.items() if level == "low"
    }


def test_all_declarations_load_in_a_moment() -> None:
    started_at = time.process_time()
    assert len(load_sources()) >= 64
    assert time.process_time() - started_at < 0.5


@pytest.mark.parametrize("name", BUNDLED)
def test_its_home_is_no_article(name: str) -> None:
    source = BUNDLED[name]
    assert not is_article(source, source.home)
    for page in pages_to_fetch(source, datetime(2026, 11, 22, tzinfo=UTC), 3):
        assert not is_article(source, page.url)


def test_an_article_belongs_to_one_source() -> None:
    """Where two sources share a host, each address is an article of one of them at most."""
    for name, url, _ in SAMPLES:
        owners = [source.id for source in BUNDLED.values() if is_article(source, url)]
        assert owners == [name]


def test_the_table_of_sources_in_the_documents_is_true() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines()]
    told = {row[0].strip("`"): row for row in rows if len(row) == 6 and row[0].startswith("`")}
    assert set(told) == set(BUNDLED)
    for name, source in BUNDLED.items():
        poll = f"{source.interval_min} min" if source.is_enabled else "off"
        assert told[name][1:4] == [source.name, ", ".join(source.languages), source.family]
        assert told[name][5] == poll
    for family in load_families():
        assert f"`{family}`" in text.partition("## Families")[2]


def test_the_schema_has_every_hint() -> None:
    assert set(HintsTable.model_fields) == {field.name for field in fields(Hints)}
    for file in FAMILIES.glob("*.toml"):
        assert set(tomllib.loads(file.read_text(encoding="utf-8"))) <= {field.name for field in fields(Hints)}
