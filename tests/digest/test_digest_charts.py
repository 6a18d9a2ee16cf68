"""Charts as coordinates, the map of tiles, and numbers side by side."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from digest_samples import ZONE
from hypothesis import given
from hypothesis import strategies as some

from digest.charts import bar_chart, point_chart
from digest.series import differences, series, stands_on
from digest.tiles import ARCHIPELAGOS, SHADES, TILES, tile_map
from storage.trends import StatedNumber

ROOT = Path(__file__).parents[2]
MONDAY = date(2026, 11, 16)
days = some.dates(date(1900, 1, 1), date(2199, 12, 31))


def stated(value: float, article_id: int = 1, **facts: object) -> StatedNumber:
    base = {
        "revision_id": article_id,
        "position": 0,
        "article_id": article_id,
        "story_id": None,
        "title": "Bài",
        "source_name": "Báo Mẫu",
        "url": "https://baomau.example/1.html",
        "language": "vi",
        "dated_at": datetime(2026, 11, 20, 20, tzinfo=UTC),
        "indicator": "members_admitted",
        "value": value,
        "unit": "people",
        "place": "Đồng Nai",
        "period": "2025",
        "kind": "result",
        "exact": f"{value} đảng viên",
    }
    return StatedNumber.model_validate(base | facts)


@given(some.lists(some.tuples(days, some.integers(0, 10**6), some.integers(0, 10**6)), max_size=270))
def test_bars_stay_inside_and_stand_on_each_other(bars: list[tuple[date, int, int]]) -> None:
    chart = bar_chart(bars)
    frame = chart.frame
    assert len(chart.bars) == len(bars)
    for bar, (_, lower, upper) in zip(chart.bars, bars, strict=True):
        assert frame.left - 1 <= bar.x <= bar.x + bar.width <= frame.right + 1
        assert frame.top - 0.2 <= bar.upper_y <= frame.bottom + 0.2
        assert bar.lower_y + bar.lower_height == pytest.approx(frame.bottom, abs=0.2)
        assert bar.upper_y + bar.upper_height == pytest.approx(bar.lower_y, abs=0.2)
        assert bool(lower) >= bool(bar.lower_height)
        assert bool(upper) >= bool(bar.upper_height)
    assert len(frame.days) <= 10


@given(some.lists(some.tuples(days, some.floats(0, 1e12)), min_size=1, max_size=40))
def test_points_stay_inside_whatever_the_span(points: list[tuple[date, float]]) -> None:
    first, last = min(on for on, _ in points), max(on for on, _ in points)
    chart = point_chart(points, first, last)
    for point in chart.points:
        assert chart.frame.left <= point.x <= chart.frame.right
        assert chart.frame.top - 0.2 <= point.y <= chart.frame.bottom
    assert 1 <= len(chart.frame.days) <= 7
    assert chart.frame.ticks[-1].value >= max(value for _, value in points) * (1 - 1e-9) - 1e-6


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (62, [0, 20, 40, 60, 80])],
)
def test_ticks_are_round_and_whole(most: int, ticks: list[int]) -> None:
    assert [tick.value for tick in bar_chart([(MONDAY, most, 0)]).frame.ticks] == ticks


def test_the_tiles_are_the_units_of_today_each_at_a_place_of_its_own() -> None:
    with (ROOT / "analysis" / "facts" / "provinces.csv").open(encoding="utf-8", newline="") as file:
        units = {row["today"] for row in csv.DictReader(file)}
    assert set(TILES) == units
    assert len(TILES) == 34
    islands = [at for _, _, at in ARCHIPELAGOS]
    assert len({*TILES.values(), *islands}) == 34 + len(islands)
    assert {name: of for name, of, _ in ARCHIPELAGOS} == {"Hoàng Sa": "Đà Nẵng", "Trường Sa": "Khánh Hòa"}


def test_north_is_above_south_and_east_is_right_of_west() -> None:
    row = {place: at[1] for place, at in TILES.items()}
    column = {place: at[0] for place, at in TILES.items()}
    chain = [
        "Hà Nội",
        "Thanh Hóa",
        "Nghệ An",
        "Hà Tĩnh",
        "Quảng Trị",
        "Huế",
        "Đà Nẵng",
        "Quảng Ngãi",
        "Gia Lai",
    ]
    chain += ["Đắk Lắk", "Khánh Hòa", "Hồ Chí Minh", "Vĩnh Long"]
    assert [row[place] for place in chain] == sorted({row[place] for place in chain})
    assert column["Điện Biên"] < column["Phú Thọ"] < column["Quảng Ninh"]
    assert column["An Giang"] < column["Tây Ninh"] < column["Đồng Nai"] < column["Khánh Hòa"]


@given(some.dictionaries(some.sampled_from([*TILES, "Atlantis"]), some.integers(0, 5000)))
def test_every_count_has_a_shade_and_the_legend_has_no_gap(counts: dict[str, int]) -> None:
    drawn = tile_map(counts)
    assert drawn.legend[0].shade == drawn.legend[0].most == 0
    for before, after in zip(drawn.legend, drawn.legend[1:], strict=False):
        assert after.least == before.most + 1 <= after.most
        assert after.shade > before.shade
    for tile in drawn.tiles:
        assert tile.count == counts.get(tile.place, 0)
        assert bool(tile.shade) == bool(tile.count)
    largest = max((tile.count for tile in drawn.tiles), default=0)
    assert drawn.legend[-1].most == largest
    assert not largest or drawn.legend[-1].shade == SHADES
    assert [(tile.of, tile.shade) for tile in drawn.archipelagos] == [
        (place, next(tile.shade for tile in drawn.tiles if tile.place == place))
        for place in ("Đà Nẵng", "Khánh Hòa")
    ]


@pytest.mark.parametrize(
    ("period", "on"),
    [
        ("2025", date(2025, 12, 31)),
        ("by 2030", date(2030, 12, 31)),
        ("2020-2025", date(2025, 12, 31)),
        ("2026-01-01/2026-06-30", date(2026, 6, 30)),
        (None, date(2026, 11, 21)),  # of the article, on the zone's clock
        ("since 2020", date(2026, 11, 21)),
        ("each year", date(2026, 11, 21)),
        ("9999", date(2026, 11, 21)),
        ("2026-01-01/2026-13-45", date(2026, 11, 21)),
        ("<script>", date(2026, 11, 21)),
    ],
)
def test_a_number_stands_at_the_end_of_its_period(period: str | None, on: date) -> None:
    assert stands_on(stated(1, period=period), ZONE) == on


def test_numbers_are_laid_by_place_and_unit_and_those_without_a_place_come_last() -> None:
    numbers = [
        *(stated(n, n, place=None) for n in (1, 2, 3)),
        stated(5, 4),
        stated(4, 5, period="2024"),
        stated(64.8, 6, unit="percent"),
    ]
    groups = series(numbers, ZONE)
    assert [(group.place, group.unit) for group in groups] == [
        ("Đồng Nai", "people"),
        ("Đồng Nai", "percent"),
        (None, "people"),
    ]
    assert [number.value for number in groups[0].numbers] == [4, 5]


def test_two_articles_that_state_different_numbers_differ_and_both_are_kept() -> None:
    (found,) = differences([stated(31, 2), stated(29, 1), stated(29, 3)])
    assert [(value, [item.article_id for item in by]) for value, by in found.values] == [
        (29, [1, 3]),
        (31, [2]),
    ]
    assert not found.is_one_story


@pytest.mark.parametrize(
    "numbers",
    [
        [stated(29, 1), stated(29, 2)],
        [stated(29, 1), stated(12, 1, position=1)],  # a whole and its part in one article
        [stated(29, 1), stated(12, 1, position=1), stated(12, 2)],
        [stated(29, 1), stated(12, 2, place="Huế")],
        [stated(29, 1), stated(12, 2, period="2024")],
        [stated(29, 1), stated(12, 2, kind="target")],
        [stated(29, 1, place=None), stated(12, 2, place=None)],  # anywhere
        [stated(29, 1, period=None), stated(12, 2, period=None)],  # any time
        [stated(29, 1, indicator="other"), stated(12, 2, indicator="other")],  # anything
    ],
)
def test_what_may_be_of_different_things_does_not_differ(numbers: list[StatedNumber]) -> None:
    assert differences(numbers) == []


def test_tellings_of_one_story_are_compared_without_place_and_period_too() -> None:
    facts = {"place": None, "period": None, "story_id": 7}
    other = [stated(1, 3), stated(2, 4)]
    found = differences([*other, stated(29, 1, **facts), stated(31, 2, **facts)])
    assert [item.is_one_story for item in found] == [True, False]
    assert found[0].values[0][0] == 29


def test_numbers_of_years_are_drawn_in_order() -> None:
    chart = point_chart(
        [(MONDAY - timedelta(days=365 * n), float(n)) for n in range(5)], date(2021, 1, 1), MONDAY
    )
    assert [point.x for point in chart.points] == sorted((point.x for point in chart.points), reverse=True)
