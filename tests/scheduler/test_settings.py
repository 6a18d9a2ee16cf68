"""settings.toml: defaults, refusals, and that the file and its page tell the truth."""

import pickle
import tomllib
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from scheduler.setting_values import ConnectTo
from scheduler.settings import SECTIONS, Settings, SettingsError, load_settings, settings_from
from scheduler.settings_docs import settings_file, settings_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIEMBAO_SETTINGS", raising=False)


def problems_of(tmp_path: Path, toml: str) -> list[str]:
    """The problems found in ``toml``, without the file's name before each."""
    file = tmp_path / "settings.toml"
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    lines = str(caught.value).splitlines()
    assert lines == [f"{file}: {problem}" for problem in caught.value.problems]
    return list(caught.value.problems)


def test_the_bundled_file_is_up_to_date() -> None:
    assert (ROOT / "settings.toml").read_text(encoding="utf-8") == settings_file(), "run `make docs`"


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page(), "run `make docs`"


def test_the_file_lists_every_key_with_its_default() -> None:
    listed = tomllib.loads((ROOT / "settings.toml").read_text(encoding="utf-8"))
    defaults = {
        section: {key: field.default for key, field in model.model_fields.items()}
        for section, model in SECTIONS.items()
    }
    assert listed == defaults


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_has_a_comment_with_its_unit_and_default(section: str) -> None:
    lines = (ROOT / "settings.toml").read_text(encoding="utf-8").splitlines()
    at = lines.index(f"[{section}]")
    for key, field in SECTIONS[section].model_fields.items():
        place = next(number for number in range(at, len(lines)) if lines[number].startswith(f"{key} = "))
        comment = []
        while lines[place - 1].startswith("# "):
            place -= 1
            comment.insert(0, lines[place].removeprefix("# "))
        said = " ".join(comment)
        assert field.description
        assert said.startswith(field.description)
        assert "; default " in said.removeprefix(field.description)


def test_the_bundled_file_means_the_same_as_no_file(tmp_path: Path) -> None:
    (tmp_path / "named.toml").write_bytes((ROOT / "settings.toml").read_bytes())
    assert load_settings(tmp_path / "named.toml") == load_settings()


def test_sections_are_those_of_the_settings() -> None:
    assert list(SECTIONS) == list(Settings.model_fields)
    assert [type(getattr(Settings(), name)) for name in SECTIONS] == list(SECTIONS.values())


def test_defaults_have_their_kinds() -> None:
    settings = load_settings()
    assert settings.schedule.zone == ZoneInfo("Asia/Ho_Chi_Minh")
    assert settings.schedule.digest_time == time(7, 0)
    assert settings.crawl.sources_folder is None
    assert settings.crawl.enabled == ()
    assert settings.network.ca_file is None
    assert settings.web.port == 8321


def test_settings_are_frozen_and_travel_to_other_processes() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.web.port = 1
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_relative_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    home = tmp_path / "Điểm báo 100%"
    (home / "mine").mkdir(parents=True)
    (home / "ca.pem").touch()
    file = home / "settings.toml"
    file.write_text(
        '[storage]\ndatabase = "sqlite:///d/x.sqlite3"\n[crawl]\nsources_folder = "mine"\n'
        '[network]\nca_file = "ca.pem"\n',
        encoding="utf-8",
    )
    settings = load_settings(file)
    assert settings.storage.archive == home / "data" / "pages"
    assert settings.crawl.sources_folder == home / "mine"
    assert settings.network.ca_file == home / "ca.pem"
    assert make_url(settings.storage.database).database == str(home / "d" / "x.sqlite3")


