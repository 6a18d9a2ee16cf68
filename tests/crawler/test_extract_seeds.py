"""Real article texts with their boilerplate, in the mark-up of their outlets."""

import html
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_pages import snapshot, source

from crawler.clean import tidy
from crawler.declarations import load_families, load_sources
from crawler.extract import extract
from storage.models import Revision

SHARED = Path(__file__).parents[2].parent / "shared"
SEEDS = SHARED / "seeds"
BOILERPLATE = (
    *("Cỡ chữ", "Font size", "Lượt người xem", "Views:", "Chia sẻ", "Manage Permissions", "Version History"),
    *(
        "Tiêu đề",
        "Hình ảnh",
        "Tóm tắt",
        "Link thay thế",
        "Ngày xuất bản",
        "Tác giả",
        "Trạng thái",
        "Phân loại",
    ),
    *(
        "Từ khóa",
        "Hệ số",
        "Tiền nhuận bút",
        "Approval Status",
        "Content Type",
        "Created at",
        "Last modified at",
    ),
    *(
        "Comment (0)",
        "No data",
        "Same category",
        "Same author",
        "Heritage",
        "No videos available",
        "Political System",
    ),
    *(
        "Nền tảng quảng bá",
        "Báo Nhân dân",
        "Source:",
        "PORTAL -",
        "NDO -",
        "(VNA)",
        "VNS",
        "./.",
        "Illustrative image",
    ),
    *("Photo:", "Reported by", "Translated by", "Follow the sun", "25/05/2023"),
)


def seed(start: str) -> list[str]:
    """The lines of the seed whose name begins with ``start``, the harness's date taken off the first."""
    if not SEEDS.is_dir():
        pytest.skip("../shared is absent: the seed articles cannot be read.")
    text = next(SEEDS.glob(f"{start}_*.txt")).read_text(encoding="utf-8")
    for date in ("date 2023-12-04 ", "date 2024-12-10 ", "date 2023-03 "):
        text = text.strip().removeprefix(date)
    return [line for line in text.splitlines() if line.strip()]


def paragraphs(lines: list[str]) -> str:
    return "\n".join(f"<p>{html.escape(line)}</p>" for line in lines)


def lines_with_breaks(lines: list[str]) -> str:
    return "<br><br>".join(map(html.escape, lines))


def read(source_id: str, url: str, page: str) -> Revision:
    fetched_at = datetime(2026, 11, 22, tzinfo=UTC)
    revision = extract(snapshot(page, url, fetched_at=fetched_at), load_sources()[source_id])
    assert isinstance(revision, Revision), revision
    return revision


def assert_clean_and_whole(revision: Revision, sentences: list[str]) -> None:
    for mark in BOILERPLATE:
        assert mark not in revision.judged_text, mark
    for sentence in map(tidy, sentences):
        assert sentence in revision.judged_text


@pytest.mark.parametrize("body", [paragraphs, lines_with_breaks], ids=["paragraphs", "breaks"])
@pytest.mark.parametrize(
    "container",
    ['<div class="article__body cms-body">{}</div>', '<div align="justify">{}</div>', "<div>{}</div>"],
)
def test_vna_english(body, container) -> None:  # type: ignore[no-untyped-def]
    lines = seed("000")
    page = (
        "<html><head><title>Party development in Bac Giang</title><meta property='og:type' content='article'>"
        "<meta property='article:published_time' content='2023-12-04T15:02:00+0700'></head><body>"
        "<ul><li><a href='/politics/'>Politics</a></li><li><a href='/business/'>Business</a></li></ul>"
        f"<h1>Party development in Bac Giang</h1>{container.format(body(lines))}</body></html>"
    )
    revision = read("vna-en", "https://en.vietnamplus.vn/party-development-post272000.vnp", page)
    real = [lines[1].removeprefix("Bac Giang (VNA) – "), *lines[2:-2], lines[-2].removesuffix("/.")]
    assert_clean_and_whole(revision, real)
    assert revision.published_at == datetime(2023, 12, 4, 8, 2, tzinfo=UTC)
    assert revision.text.count("\n\n") == len(real) - 1


