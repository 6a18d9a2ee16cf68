"""A map of the 34 units that Viet Nam has had since 1 July 2025: equal tiles, placed roughly as on a map.

Tiles and not outlines: a small city counts as much as a large province, each has room for its name and
number, and no outline has to be drawn for us. The archipelagos of Hoàng Sa and Trường Sa belong to
Đà Nẵng and Khánh Hòa and are marked where they lie.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TILES: dict[str, tuple[int, int]] = {
    "Lai Châu": (0, 0),
    "Lào Cai": (1, 0),
    "Tuyên Quang": (2, 0),
    "Cao Bằng": (3, 0),
    "Điện Biên": (0, 1),
    "Sơn La": (1, 1),
    "Phú Thọ": (2, 1),
    "Thái Nguyên": (3, 1),
    "Lạng Sơn": (4, 1),
    "Hà Nội": (2, 2),
    "Bắc Ninh": (3, 2),
    "Quảng Ninh": (4, 2),
    "Ninh Bình": (2, 3),
    "Hưng Yên": (3, 3),
    "Hải Phòng": (4, 3),
    "Thanh Hóa": (2, 4),
    "Nghệ An": (2, 5),
    "Hà Tĩnh": (3, 6),
    "Quảng Trị": (3, 7),
    "Huế": (4, 8),
    "Đà Nẵng": (4, 9),
    "Quảng Ngãi": (4, 10),
    "Gia Lai": (4, 11),
    "Đắk Lắk": (4, 12),
    "Đồng Nai": (2, 13),
    "Lâm Đồng": (3, 13),
    "Khánh Hòa": (4, 13),
    "Tây Ninh": (1, 13),
    "Hồ Chí Minh": (2, 14),
    "Đồng Tháp": (1, 14),
    "An Giang": (0, 14),
    "Cần Thơ": (1, 15),
    "Vĩnh Long": (2, 15),
    "Cà Mau": (0, 15),
}
"""Each unit's column and row, from 0, the north-western corner first."""

ARCHIPELAGOS = (("Hoàng Sa", "Đà Nẵng", (5, 9)), ("Trường Sa", "Khánh Hòa", (5, 14)))
"""Name, the unit that it belongs to, and its column and row."""

TILE_WIDTH, TILE_HEIGHT, GAP = 88, 60, 5
SHADES = 4


@dataclass(frozen=True)
class Tile:
    """One unit."""

    place: str
    """In Vietnamese."""
    words: tuple[str, ...]
    """The name in one line or two."""
    x: int
    y: int
    count: int
    shade: int
    """0: none; 1 to ``SHADES``, the darkest for the largest count."""
    of: str | None = None
    """For an archipelago: the unit that it is part of, whose count and shade it has."""


@dataclass(frozen=True)
class Step:
    """One shade of the legend."""

    shade: int
    least: int
    most: int


@dataclass(frozen=True)
class TileMap:
    """The map."""

    width: int
    height: int
    tile_width: int
    tile_height: int
    tiles: list[Tile]
    """From north to south, each row from west to east."""
    archipelagos: list[Tile]
    legend: list[Step]
    """From none to the most."""


def tile_map(counts: Mapping[str, int]) -> TileMap:
    """The map with the ``counts`` of units; a name that is no unit is left out."""
    legend = _legend(max((counts.get(place, 0) for place in TILES), default=0))

    def tile(name: str, place: str, column: int, row: int) -> Tile:
        count = counts.get(place, 0)
        shade = next(step.shade for step in legend if step.least <= count <= step.most)
        x, y = column * (TILE_WIDTH + GAP), row * (TILE_HEIGHT + GAP)
        return Tile(place, tuple(name.split(" ", 1)), x, y, count, shade, None if name == place else place)

    placed = sorted(TILES.items(), key=lambda item: item[1][::-1])
    islands = [tile(name, place, *at) for name, place, at in ARCHIPELAGOS]
    columns = 1 + max(column for column, _ in (*TILES.values(), *(at for _, _, at in ARCHIPELAGOS)))
    rows = 1 + max(row for _, row in TILES.values())
    return TileMap(
        width=columns * (TILE_WIDTH + GAP) - GAP,
        height=rows * (TILE_HEIGHT + GAP) - GAP,
        tile_width=TILE_WIDTH,
        tile_height=TILE_HEIGHT,
        tiles=[tile(place, place, *at) for place, at in placed],
        archipelagos=islands,
        legend=legend,
    )


def _legend(largest: int) -> list[Step]:
    """Shades of about equal steps, each with at least one number; the last one is the darkest."""
    tops = sorted({-(-largest * part // SHADES) for part in range(1, SHADES + 1)} - {0})
    steps = [Step(0, 0, 0)]
    for number, top in enumerate(tops):
        steps.append(Step(SHADES - len(tops) + number + 1, steps[-1].most + 1, top))
    return steps
