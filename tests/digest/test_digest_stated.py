"""What articles state, in every written form and language of the digest."""

import json

import pytest
from digest_samples import ENGLISH, FRENCH, HOSTILE, ZONE, digest, quantity
from lxml.html import document_fromstring
from markupsafe import escape

from analysis.quantities import INDICATORS as ANALYSIS_INDICATORS
from analysis.quantities.reading import _UNITS
from digest.build import digest_article
from digest.i18n import LOCALES, Tongue
from digest.model import Digest, StatedQuantity
from digest.render import render
from digest.stated import stated_firms, stated_places, stated_quantities
from digest.words import INDICATORS, UNITS, indicator_words, period_words, value_words
from storage.models import EnterpriseMention, PlaceMention, Quantity

ARTICLE = digest_article(ENGLISH)


def table(html: str) -> list[list[str]]:
    rows = document_fromstring(html).xpath("//table[@class='stated']/tbody/tr")
    return [[cell.text_content().strip() for cell in row] for row in rows]


def written(form: str, locale: str = "en", *articles) -> str:
    return render(digest(articles=articles or (ENGLISH,)), form, locale, ZONE)


def test_an_entry_lists_each_place_document_and_firm_once_as_of_today() -> None:
    assert ARTICLE.places == ("Đồng Nai",)
    assert [(item.exact, item.key) for item in ARTICLE.documents] == [
        ("Directive No. 33-CT/TW", "33-CT/TW/2014")
    ]
    assert [(item.name, item.act, item.place) for item in ARTICLE.firms] == [
        ("Hoa Mai Garment Company", "admits", "Đồng Nai")
    ]


def test_a_number_said_again_with_less_about_it_is_left_out() -> None:
    def said(exact: str, place: str | None, period: str | None, value: float = 29) -> Quantity:
        return quantity("members_admitted", value, exact, place="Bắc Giang", place_today=place, period=period)

    stated = [
        said("first", "Bắc Ninh", None),
        said("second", "Bắc Ninh", "2025"),
        said("third", "Bắc Ninh", "2025"),
        said("fourth", "Hải Phòng", None),
        said("fifth", "Bắc Ninh", "2024"),
        said("sixth", "Bắc Ninh", None, 30),
    ]
    assert [item.exact for item in stated_quantities(stated)] == ["second", "fourth", "fifth", "sixth"]


def test_what_has_no_unit_of_today_stands_for_itself() -> None:
    assert stated_places([PlaceMention(exact="KCN X", name="KCN X", level="park")]) == ("KCN X",)
    (firm,) = stated_firms([EnterpriseMention(exact="A", key="a", act="unheard of", sentence="A.")])
    assert (firm.act, firm.place) == ("other", None)


@pytest.mark.parametrize(
    ("locale", "rows"),
    [
        (
            "en",
            [
                ["members admitted", "11", "Dong Nai", "", "result", "admitted eleven workers to the Party"],
                ["share", "64.8%", "", "2020–2025", "result", "64.8 percent are women"],
                ["Party members", "3,390", "", "by 2030", "target", "3,390 Party members"],
            ],
        ),
        (
            "vi",
            [
                ["đảng viên mới kết nạp", "11", "Dong Nai", "", "kết quả", ARTICLE.quantities[0].exact],
                ["tỷ lệ", "64,8%", "", "2020–2025", "kết quả", "64.8 percent are women"],
                ["đảng viên", "3.390", "", "đến năm 2030", "chỉ tiêu", "3,390 Party members"],
            ],
        ),
        (
            "fr",
            [
                ["membres admis", "11", "Dong Nai", "", "résultat", ARTICLE.quantities[0].exact],
                ["part", "64,8\xa0%", "", "2020–2025", "résultat", "64.8 percent are women"],
                ["membres du Parti", "3\u202f390", "", "d’ici à 2030", "objectif", "3,390 Party members"],
            ],
        ),
    ],
)  # fmt: skip
def test_the_table_speaks_each_language(locale: str, rows: list[list[str]]) -> None:
    assert table(written("html", locale))[:3] == rows


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("form", ["text", "md"])
def test_text_and_markdown_have_the_same(form: str, locale: str) -> None:
    flat = " ".join(written(form, locale).replace("\\", "").split())
    tongue = Tongue(locale, ZONE)
    for item in ARTICLE.quantities:
        line = f"{indicator_words(item, tongue)}{tongue.say(': ')}{value_words(item, tongue)}"
        assert " ".join(line.split()) in flat
        assert f"({item.exact})" in flat
    for name in ("Đồng Nai", "Directive No. 33-CT/TW", "Hoa Mai Garment Company"):
        assert name in flat


