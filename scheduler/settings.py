"""settings.toml: read once, checked as a whole, frozen, and passed down by section.

Its documentation is made from the descriptions here: ``scheduler.settings_docs``.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from scheduler.setting_values import (
    Connections,
    Contact,
    Database,
    ExistingFile,
    ExistingFolder,
    Folder,
    Language,
    LoopbackHost,
    Number,
    SourceId,
    TimeOfDay,
    Whole,
    Zone,
)

SETTINGS_FILE = "settings.toml"
SETTINGS_VARIABLE = "DIEMBAO_SETTINGS"
"""The one environment variable: the path of the settings file."""


class SettingsError(Exception):
    """The settings cannot be used; one line for each problem, each with the file and the key."""

    def __init__(self, origin: str, problems: list[str]) -> None:
        self.origin = origin
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{origin}: {problem}" for problem in problems))


def _key(default: Any, unit: str, meaning: str, ge: float | None = None, le: float | None = None) -> Any:
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, ge=ge, le=le)


class Section(BaseModel):
    """Base of every section: frozen, an unknown key is an error, defaults are checked like the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


class StorageSettings(Section):
    """What is kept, and where."""

    database: Database = _key(
        "sqlite:///data/diembao.sqlite3",
        "database address",
        "The database: sqlite:///FILE, or postgresql://USER@HOST/NAME. A password for PostgreSQL "
        "belongs in PGPASSWORD or ~/.pgpass.",
    )
    archive: Folder = _key("data/pages", "folder", "The pages as received, in WARC files.")


class CrawlSettings(Section):
    """How sources are read."""

    contact: Contact = _key(
        "",
        "web or mail address",
        "Where an outlet that minds our visits can reach you; part of the User-Agent. Please set it.",
    )
    sources_folder: ExistingFolder = _key(
        "", "folder", "Declarations of your own, read beside the bundled ones; empty: only the bundled ones."
    )
    enabled: tuple[SourceId, ...] = _key(
        [], "source ids", "Sources to follow although their declaration leaves them off."
    )
    disabled: tuple[SourceId, ...] = _key(
        [], "source ids", "Sources to leave alone although their declaration has them on."
    )
    delay_scale: Number = _key(
        1.0,
        "factor",
        "Multiplies the pause between two requests that each source declares. Below 1 only together "
        "with [network] connect_to.",
        ge=0.001,
        le=100,
    )
    lookback_days: Whole = _key(3, "days", "How far back sitemaps are read.", ge=1, le=3660)
    pages_per_run: Whole = _key(
        300, "pages", "The most pages fetched in one run of a source.", ge=1, le=100_000
    )
    concurrent_sources: Whole = _key(
        6, "sources", "Sources read at the same time; each is read one page at a time.", ge=1, le=64
    )
    timeout_s: Number = _key(60, "seconds", "How long a page may take to arrive, all in all.", ge=1, le=600)
    max_page_bytes: Whole = _key(
        3_000_000, "bytes", "The largest page that is read, after decompression.", ge=10_000, le=50_000_000
    )
    retries: Whole = _key(
        2,
        "attempts",
        "How often a page is tried again in the same run when the connection failed.",
        ge=0,
        le=10,
    )

    @model_validator(mode="after")
    def _decided_once(self) -> "CrawlSettings":
        if both := sorted(set(self.enabled) & set(self.disabled)):
            raise ValueError(f"disabled: {', '.join(both)} cannot be both enabled and disabled")
        return self


class NetworkSettings(Section):
    """Where connections go; for the demo, tests and mirrors."""

    connect_to: Connections = _key(
        [],
        'list of "HOST:PORT:127.0.0.1:PORT"',
        "Connections to the first host and port go to the second, as with curl's --connect-to; "
        "only to loopback addresses.",
    )
    ca_file: ExistingFile = _key(
        "", "PEM file", "Certificate authorities to trust instead of the system's; empty: the system's."
    )


class ExtractSettings(Section):
    """How the text is taken out of a page."""

    workers: Whole = _key(2, "processes", "Processes that read and judge pages.", ge=1, le=64)
    time_limit_s: Number = _key(
        10,
        "seconds",
        "How long one page may keep a worker; then the worker is ended and replaced.",
        ge=0.1,
        le=300,
    )


class ScheduleSettings(Section):
    """When things happen."""

    zone: Zone = _key("Asia/Ho_Chi_Minh", "time zone", "The zone of digest_time and of a digest's day.")
    digest_time: TimeOfDay = _key("07:00", "HH:MM", "When the day's digest is built, in that zone.")
    poll_interval_min: Whole = _key(
        0,
        "minutes",
        "Time between two polls of every source; 0: by what each really publishes, between the next two.",
        ge=0,
        le=1440,
    )
    poll_shortest_min: Whole = _key(
        10,
        "minutes",
        "The least time between two polls of a source, however much it publishes.",
        ge=1,
        le=1440,
    )
    poll_longest_min: Whole = _key(
        120,
        "minutes",
        "The most time between two polls of a source that can be read; a longer interval in its "
        "declaration counts instead.",
        ge=1,
        le=1440,
    )

    @model_validator(mode="after")
    def _bounds_in_order(self) -> "ScheduleSettings":
        if self.poll_shortest_min > self.poll_longest_min:
            raise ValueError("poll_shortest_min: is above poll_longest_min")
        return self


