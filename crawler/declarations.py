"""Declarations: one TOML file a Source, loaded and checked to the key.

Every error names the file, the key, what is wrong and the known key or value spelled most alike.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crawler.errors import SourceError
from crawler.schema import DeclarationTable, HintsTable, ListingTable, is_source_id, nearest
from crawler.source import Hints, Listing, ListingKind, Source

SOURCES = Path(__file__).parent / "sources"
FAMILIES = Path(__file__).parent / "families"

Table = TypeVar("Table", bound=BaseModel)

_SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text in quotes, not {value!r}",
    "float_type": "must be a number, not {value!r}",
    "finite_number": "must be a number, not {value}",
    "int_type": "must be a whole number, not {value!r}",
    "bool_type": "must be true or false, not {value!r}",
    "list_type": "must be a list in square brackets, not {value!r}",
    "model_type": "must be a table, not {value!r}",
    "greater_than_equal": "must be at least {ge:g}, not {value}",
    "less_than_equal": "must be at most {le:g}, not {value}",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must not be empty",
}
"""Pydantic's name of an error -> what to say after the key."""


def load_sources(folder: Path = SOURCES, families: Path = FAMILIES) -> dict[str, Source]:
    """Every declared Source by id, in the order of the ids.

    Raises SourceError as ``load_source`` does, and where two listings of any sources would read the
    same address in the same way.
    """
    if not folder.is_dir():
        raise SourceError(folder, "", "is no folder of declarations")
    hints = load_families(families)
    sources = {
        file.stem: _load(file, hints) for file in sorted(folder.glob("*.toml"), key=lambda file: file.stem)
    }
    _check_repeats(folder, sources.values())
    return sources


def load_source(file: Path, families: Path = FAMILIES) -> Source:
    """The Source that ``file`` declares; its name without .toml is the id.

    Raises SourceError where the file or a family cannot be read, or a key is unknown, missing or
    wrong.
    """
    return _load(file, load_families(families))


def load_families(folder: Path = FAMILIES) -> dict[str, Hints]:
    """The Hints of each family in ``folder`` by name; SourceError where one is wrong."""
    return {file.stem: _hints(_read(file, HintsTable)) for file in sorted(folder.glob("*.toml"))}


def _load(file: Path, families: dict[str, Hints]) -> Source:
    if not is_source_id(file.stem):
        raise SourceError(file, "", "must be named with lower-case letters, digits and single hyphens")
    declared = _read(file, DeclarationTable)
    if declared.family is not None and declared.family not in families:
        why = f"names no family: {declared.family!r}"
        raise SourceError(file, "family", why, nearest(declared.family, families))
    source = Source(
        id=file.stem,
        name=declared.name,
        home=declared.home,
        languages=tuple(declared.languages),
        hosts=frozenset(declared.hosts) or frozenset({_host(declared.home)}),
        article=declared.article,
        exclude=declared.exclude,
        listings=tuple(_listing(table) for table in declared.listing),
        delay_s=declared.delay_s,
        interval_min=declared.interval_min,
        is_enabled=declared.enabled,
        family=declared.family,
        hints=_merged(_hints(declared.hints), families.get(declared.family or "", Hints())),
    )
    _check_hosts(file, source)
    _check_repeats(file.parent, [source])
    return source


def _listing(table: ListingTable) -> Listing:
    rewrite = (table.rewrite[0], table.rewrite[1]) if table.rewrite else None
    return Listing(table.kind, table.url, rewrite, table.pages)


def _hints(table: HintsTable) -> Hints:
    return Hints(**{name: tuple(getattr(table, name)) for name in _hint_names()})


def _merged(own: Hints, family: Hints) -> Hints:
    """Both, the declaration's own first, nothing twice."""
    both = {name: (*getattr(own, name), *getattr(family, name)) for name in _hint_names()}
    return Hints(**{name: tuple(dict.fromkeys(values)) for name, values in both.items()})


def _hint_names() -> list[str]:
    return [field.name for field in fields(Hints)]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


# ---- what no single key can tell


def _check_hosts(file: Path, source: Source) -> None:
    addresses = {"home": source.home}
    addresses |= {f"listing[{place}].url": listing.url for place, listing in enumerate(source.listings)}
    for key, url in addresses.items():
        if _host(url) not in source.hosts:
            known = ", ".join(sorted(source.hosts))
            why = f"is on {_host(url)}, which is not among the hosts ({known})"
            raise SourceError(file, key, why, nearest(_host(url), source.hosts))


def _check_repeats(folder: Path, sources: Iterable[Source]) -> None:
    """The same address may be read twice only where a rewrite makes other Entries of it."""
    seen: dict[tuple[str, tuple[str, str] | None], str] = {}
    for source in sources:
        for place, listing in enumerate(source.listings):
            reading = (listing.url, listing.rewrite)
            where = f"{source.id}.toml at listing[{place}].url"
            if reading in seen:
                why = f"repeats the address of {seen[reading]}: {listing.url}"
                raise SourceError(folder / f"{source.id}.toml", f"listing[{place}].url", why)
            seen[reading] = where


# ---- reading and errors


def _read(file: Path, model: type[Table]) -> Table:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(file, "", f"cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError(file, "", f"is no TOML in UTF-8: {error}") from None
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise _source_error(file, model, error.errors()) from None


def _source_error(file: Path, model: type[BaseModel], errors: list[ErrorDetails]) -> SourceError:
    # A mistyped key is unknown and the right one missing: the first says more.
    first = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    why, alike = _explained(first, model)
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    return SourceError(file, path.removeprefix("."), why, alike)


def _explained(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str | None]:
    """What is wrong, as the end of a sentence that begins with the key; and what may be meant."""
    kind, value, facts = error["type"], error["input"], error.get("ctx", {})
    if kind == "declaration":
        return facts["why"], facts["nearest"]
    if kind == "extra_forbidden":
        return "is an unknown key", nearest(str(error["loc"][-1]), _keys(model, error["loc"][:-1]))
    if kind == "enum":
        kinds = ", ".join(ListingKind)
        return f"is no kind of listing: {value!r} (known: {kinds})", nearest(str(value), ListingKind)
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(value=value, **facts), None
    return error["msg"], None


def _keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The known keys of the table at ``path``."""
    tables: dict[int | str, type[BaseModel]] = {"listing": ListingTable, "hints": HintsTable}
    return list((tables[path[0]] if path else model).model_fields)