def test_the_json_form_has_values_and_no_words() -> None:
    article = json.loads(written("json"))["entries"][0]["articles"][0]
    assert article["quantities"][1] == {
        "indicator": "share_percent",
        "value": 64.8,
        "unit": "percent",
        "place": None,
        "period": "2020-2025",
        "kind": "result",
        "exact": "64.8 percent are women",
    }
    assert article["documents"][0]["dated"] == "2014-03-18"
    assert article["firms"][0]["key"] == "hoa mai"


def test_a_digest_frozen_before_reads_as_it_did() -> None:
    body = json.loads(json.dumps(digest(articles=(FRENCH,)).to_body()))
    for entry in [*body["entries"], *body["near_misses"]]:
        for article in entry["articles"]:
            for key in ("quantities", "places", "documents", "firms"):
                del article[key]
    old = Digest.from_body(body)
    assert old == digest(articles=(FRENCH,))
    for form in ("html", "text", "md", "json"):
        assert render(old, form, "en", ZONE) == written(form, "en", FRENCH)
    assert not document_fromstring(written("html", "en", FRENCH)).xpath("//dl | //table")


def test_hostile_statements_are_shown_and_do_nothing() -> None:
    html = written("html", "en", HOSTILE)
    assert "<script" not in html
    for text in ("<script>nine</script>", "<script>d</script>", "<script>p</script>", "<script>f</script>"):
        assert escape(text) in html
    assert "\u202e" not in html
    assert "<script>nine" not in written("md", "en", HOSTILE).replace("\\<", "")


def test_many_numbers_are_cut_and_counted() -> None:
    many = ENGLISH.model_copy(
        update={
            "statements": ENGLISH.statements.model_copy(
                update={"quantities": tuple(quantity("other", n, f"{n} words") for n in range(9))}
            )
        }
    )
    html = written("html", "en", many)
    assert len(table(html)) == 6
    assert "and 3 more numbers" in html


@pytest.mark.parametrize(
    ("period", "locale", "words"),
    [
        ("2025", "en", "2025"),
        ("2020-2025", "en", "2020–2025"),
        ("by 2030", "en", "by 2030"),
        ("by 2030", "vi", "đến năm 2030"),
        ("since 2021", "fr", "depuis 2021"),
        ("each year", "vi", "mỗi năm"),
        ("2026-01-01/2026-06-30", "vi", "01/01/2026 – 30/06/2026"),
        ("2026-05-01/2026-05-01", "fr", "1er mai 2026"),
        ("2026-99-01/2026-05-01", "en", "2026-99-01/2026-05-01"),
        ("since the congress", "fr", "since the congress"),
    ],
)
def test_periods_in_words(period: str, locale: str, words: str) -> None:
    assert period_words(period, Tongue(locale, ZONE)) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (64.8, "percent", "64.8%"),
        (57.9, "percent", "57.9%"),
        (162.86, "percent", "162.86%"),
        (100, "percent", "100%"),
        (250, "percent of plan", "250%"),
        (0.3, "percent", "0.3%"),
        (3390, "people", "3,390"),
        (4700.0, "people", "4,700"),
        (2.5, "enterprises", "2.5"),
    ],
)
def test_numbers_keep_their_decimals(value: float, unit: str, words: str) -> None:
    item = StatedQuantity(
        indicator="other", value=value, unit=unit, place=None, period=None, kind="total", exact="x"
    )
    assert value_words(item, Tongue("en", ZONE)) == words


def test_a_name_of_a_later_version_is_shown_as_it_is() -> None:
    (item,) = stated_quantities([quantity("unions_total", 4, "four unions", "unions")])
    assert indicator_words(item, Tongue("vi", ZONE)) == "unions total"


def test_a_share_of_a_plan_is_called_one() -> None:
    shares = [quantity("share_percent", 98.5, "98,5%", unit) for unit in ("percent", "percent of plan")]
    words = [indicator_words(item, Tongue("en", ZONE)) for item in stated_quantities(shares)]
    assert words == ["share", "share of the plan"]


def test_every_indicator_and_unit_of_the_analysis_has_words() -> None:
    assert set(INDICATORS) == set(ANALYSIS_INDICATORS)
    assert set(UNITS) >= set(_UNITS.values())
