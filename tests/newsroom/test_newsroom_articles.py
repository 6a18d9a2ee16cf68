"""Story files: what they give, and what is said of those that are wrong."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsroom.articles import BUNDLED, Article, ArticleFileError, load_articles, make_article
from newsroom.outlets import OUTLETS
from newsroom.slugs import liferay_slug, slugify

NOW = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
GOOD = """
story = "sample"
grade = 1
kind = "policy"
[[telling]]
outlet = "vns"
hours_ago = 2
title = "A title"
body = "A paragraph."
"""


def by_outlet(articles: list[Article], story: str) -> dict[str, Article]:
    return {article.outlet: article for article in articles if article.story == story}


def test_the_samples_are_told_by_every_outlet(articles: list[Article]):
    assert {article.outlet for article in articles} == set(OUTLETS)


def test_articles_come_newest_first_and_in_utc(articles: list[Article]):
    moments = [article.published_at for article in articles]
    assert moments == sorted(moments, reverse=True)
    assert by_outlet(articles, "bridge-opens")["vns"].published_at == NOW - timedelta(hours=28)


def test_numbers_and_addresses_are_the_same_on_every_run(articles: list[Article]):
    later = load_articles(NOW + timedelta(days=3), Path(__file__).parent / "stories")
    assert {a.url for a in later} == {a.url for a in articles}
    assert {(a.outlet, a.id) for a in later} == {(a.outlet, a.id) for a in articles}


def test_addresses_are_those_of_the_outlets(articles: list[Article]):
    glove = by_outlet(articles, "cell-at-glove-maker")
    park = by_outlet(articles, "members-in-the-park")
    patterns = {
        "vna-en": r"https://en\.vietnamplus\.vn/glove-makers-14-members-form-party-cell-post\d{6}\.vnp",
        "vna-vi": r"https://www\.vietnamplus\.vn/thanh-lap-chi-bo-tai-doanh-nghiep-[a-z-]+-post\d{7}\.vnp",
        "vns": r"https://vietnamnews\.vn/society/\d{7}/glove-workers-get-a-party-cell-of-their-own\.html",
        "vietnamvn-vi": r"https://www\.vietnam\.vn/chi-bo-moi-o-doanh-nghiep-gang-tay-hai-phong",
        "vietnamvn-en": r"https://www\.vietnam\.vn/en/chi-bo-moi-o-doanh-nghiep-gang-tay-hai-phong",
    }
    for outlet, pattern in patterns.items():
        assert re.fullmatch(pattern, glove[outlet].url), glove[outlet].url
    assert re.fullmatch(r"https://nhandan\.vn/ket-nap-[a-z-]+-post\d{6,7}\.html", park["nhandan-vi"].url)
    # told in English only, the aggregator's slug is still that of the Vietnamese original
    assert park["vietnamvn-en"].slug == park["nhandan-vi"].slug
    assert re.fullmatch(
        r"https://bacninh\.gov\.vn/news/-/details/20182/hoat-ong-ket-nap-ang-vien-trong-doanh-nghiep-\d{6}",
        park["bacninh"].url,
    )


def test_slugs_fold_or_drop_the_letter_that_has_no_decomposition():
    assert slugify("Đảng viên & Doanh nghiệp: “30%”") == "dang-vien-doanh-nghiep-30"
    assert liferay_slug("Đại hội thảo luận đường") == "ai-hoi-thao-luan-uong"


def test_a_rehost_names_its_original(articles: list[Article]):
    glove = by_outlet(articles, "cell-at-glove-maker")
    assert glove["vietnamvn-en"].original_url == glove["vna-vi"].url
    assert glove["vna-vi"].original_url is None


def test_a_telling_may_have_a_grade_of_its_own(tmp_path: Path):
    text = GOOD + '[[telling]]\noutlet = "vna-en"\nhours_ago = 1\ngrade = 0\ntitle = "B"\nbody = "C."\n'
    (tmp_path / "sample.toml").write_text(text, "utf-8")
    assert {a.outlet: a.grade for a in load_articles(NOW, tmp_path)} == {"vns": 1, "vna-en": 0}


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ('"sample"', '"other"', "story", "must equal the file's name"),
        ("grade = 1", "grade = 3", "grade", "must be 0, 1 or 2"),
        ("kind", "knd", "knd", "did you mean 'kind'?"),
        ('kind = "policy"', "", "kind", "is missing"),
        ('"vns"', '"vnexpress"', "telling 1: outlet", "known are vna-en"),
        ("hours_ago = 2", "hours_ago = -2", "telling 1: hours_ago", "is negative"),
        ("hours_ago = 2", 'hours_ago = "2"', "telling 1: hours_ago", "cannot be '2'"),
        ("hours_ago = 2", "hours_ago = true", "telling 1: hours_ago", "cannot be True"),
        ('body = "A paragraph."', 'body = " "', "telling 1: body", "is empty"),
        ('body = "A paragraph."', "", "telling 1: body", "is missing"),
        ("hours_ago", 'rehost_of = "vna-en"\nhours_ago', "telling 1: rehost_of", "vietnamvn-vi only"),
        ('"vns"', '"vietnamvn-en"\nrehost_of = "vns"', "telling 1: rehost_of", "does not tell this story"),
        ("grade = 1", "grade = ", "file", "no valid TOML"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, old: str, new: str, key: str, why: str):
    assert old in GOOD
    (tmp_path / "sample.toml").write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ArticleFileError) as caught:
        load_articles(NOW, tmp_path)
    assert (caught.value.file.name, caught.value.key) == ("sample.toml", key)
    assert why in caught.value.why
    assert str(caught.value).startswith(f"sample.toml: {key}: ")


def test_two_articles_never_share_a_number(tmp_path: Path):
    for number in range(300):
        text = GOOD.replace('"sample"', f'"sample-{number}"')
        (tmp_path / f"sample-{number}.toml").write_text(text, "utf-8")
    articles = load_articles(NOW, tmp_path)
    assert len({article.url for article in articles}) == len({a.id for a in articles}) == 300


def test_an_article_can_be_made_from_other_texts():
    article = make_article("vna-fr", "Un titre", "Un.\n\nDeux\nlignes.", NOW, id=7, lead="Chapeau")
    assert article.url == "https://fr.vietnamplus.vn/un-titre-post7.vnp"
    assert article.paragraphs == ("Un.", "Deux lignes.")
    assert (article.language, article.lead) == ("fr", "Chapeau")
    with pytest.raises(ValueError, match="time zone"):
        make_article("vna-fr", "Un titre", "Un.", NOW.replace(tzinfo=None))
    with pytest.raises(AttributeError):
        article.title = "other"  # type: ignore[misc]
    assert replace(article, title="other").title == "other"


def test_every_bundled_story_loads():
    articles = load_articles(NOW)
    assert len({article.url for article in articles}) == len(articles)
    assert {article.story for article in articles} == {file.stem for file in BUNDLED.glob("*.toml")}
