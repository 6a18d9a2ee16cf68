"""The sections of settings.toml: each key with its default, unit, bounds and meaning."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scheduler.setting_values import (
    Connections,
    Contact,
    Database,
    ExistingFile,
    ExistingFolder,
    Folder,
    Language,
    LoopbackHost,
    Mailbox,
    MailSecurity,
    Number,
    OptionalFolder,
    OptionalMailbox,
    SourceId,
    TimeOfDay,
    Whole,
    Zone,
    is_loopback,
)


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
        0.05,
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


class DeliverySettings(Section):
    """Where the digest goes when it is built, beside the pages; nothing is sent unless it is set."""

    mail_to: tuple[Mailbox, ...] = _key([], "mail addresses", "Readers who get the digest by mail.")
    mail_from: OptionalMailbox = _key("", "mail address", "The sender of that mail.")
    smtp_host: str = _key("", "host name", "The server that takes the mail.")
    smtp_port: Whole = _key(587, "port", "Its port.", ge=1, le=65535)
    smtp_security: MailSecurity = _key(
        "starttls",
        "starttls, tls or none",
        "How the connection is protected; none only for a server on this machine.",
    )
    smtp_user: str = _key("", "name", "Who signs in; empty: nobody does.")
    smtp_password_file: ExistingFile = _key(
        "", "file", "A file that holds the password and nothing else; readable by the service alone."
    )
    folder: OptionalFolder = _key(
        "", "folder", "Each digest is also written here, as HTML and Markdown; empty: it is not."
    )
    chat_file: ExistingFile = _key(
        "",
        "file",
        "A file with one Apprise address a line (chat rooms, webhooks), which gets the headlines; such "
        "addresses are secrets, so they stand in a file of their own.",
    )

    @model_validator(mode="after")
    def _mail_is_whole(self) -> "DeliverySettings":
        if self.mail_to and not (self.mail_from and self.smtp_host):
            raise ValueError("mail_to: needs mail_from and smtp_host")
        if self.smtp_user and self.smtp_password_file is None:
            raise ValueError("smtp_user: needs smtp_password_file")
        if self.smtp_security == "none" and self.smtp_host and not is_loopback(self.smtp_host):
            raise ValueError(
                f"smtp_security: none is for a server on this machine, and {self.smtp_host} is not"
            )
        return self
