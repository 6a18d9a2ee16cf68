"""Addresses have one spelling, and an Article one identity."""

import dataclasses

import pytest
from address_samples import SAMPLES
from hypothesis import given
from hypothesis import strategies as st

from crawler.declarations import load_sources
from crawler.source import Listing, ListingKind, Source
from crawler.urls import article_key, canonicalize, identify, is_article

SOURCES = load_sources()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://EN.VietnamPlus.vn/a-post1.vnp", "https://en.vietnamplus.vn/a-post1.vnp"),
        ("  https://nhandan.vn/a-post1.html\n", "https://nhandan.vn/a-post1.html"),
        ("https://nhandan.vn:443/a-post1.html#comments", "https://nhandan.vn/a-post1.html"),
        ("http://nhandan.vn:8080/a", "http://nhandan.vn:8080/a"),
        ("https://nhandan.vn", "https://nhandan.vn/"),
        ("https://nhandan.vn./a", "https://nhandan.vn/a"),
        ("https://reader:secret@nhandan.vn/a", "https://nhandan.vn/a"),
        ("https://h.vn/a?utm_source=x&UTM_Medium=y&fbclid=1&gclid=2&zarsrc=30&_gl=4", "https://h.vn/a"),
        ("https://h.vn/a?ID=5&utm_campaign=x", "https://h.vn/a?ID=5"),
        ("https://h.vn/a?ref=5&cid=7&source=8", "https://h.vn/a?cid=7&ref=5&source=8"),
        ("https://h.vn/a?b=2&a=1", "https://h.vn/a?a=1&b=2"),
        ("https://h.vn/tin-tức", "https://h.vn/tin-t%E1%BB%A9c"),
        ("https://h.vn/tin-t%e1%bb%a9c", "https://h.vn/tin-t%E1%BB%A9c"),
    ],
)
def test_one_spelling(written: str, canonical: str) -> None:
    assert canonicalize(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "mailto:toasoan@baomau.vn",
        "ftp://h.vn/a",
        "data:text/html,x",
        "//h.vn/a",
        "/a",
        "https:///a",
        "https://[::1/a",
        "https://h.vn:99999/a",
        "https://h.vn/" + "a" * 2000,
    ],
)
def test_no_web_address(written: str) -> None:
    assert canonicalize(written) is None


def test_a_relative_address_is_joined_to_its_base() -> None:
    base = "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/TongQuat.aspx?PageIndex=1"
    assert canonicalize("ChiTiet.aspx?ID=7", base) == (
        "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/ChiTiet.aspx?ID=7"
    )
    assert canonicalize("//evil.example/x", base) == "https://evil.example/x"
    assert canonicalize("http://[", base) is None


def test_a_mobile_host_becomes_its_declared_twin() -> None:
    hosts = {"www.vietnamplus.vn", "vietnamplus.vn"}
    assert canonicalize("https://m.vietnamplus.vn/a", hosts=hosts) == "https://vietnamplus.vn/a"
    assert canonicalize("https://www.vietnamplus.vn/a", hosts=hosts) == "https://www.vietnamplus.vn/a"
    assert canonicalize("https://m.other.vn/a", hosts=hosts) == "https://m.other.vn/a"
    assert canonicalize("https://fr.vietnamplus.vn/a", hosts=hosts) == "https://fr.vietnamplus.vn/a"
    assert canonicalize("https://m.vn/a", hosts={"vn"}) == "https://m.vn/a"


@given(st.text(max_size=60), st.sampled_from(["", "https://", "http://h.vn/", "https://h.vn/a?", "//"]))
def test_canonicalizing_twice_changes_nothing(text: str, prefix: str) -> None:
    once = canonicalize(prefix + text)
    if once is not None:
        assert canonicalize(once) == once
        assert once.isascii()
        assert once.isprintable()
        assert " " not in once