def test_viet_nam_news() -> None:
    lines = seed("001")
    page = (
        "<html><head><title>Bắc Giang develops Party organisations</title></head><body>"
        "<h3 class='vnnews-tt-post'>Bắc Giang develops Party organisations</h3>"
        "<div class='vnnews-time-post'><span>December, 10/2024 - 09:14</span></div>"
        f"<div class='vnnews-text-post'>{paragraphs(lines)}</div></body></html>"
    )
    revision = read("vns", "https://vietnamnews.vn/politics-laws/1688706/bac-giang.html", page)
    real = [lines[0].removeprefix("BẮC GIANG – "), *lines[1:-1], lines[-1].removesuffix(" VNS")]
    assert_clean_and_whole(revision, real)
    assert revision.published_at == datetime(2024, 12, 10, 2, 14, tzinfo=UTC)


def test_vna_french() -> None:
    lines = seed("002")
    page = (
        "<html><head><title>Bac Giang développe le Parti dans le secteur privé</title></head><body>"
        f"<h1 class='article__title'>Bac Giang développe le Parti dans le secteur privé</h1>"
        f"<div itemprop='articleBody'>{paragraphs(lines)}</div></body></html>"
    )
    revision = read("vna-fr", "https://fr.vietnamplus.vn/bac-giang/200100.vnp", page)
    real = [lines[1].removeprefix("Bac Giang (VNA) - "), *lines[2:-1], lines[-1].removesuffix(" -VNA")]
    assert_clean_and_whole(revision, real)
    assert revision.language == "fr"


@pytest.mark.parametrize(
    "container", ['<div class="noidung">{}</div>', '<div class="chitiet-tintuc">{}</div>', "<div>{}</div>"]
)
def test_binh_duong_portal(container: str) -> None:
    lines = seed("003")
    page = (
        f"<html><head><title>{html.escape(lines[1])}</title></head>"
        f"<body><form>{container.format(paragraphs(lines))}</form></body></html>"
    )
    revision = read(
        "binhduong-en", "https://eng.binhduong.gov.vn/Lists/TinTucSuKien/ChiTiet.aspx?ID=20001", page
    )
    byline = next(at for at, line in enumerate(lines) if line.startswith("Reported by"))
    real = [
        line.removeprefix("PORTAL - ") for line in lines[3:byline] if line.rstrip().endswith((".", "etc."))
    ]
    assert len(real) > 8
    assert_clean_and_whole(revision, real)
    assert revision.title == lines[1]
    assert revision.author == "Phuong Chi"
    if "noidung" not in container:
        assert lines[1] not in revision.judged_text


@pytest.mark.parametrize("container", ['<div class="entry-content">{}</div>', "<div>{}</div>"])
def test_vietnam_vn(container: str) -> None:
    lines = seed("004")
    page = (
        f"<html><head><title>{html.escape(lines[1])} - Vietnam.vn</title>"
        "<meta property='og:site_name' content='Vietnam.vn'>"
        f"</head><body>{container.format(paragraphs(lines))}</body></html>"
    )
    revision = read("vietnamvn-en", "https://www.vietnam.vn/en/giai-phap-phat-trien-to-chuc-dang", page)
    end = next(at for at, line in enumerate(lines) if line.startswith("Source:"))
    real = [lines[2].removeprefix("NDO - "), *lines[4:end]]
    assert_clean_and_whole(revision, real)
    assert revision.title == lines[1]
    assert revision.original_url == lines[end].removeprefix("Source: ")
    assert revision.published_at == datetime(2025, 5, 13, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "expected"), [("baocantho-article", "revision"), ("baocantho-category", "not_an_article")]
)
def test_real_pages_of_a_southern_paper(name: str, expected: str) -> None:
    file = SHARED / "sources" / "pages" / f"{name}.html"
    if not file.is_file():
        pytest.skip(f"../shared is absent: {file.name} cannot be read.")

    outlet = source(load_families()["c-content"])
    result = extract(snapshot(file.read_bytes(), "https://baomau.example/thanh-tra-a196670.html"), outlet)
    if expected == "revision":
        assert isinstance(result, Revision)
        assert result.text.startswith("Ngày 8-1, Phó Thủ tướng")
        assert result.text.endswith("đáp ứng yêu cầu nhiệm vụ của ngành.")
        assert len(result.text.split("\n\n")) == 7
        assert result.published_at == datetime(2026, 1, 8, 11, 21, tzinfo=UTC)
    else:
        assert not isinstance(result, Revision)
        assert result.reason == expected