def test_a_relative_name_of_the_file_gives_absolute_paths(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").touch()
    assert load_settings().storage.archive == tmp_path / "data" / "pages"
    assert load_settings(Path("settings.toml")) == load_settings()


def test_absolute_paths_stay(tmp_path: Path) -> None:
    settings = settings_from({"storage": {"archive": "/var/pages"}}, tmp_path, origin="test")
    assert settings.storage.archive == Path("/var/pages")


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("[web]\nport = 1001\n")
    (tmp_path / "other.toml").write_text("[web]\nport = 1002\n")
    (tmp_path / "third.toml").write_text("[web]\nport = 1003\n")
    assert load_settings().web.port == 1001
    monkeypatch.setenv("DIEMBAO_SETTINGS", str(tmp_path / "other.toml"))
    assert load_settings().web.port == 1002
    assert load_settings(tmp_path / "third.toml").web.port == 1003


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ('[schedule]\ndigest_time = "25:00"', '[schedule] digest_time: "25:00" is not a time of day (HH:MM)'),
        ("[schedule]\ndigest_time = 7", "[schedule] digest_time: 7 is not a time of day (HH:MM)"),
        (
            '[schedule]\nzone = "Asia/Saigonn"',
            '[schedule] zone: "Asia/Saigonn" is not a time zone such as Asia/Saigon',
        ),
        (
            '[schedule]\nzone = "Asia/Hanoi"',
            '[schedule] zone: "Asia/Hanoi" is not a time zone such as Asia/Ho_Chi_Minh',
        ),
        (
            '[schedule]\nzone = "../etc"',
            '[schedule] zone: "../etc" is not a time zone such as Asia/Ho_Chi_Minh',
        ),
        ("[schedule]\npoll_interval_min = 1.5", "[schedule] poll_interval_min: 1.5 is not a whole number"),
        ("[crawl]\nlookback_days = true", "[crawl] lookback_days: true is not a whole number"),
        ("[crawl]\npages_per_run = 0", "[crawl] pages_per_run: 0 is below 1, the least allowed"),
        ('[crawl]\ntimeout_s = "60"', '[crawl] timeout_s: "60" is not a number'),
        ("[crawl]\ntimeout_s = inf", "[crawl] timeout_s: Infinity is not a number"),
        ('[crawl]\nenabled = "vna-en"', '[crawl] enabled: "vna-en" is not a list [...]'),
        (
            '[crawl]\nenabled = ["vna-en", "Vna"]',
            '[crawl] enabled, item 2: "Vna" is not the id of a source, such as vna-en',
        ),
        (
            '[crawl]\nenabled = ["a", "b"]\ndisabled = ["b"]',
            "[crawl] disabled: b cannot be both enabled and disabled",
        ),
        (
            '[crawl]\ncontact = "x\\nCookie: 1@a.b"',
            '[crawl] contact: "x\\nCookie: 1@a.b" is neither a web address (https://...) nor a mail address',
        ),
        ('[crawl]\nsources_folder = "no"', '[crawl] sources_folder: "no" is not a folder that can be found'),
        (
            "[crawl]\ndelay_scale = 0.5",
            "[crawl] delay_scale: 0.5 would hurry real outlets; below 1 it needs [network] connect_to",
        ),
        ("[crawl]\ndelay_scal = 2.0", "[crawl] delay_scal: is no key; did you mean delay_scale?"),
        ("[crawl]\nport = 1", "[crawl] port: belongs in [web]"),
        ("[web]\ndigest_tim = 1", "[web] digest_tim: is no key; did you mean digest_time in [schedule]?"),
        ("[web]\nxyz = 1", "[web] xyz: is no key; [web] has " + ", ".join(SECTIONS["web"].model_fields)),
        ("port = 1", "port: belongs in [web]"),
        ("[webb]\nport = 1", "webb: is no section; did you mean [web]?"),
        ("web = 1", "web: is a section; write its keys below a line [web]"),
        ('[network]\nca_file = "no.pem"', '[network] ca_file: "no.pem" is not a file that can be found'),
        (
            '[web]\nhost = "0.0.0.0"',
            (
                "[web] host: 0.0.0.0 is every address of this machine, so allowed_hosts must have the names "
                "that readers use, such as desk.example.org"
            ),
        ),
        (
            '[web]\nhost = "desk.example"',
            '[web] host: "desk.example" is not an address of this machine, such as 127.0.0.1 or 0.0.0.0',
        ),
        ("[web]\nsign_in = 1", "[web] sign_in: 1 is neither true nor false"),
        (
            '[web]\nallowed_hosts = ["https://a.b/"]',
            (
                '[web] allowed_hosts, item 1: "https://a.b/" is not a host name such as desk.example.org, '
                "without https:// and port"
            ),
        ),
        (
            '[web]\nproxy_addresses = ["0.0.0.0/0"]',
            (
                '[web] proxy_addresses, item 1: "0.0.0.0/0" is every address there is, so that anybody would '
                "be believed"
            ),
        ),
        (
            '[web]\nproxy_addresses = ["*"]',
            '[web] proxy_addresses, item 1: "*" is not an address or network such as 10.0.0.5 or 10.0.0.0/24',
        ),
        (
            '[web]\nproxy_user_header = "X-User"',
            "[web] proxy_user_header: needs proxy_addresses, or anybody would be believed",
        ),
        (
            '[web]\nproxy_addresses = ["10.0.0.5"]\nproxy_user_header = "X User"',
            '[web] proxy_user_header: "X User" is not the name of a header such as X-Forwarded-User',
        ),
        ('[web]\nproxy_reviewers = ["An"]', "[web] proxy_reviewers: needs proxy_user_header"),
        ("[web]\nport = 65536", "[web] port: 65536 is above 65535, the most allowed"),
        ('[digest]\nlanguage = "de"', '[digest] language: "de" is not one of en, vi, fr'),
        ("[digest]\nnear_miss_score = nan", "[digest] near_miss_score: NaN is not a number"),
        (
            '[storage]\ndatabase = "sqlite://"',
            (
                '[storage] database: "sqlite://" names no file; '
                "the service and its pages share the database through one"
            ),
        ),
        (
            '[storage]\ndatabase = "mysql://h/x"',
            '[storage] database: "mysql://h/x" is neither sqlite:///FILE nor postgresql://HOST/NAME',
        ),
        ('[storage]\narchive = ""', '[storage] archive: "" names no folder'),
    ],
)
def test_a_bad_value_is_refused_with_the_key_and_the_reason(tmp_path: Path, toml: str, problem: str) -> None:
    assert problems_of(tmp_path, toml) == [problem]


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    problems = problems_of(tmp_path, "[web]\nport = -1\nhots = 1\n[crawl]\nretries = 99\n[nonsense]\n")
    assert [problem.partition(":")[0] for problem in problems] == [
        "[crawl] retries",
        "[web] port",
        "[web] hots",
        "nonsense",
    ]