@pytest.mark.parametrize(
    ("source", "url", "key"),
    [
        ("vna-en", "https://en.vietnamplus.vn/bac-giang-party-post272137.vnp", "en.vietnamplus.vn:272137"),
        ("vna-en", "https://en.vietnamplus.vn/bac-giang-party/272137.vnp", "en.vietnamplus.vn:272137"),
        (
            "vna-en",
            "http://en.vietnamplus.vn/other-slug-post272137.vnp?utm_source=x",
            "en.vietnamplus.vn:272137",
        ),
        ("vna-vi", "https://www.vietnamplus.vn/a-post9.vnp", "vietnamplus.vn:9"),
        ("vna-vi", "https://vietnamplus.vn/a-post9.vnp", "vietnamplus.vn:9"),
        ("vna-vi", "https://m.vietnamplus.vn/a-post9.vnp", "vietnamplus.vn:9"),
        ("vns", "https://vietnamnews.vn/society/1688706/a-party-cell.html", "vietnamnews.vn:1688706"),
        ("nhandan-vi", "https://nhandan.vn/dang-vien-post879155.html", "nhandan.vn:879155"),
        ("vietnamvn-vi", "https://www.vietnam.vn/phat-trien-dang/", "vietnam.vn:vi/phat-trien-dang"),
        ("vietnamvn-vi", "https://vietnam.vn/phat-trien-dang", "vietnam.vn:vi/phat-trien-dang"),
        ("vietnamvn-en", "https://www.vietnam.vn/en/phat-trien-dang", "vietnam.vn:en/phat-trien-dang"),
        (
            "binhduong-en",
            "https://eng.binhduong.gov.vn/lists/tintucsukien/chitiet.aspx?InitUrl=x&ID=1207",
            "eng.binhduong.gov.vn:1207",
        ),
        (
            "bacninh",
            "https://bacninh.gov.vn/news/-/details/20182/hoat-ong-ang-345678",
            "bacninh.gov.vn:345678",
        ),
        (
            "bacninh",
            "http://bacninh.gov.vn/news/-/details/20182/ke-hoach-nam-2026",
            "https://bacninh.gov.vn/news/-/details/20182/ke-hoach-nam-2026",
        ),
    ],
)
def test_an_article_has_one_identity(source: str, url: str, key: str) -> None:
    assert is_article(SOURCES[source], url)
    assert article_key(SOURCES[source], url) == key


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("vna-en", "https://fr.vietnamplus.vn/a-post1.vnp"),
        ("vna-en", "https://en.vietnamplus.vn.evil.example/a-post1.vnp"),
        ("vna-en", "https://en.vietnamplus.vn@evil.example/a-post1.vnp"),
        ("vna-en", "https://en.vietnamplus.vn/politics-tag399.vnp"),
        ("vna-en", "https://en.vietnamplus.vn/topic/tp-107.vnp"),
        ("vna-en", "https://en.vietnamplus.vn/politics.vnp"),
        ("vna-en", "file://en.vietnamplus.vn/a-post1.vnp"),
        ("vna-vi", "https://www.vietnamplus.vn/video/a-post1.vnp"),
        ("vns", "https://vietnamnews.vn/brandinfo/1688706/buy-this.html"),
        ("vns", "https://vietnamnews.vn/society"),
        ("nhandan-vi", "https://nhandan.vn/video-le-ket-nap-post1.html"),
        ("nhandan-vi", "https://nhandan.vn/bao-nhan-dan-so-25800-post1.html"),
        ("nhandan-vi", "https://en.nhandan.vn/a-post1.html"),
        ("vietnamvn-vi", "https://www.vietnam.vn/en/phat-trien-dang"),
        ("vietnamvn-en", "https://www.vietnam.vn/phat-trien-dang"),
        ("vietnamvn-en", "https://www.vietnam.vn/fr/phat-trien-dang"),
        ("binhduong-en", "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/TongQuat.aspx?ID=2"),
        ("binhduong-en", "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/ChiTiet.aspx?CategoryID=2"),
        ("bacninh", "https://bacninh.gov.vn/en/news/-/details/20182/a-345678"),
        ("bacninh", "https://bacninh.gov.vn/news"),
    ],
)
def test_other_addresses_are_no_articles(source: str, url: str) -> None:
    assert not is_article(SOURCES[source], url)


@pytest.mark.parametrize(("source", "url", "key"), SAMPLES)
def test_every_outlets_article_is_one_by_each_of_its_addresses(source: str, url: str, key: str) -> None:
    assert is_article(SOURCES[source], url)
    assert article_key(SOURCES[source], url) == key
    tail = ("&" if "?" in url else "?") + "utm_source=zalo&utm_medium=social#binh-luan"
    assert article_key(SOURCES[source], url.partition("#")[0] + tail) == key


def test_every_source_has_a_sample() -> None:
    assert {source for source, _, _ in SAMPLES} == set(SOURCES)


@pytest.mark.parametrize(
    ("source", "twin", "main"),
    [
        (
            "dongnai-en",
            "https://dongnai.gov.vn/en/news/savefile/News/party-cell-1207.html",
            "https://dongnai.gov.vn/en/news/News/party-cell-1207.html",
        ),
        (
            "baochinhphu-en",
            "https://en.baochinhphu.vn/print/party-cell-111261120081503123.htm",
            "https://en.baochinhphu.vn/party-cell-111261120081503123.htm",
        ),
        (
            "bacgiang",
            "https://bacgiang.gov.vn/home/-/asset_publisher/St1/content/ket-nap-ang/22/pop_up",
            "https://bacgiang.gov.vn/home/-/asset_publisher/St1/content/ket-nap-ang/22",
        ),
        (
            "hcmc",
            "https://hochiminhcity.gov.vn/web/hcm/-/ket-nap?p_p_state=pop_up&redirect=%2F",
            "https://hochiminhcity.gov.vn/web/hcm/-/ket-nap",
        ),
        ("baohungyen", "http://m.baohungyen.vn/a-3187502.html", "http://baohungyen.vn/a-3187502.html"),
    ],
)
def test_a_twin_stands_for_the_article_it_shows(source: str, twin: str, main: str) -> None:
    assert identify(SOURCES[source], twin) == identify(SOURCES[source], main)
    found = identify(SOURCES[source], twin)
    assert found is not None
    assert found[0] == main


def test_a_step_called_print_that_leads_to_no_article_stays() -> None:
    source = dataclasses.replace(SOURCES["vns"], article=r"/print/(?P<slug>[a-z-]+)$")
    assert identify(source, "https://vietnamnews.vn/print/history") == (
        "https://vietnamnews.vn/print/history",
        "vietnamnews.vn:en/history",
    )


def test_without_groups_the_identity_is_the_address() -> None:
    source = Source(
        id="x",
        name="X",
        home="https://www.x.vn/",
        languages=("vi",),
        hosts=frozenset({"www.x.vn"}),
        article="/tin/",
        listings=(Listing(ListingKind.SECTION, "https://www.x.vn/"),),
    )
    keys = {
        article_key(source, url)
        for url in ("https://www.x.vn/tin/a/", "http://x.vn/tin/a?fbclid=1", "https://m.x.vn/tin/a#top")
    }
    assert keys == {"https://x.vn/tin/a"}
    other = dataclasses.replace(source, article="/(?P<id>[0-9]+)?/tin")
    assert article_key(other, "https://www.x.vn//tin") == "https://x.vn//tin"


@given(st.text(max_size=80))
def test_identity_of_anything_never_raises(text: str) -> None:
    for source in SOURCES.values():
        assert article_key(source, text) is not None
        assert not is_article(source, text)