class DigestSettings(Section):
    """What the digest says."""

    language: Language = _key("en", "en, vi or fr", "The language of the digest's own words.")
    near_miss_score: Number = _key(
        0.25,
        "score, 0 to 1",
        "From this score on, an article that was not flagged is kept as a near miss.",
        ge=0,
        le=1,
    )


class WebSettings(Section):
    """Where the pages are."""

    host: LoopbackHost = _key("127.0.0.1", "loopback address", "The address that the pages are served on.")
    port: Whole = _key(
        8321, "port", "The port that the pages are served on; 0: any free one.", ge=0, le=65535
    )


class Settings(Section):
    """All settings, by section."""

    storage: StorageSettings = Field(default_factory=StorageSettings)
    crawl: CrawlSettings = Field(default_factory=CrawlSettings)
    network: NetworkSettings = Field(default_factory=NetworkSettings)
    extract: ExtractSettings = Field(default_factory=ExtractSettings)
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)
    digest: DigestSettings = Field(default_factory=DigestSettings)
    web: WebSettings = Field(default_factory=WebSettings)

    @model_validator(mode="after")
    def _hurry_only_at_home(self) -> "Settings":
        if self.crawl.delay_scale < 1 and not self.network.connect_to:
            raise ValueError(
                f"[crawl] delay_scale: {self.crawl.delay_scale} would hurry real outlets; "
                "below 1 it needs [network] connect_to"
            )
        return self


SECTIONS: dict[str, type[Section]] = {
    "storage": StorageSettings,
    "crawl": CrawlSettings,
    "network": NetworkSettings,
    "extract": ExtractSettings,
    "schedule": ScheduleSettings,
    "digest": DigestSettings,
    "web": WebSettings,
}


def load_settings(file: Path | None = None) -> Settings:
    """The settings of ``file``; else of the file that DIEMBAO_SETTINGS names; else of ./settings.toml.

    Where none is named and ./settings.toml is absent, every key has its default. Relative paths in
    the file are taken from the file's folder.

    Raises SettingsError with every problem found.
    """
    if file is None and (named := os.environ.get(SETTINGS_VARIABLE)):
        file = Path(named)
    if file is None and not Path(SETTINGS_FILE).exists():
        return settings_from({}, Path.cwd(), origin="the default settings")
    file = Path(SETTINGS_FILE) if file is None else file
    return settings_from(_read(file), file.absolute().parent, origin=str(file))


def settings_from(data: Mapping[str, Any], folder: Path, *, origin: str) -> Settings:
    """The settings that ``data`` gives: a table for each section, as tomllib reads settings.toml.

    Relative paths are taken from ``folder``; ``origin`` says in messages where the data is from.

    Raises SettingsError with every problem found.
    """
    sections = {name: {} for name in SECTIONS} | dict(data)
    try:
        return Settings.model_validate(sections, context={"folder": folder})
    except ValidationError as error:
        raise SettingsError(origin, [_problem(details) for details in error.errors()]) from None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(str(file), ["there is no such file"]) from None
    except OSError as error:
        raise SettingsError(str(file), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise SettingsError(str(file), [f"is not UTF-8 text (byte {error.start + 1})"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(file), [f"is not valid TOML: {error}"]) from None


_SAYINGS = {
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "string_type": "is not a text in quotes",
    "tuple_type": "is not a list [...]",
    "greater_than_equal": "is below {ge}, the least allowed",
    "less_than_equal": "is above {le}, the most allowed",
}


def _problem(details: ErrorDetails) -> str:
    """One sentence on one of pydantic's errors: the key's path, the value, what is wrong."""
    location = details["loc"]
    facts = details.get("ctx", {})
    saying = (
        str(facts["error"])
        if "error" in facts
        else _SAYINGS.get(details["type"], details["msg"]).format(**facts)
    )
    if details["type"] == "extra_forbidden":
        return _unknown(*location)
    if details["type"] == "model_type":
        return f"{location[0]}: is a section; write its keys below a line [{location[0]}]"
    if len(location) < 2:  # a rule about several keys, whose sentence names them
        return " ".join([*(f"[{name}]" for name in location), saying])
    path = f"[{location[0]}] {location[1]}" + "".join(f", item {int(at) + 1}" for at in location[2:])
    if "holds a password" in saying:
        return f"{path}: {saying}"
    return f"{path}: {_shown(details['input'])} {saying}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _unknown(section: str | int, key: str | int | None = None) -> str:
    """A sentence on a key or section that there is not, with the nearest known name."""
    name = str(section if key is None else key)
    path = f"[{section}] {key}" if key is not None else name
    if homes := [home for home, model in SECTIONS.items() if name in model.model_fields]:
        return f"{path}: belongs in [{homes[0]}]"
    if key is not None:
        return f"{path}: is no key; {_nearest(name, str(section))}"
    near = difflib.get_close_matches(name.lower(), SECTIONS, n=1)
    return f"{path}: is no section; " + (
        f"did you mean [{near[0]}]?" if near else f"there are {', '.join(f'[{known}]' for known in SECTIONS)}"
    )


def _nearest(name: str, section: str) -> str:
    own = list(SECTIONS[section].model_fields)
    if near := difflib.get_close_matches(name.lower(), own, n=1):
        return f"did you mean {near[0]}?"
    everywhere = {key: home for home, model in SECTIONS.items() for key in model.model_fields}
    if near := difflib.get_close_matches(name.lower(), everywhere, n=1, cutoff=0.75):
        return f"did you mean {near[0]} in [{everywhere[near[0]]}]?"
    return f"[{section}] has {', '.join(own)}"
