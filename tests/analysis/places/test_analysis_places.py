"""Places as written and as of today: invented sentences, the names of all units, hostile text."""

import csv
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.gazetteer import provinces
from analysis.places import find_places
from storage.folding import fold
from storage.models import PlaceMention

SHARED = Path(__file__).parents[3].parent / "shared"
TABLE = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in (Path(__file__).parent / "cases.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
LEVELS = ("province", "district", "park")


def expected(places: str) -> list[tuple[str, ...]]:
    found = []
    for place in filter(None, (part.strip() for part in places.split(";"))):
        exact, name, today, level, *_ = [*(cell.strip() for cell in place.split(">")), "", "", ""]
        name = name or exact
        found.append((exact, name, today or name, level or "province"))
    return found


def as_row(place: PlaceMention) -> tuple[str, ...]:
    return place.exact, place.name, place.today or "-", place.level


@pytest.mark.parametrize(("language", "text", "places"), TABLE, ids=[row[1][:40] for row in TABLE])
def test_a_sentence_names_these_places(language: str, text: str, places: str) -> None:
    assert [as_row(place) for place in find_places(text, language=language)] == expected(places)


def test_there_are_cases_enough() -> None:
    assert len(TABLE) >= 80
    assert sum(not row[2] for row in TABLE) >= 15, "traps"


@pytest.mark.parametrize("name", sorted(provinces()))
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("vi", "Doanh nghiệp tại {}, nơi có nhiều đảng viên."),
        ("en", "Firms in {} admitted workers."),
        ("fr", "Les entreprises de {} admettent des ouvriers."),
    ],
)
def test_each_province_is_found_in_each_language(name: str, language: str, sentence: str) -> None:
    city = name == "Hồ Chí Minh"
    written = (
        {"vi": f"TP {name}", "en": f"{name} City", "fr": "Hô Chi Minh-Ville"}[language] if city else name
    )
    for spelled in (written, fold_name(written)) if language != "vi" else (written,):
        (place,) = find_places(sentence.format(spelled), language=language)
        assert (place.name, place.today, place.level) == (name, provinces()[name].today, "province")


def fold_name(written: str) -> str:
    return "".join(
        plain.upper() if letter.isupper() else plain
        for letter, plain in zip(written, fold(written), strict=True)
    )


def test_the_units_are_those_of_the_resolution() -> None:
    today = {unit.today for unit in provinces().values()}
    assert len(today) == 34
    assert today <= provinces().keys()
    path = SHARED / "sources" / "provinces.csv"
    if not path.exists():
        pytest.skip("../shared is absent")
    with path.open(encoding="utf-8", newline="") as file:
        listed = {row["old_name_vi"]: row["new_name_vi"] for row in csv.DictReader(file)}
    assert {name: unit.today for name, unit in provinces().items() if name in listed} == listed
    assert provinces().keys() - listed.keys() == {"Huế"}


def test_forms_of_other_languages_are_found() -> None:
    path = SHARED / "sources" / "provinces.csv"
    if not path.exists():
        pytest.skip("../shared is absent")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for written in filter(None, row["name_fr"].split("|")):
                if written in ("Hô Chi Minh", "Huê", "Hué"):
                    continue
                (place,) = find_places(f"La province de {written}.", language="fr")
                assert place.today == row["new_name_vi"], written


@pytest.mark.parametrize(
    ("text", "on", "level"),
    [
        ("Thành phố Bắc Ninh họp.", date(2024, 5, 1), "district"),
        ("Thành phố Bắc Ninh họp.", date(2026, 10, 1), "province"),
        ("Thành phố Huế họp.", date(2023, 5, 1), "district"),
        ("Thành phố Huế họp.", date(2025, 2, 1), "province"),
        ("Thành phố Đồng Nai họp.", date(2026, 5, 1), "province"),
    ],
)
def test_a_provincial_town_became_a_city_of_its_name(text: str, on: date, level: str) -> None:
    (place,) = find_places(text, language="vi", published_on=on)
    assert place.level == level


ALPHABET = st.one_of(
    st.characters(),
    st.sampled_from(
        [*"  .,-–()\n", "Hà Nội", "Bac Ninh", "huyện ", " district", "KCN ", " Industrial Park", "tỉnh "]
    ),
)


@given(
    st.lists(ALPHABET, max_size=40).map("".join),
    st.sampled_from(["vi", "en", "fr", "es", "zh", "ru", "", "de"]),
)
def test_any_text_gives_exact_offsets(text: str, language: str) -> None:
    text = unicodedata.normalize("NFC", text)
    places = find_places(text, language=language)
    assert all(text[place.start : place.end] == place.exact for place in places)
    assert all(place.level in LEVELS for place in places)
    assert list(places) == sorted(places, key=lambda place: (place.start, place.end))


def test_time_is_linear_in_hostile_text() -> None:
    for piece in ("KCN A ", "A Industrial Park ", "Hà Nội, ", "huyện Châu Thành, ", "Thành phố ", "Nguyễn "):
        find_places(piece * 8000, language="vi")
        find_places(piece * 8000, language="en")
