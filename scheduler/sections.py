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
    HeaderName,
    HostName,
    Language,
    ListeningHost,
    LogFormat,
    LogLevel,
    Mailbox,
    MailSecurity,
    Network,
    Number,
    OptionalFile,
    OptionalFolder,
    OptionalMailbox,
    SourceId,
    Switch,
    TimeOfDay,
    UserName,
    Whole,
    Zone,
    is_loopback,
)
from web.access import Access, Proxy


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


class KeepSettings(Section):
    """How long what was received is kept. Texts, verdicts and digests stay for good."""

    pages_days: Whole = _key(
        400,
        "days",
        "Archived pages older than this are removed; 0: none for its age. A year and a month, so that "
        "the same weeks of last year can be read again when reading has improved.",
        ge=0,
        le=36_600,
    )
    pages_mb: Whole = _key(
        0,
        "megabytes",
        "Above this size of the page archive the oldest pages are removed; 0: however large it is.",
        ge=0,
        le=100_000_000,
    )
    flagged_pages_days: Whole = _key(
        0,
        "days",
        "Pages of articles that are or were flagged, or that a person confirmed, are removed after this "
        "time only, whatever the size; 0: never, for they are the evidence.",
        ge=0,
        le=36_600,
    )
    free_disk_mb: Whole = _key(
        500,
        "megabytes",
        "With less than this free where database or pages are, crawling pauses; it goes on by itself "
        "with a fifth more.",
        ge=10,
        le=10_000_000,
    )


class LogSettings(Section):
    """What is said while working, and where."""

    format: LogFormat = _key(
        "text",
        "text or json",
        "Lines for a person, or one JSON object a line for a program. DIEMBAO_LOG_FORMAT in the "
        "environment counts instead.",
    )
    level: LogLevel = _key(
        "info", "warning, info or debug", "The least that is said; -v says more, for one command."
    )
    file: OptionalFile = _key(
        "",
        "file",
        "The service also writes here; empty: only to standard error, which systemd and containers keep.",
    )
    file_mb: Whole = _key(
        10, "megabytes", "The file is put aside at this size and a new one begun.", ge=1, le=10_000
    )
    files: Whole = _key(5, "files", "So many that were put aside are kept.", ge=1, le=1000)


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
    run_limit_min: Whole = _key(
        0,
        "minutes",
        "How long one run of a source may take; then it is ended, and the rest waits. 0: twice what its "
        "pages take at the source's pause, and half an hour.",
        ge=0,
        le=1440,
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


class TopicSettings(Section):
    """By what articles are judged."""

    calibration: ExistingFile = _key(
        "",
        "TOML file",
        "Turns what the rules find into the score, in place of the topic's own; "
        "`diembao evaluate --reviews --calibration FILE` writes one. Empty: the topic's own.",
    )


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
    """Where the pages are, and who may read them (docs/access.md)."""

    host: ListeningHost = _key(
        "127.0.0.1",
        "address",
        "The address that the pages are served on; 0.0.0.0: every address of this machine. Beyond loopback "
        "it needs users (diembao user add) or proxy_user_header.",
    )
    port: Whole = _key(
        8321, "port", "The port that the pages are served on; 0: any free one.", ge=0, le=65535
    )
    rest_after_min: Whole = _key(
        30,
        "minutes",
        "The process that serves the pages ends when nobody has asked for one for so long, and gives its "
        "memory back; the next page then takes some seconds. 0: it never does.",
        ge=0,
        le=10_080,
    )
    sign_in: Switch = _key(
        False,
        "true or false",
        "Whether people sign in on loopback too; beyond loopback they do in any case.",
    )
    allowed_hosts: tuple[HostName, ...] = _key(
        [],
        "host names",
        "Names and addresses that readers call this machine by, beside localhost and host; requests "
        "under other names are refused.",
    )
    proxy_addresses: tuple[Network, ...] = _key(
        [],
        "addresses or networks",
        "Where a proxy before the pages connects from; what it says of a request (X-Forwarded-For, "
        "X-Forwarded-Proto, proxy_user_header) is believed from there only.",
    )
    proxy_user_header: HeaderName = _key(
        "",
        "header",
        "The header with the name of the person whom the proxy has signed in; empty: it signs nobody in. "
        "The proxy must take it out of what browsers send.",
    )
    proxy_reviewers: tuple[UserName, ...] = _key(
        [], "user names", "Who of those whom the proxy signs in may review; the others read."
    )
    metrics_open: Switch = _key(
        False,
        "true or false",
        "Whether /metrics may be read without sign-in and without a key by whoever can connect.",
    )

    @model_validator(mode="after")
    def _names_are_known(self) -> "WebSettings":
        if self.host in ("0.0.0.0", "::") and not self.allowed_hosts:  # noqa: S104
            raise ValueError(
                f"host: {self.host} is every address of this machine, so allowed_hosts must have the names "
                "that readers use, such as desk.example.org"
            )
        if self.proxy_user_header and not self.proxy_addresses:
            raise ValueError("proxy_user_header: needs proxy_addresses, or anybody would be believed")
        if self.proxy_reviewers and not self.proxy_user_header:
            raise ValueError("proxy_reviewers: needs proxy_user_header")
        return self

    @property
    def access(self) -> Access:
        """Who may do what, for the pages' process."""
        proxy = Proxy(self.proxy_addresses, self.proxy_user_header, frozenset(self.proxy_reviewers))
        return Access(
            signs_in=self.sign_in,
            allowed_hosts=self.allowed_hosts,
            proxy=proxy if self.proxy_addresses else None,
            has_open_metrics=self.metrics_open,
        )

    @property
    def near_host(self) -> str:
        """A host at which this machine itself reaches the pages, as it stands in a web address."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"[{host}]" if ":" in host else host


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