@pytest.mark.parametrize("url", ["postgresql://u:geheim@127.0.0.1/x", "postgresql:///x?password=geheim"])
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    (problem,) = problems_of(tmp_path, f'[storage]\ndatabase = "{url}"')
    assert problem == "[storage] database: holds a password, which belongs in PGPASSWORD or ~/.pgpass"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[web\nport = 1", "is not valid TOML: "),
        (b"[web]\nport = 1\nport = 2", "is not valid TOML: "),
        (b'[crawl]\ncontact = "\xff"', "is not UTF-8 text (byte 20)"),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, content: bytes, problem: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    assert str(caught.value).startswith(f"{file}: {problem}")
    assert len(str(caught.value).splitlines()) == 1


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "bom.toml"
    file.write_bytes(b"\xef\xbb\xbf[web]\r\nport = 1001\r\n")
    assert load_settings(file).web.port == 1001


def test_a_missing_or_unreadable_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no\.toml: there is no such file$"):
        load_settings(tmp_path / "no.toml")
    with pytest.raises(SettingsError, match=r"cannot be read: Is a directory$"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("en.VietnamPlus.vn:443:127.0.0.1:8443", ConnectTo("en.vietnamplus.vn", 443, "127.0.0.1", 8443)),
        ("a.vn:80:[::1]:8080", ConnectTo("a.vn", 80, "::1", 8080)),
        ("a.vn:80:127.8.8.8:1", ConnectTo("a.vn", 80, "127.8.8.8", 1)),
    ],
)
def test_connections_can_be_led_to_loopback(tmp_path: Path, entry: str, expected: ConnectTo) -> None:
    settings = settings_from(
        {"network": {"connect_to": [entry]}, "crawl": {"delay_scale": 0.1}}, tmp_path, origin="test"
    )
    assert settings.network.connect_to == (expected,)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("a.vn:443:10.0.0.1:3", "leads to 10.0.0.1, which is not a loopback address"),
        ("a.vn:443:[::ffff:10.0.0.1]:3", "leads to [::ffff:10.0.0.1], which is not a loopback address"),
        ("a.vn:443:[fe80::1]:3", "leads to [fe80::1], which is not a loopback address"),
        ("a.vn:443:127.1:3", "leads to 127.1, which is not an address"),
        ("a.vn:443:127.0.0.1:0", "has a port outside 1 to 65535"),
        ("a.vn:443:localhost:3", 'is not of the form "HOST:PORT:127.0.0.1:PORT"'),
        ("a.vn:443:evil.example:3", 'is not of the form "HOST:PORT:127.0.0.1:PORT"'),
        (":443:127.0.0.1:3", 'is not of the form "HOST:PORT:127.0.0.1:PORT"'),
        ("a.vn:443:127.0.0.1:3\n", 'is not of the form "HOST:PORT:127.0.0.1:PORT"'),
    ],
)
def test_connections_cannot_be_led_elsewhere(tmp_path: Path, entry: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"network": {"connect_to": [entry]}}, tmp_path, origin="test")
    (problem,) = caught.value.problems
    assert problem.startswith("[network] connect_to, item 1: ")
    assert problem.endswith(reason)


def test_one_host_cannot_be_led_to_two_places(tmp_path: Path) -> None:
    entries = ["a.vn:443:127.0.0.1:1", "A.VN:443:127.0.0.1:2"]
    with pytest.raises(SettingsError, match=r"leads a\.vn:443 to two places"):
        settings_from({"network": {"connect_to": entries}}, tmp_path, origin="test")


def test_postgresql_is_reached_through_psycopg_3(tmp_path: Path) -> None:
    settings = settings_from(
        {"storage": {"database": "postgresql://me@127.0.0.1/db"}}, tmp_path, origin="test"
    )
    assert settings.storage.database == "postgresql+psycopg://me@127.0.0.1/db"
