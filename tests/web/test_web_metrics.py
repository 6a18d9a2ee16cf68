"""/metrics: every number is the database's own; rules and dashboard name metrics that there are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from conftest import client_of
from digest_samples import NOW, TOPIC, ZONE
from digest_store import run, sync
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from storage import health as stored
from storage import ledger, outbox, upkeep
from storage.database import Database
from storage.jobs import JobOutcome, JobRun, record_job_run
from storage.models import Fate, Health, HealthState, RunOutcome
from storage.tallies import RunTally
from web.app import create_app

MONITORING = Path(__file__).parents[2] / "docs" / "monitoring"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
_NAME = re.compile(r"\b(?:diembao|process)_[a-z_]+")
_OF_PROMETHEUS = {"up", "ALERTS"}


def samples(client: TestClient) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def note_household(database: Database, folder: Path) -> None:
    facts = upkeep.Household(
        database=folder / "diembao.sqlite3" if database.is_sqlite else None,
        archive=folder / "pages",
        digest_time=time(7),
        free_disk_bytes=500_000_000,
    )
    with database.write() as session:
        upkeep.note(session, facts, NOW)


@pytest.fixture
def whole(morning: Database, tmp_path: Path) -> Database:
    """A morning, and something of everything that is told."""
    note_household(morning, tmp_path)
    (tmp_path / "pages").mkdir(exist_ok=True)
    (tmp_path / "pages" / "pages-1.warc.gz").write_bytes(b"x" * 1000)
    with morning.write() as session:
        health = Health(state=HealthState.BLOCKED, since_at=NOW, cause="", reason="")
        stored.record_health(session, "vns", health, NOW)
        on = NOW.astimezone(ZONE).date()
        outbox.queue(session, on, ["mail:somebody@example.org", "folder:/srv/x"], NOW)
        for outcome in (JobOutcome.DONE, JobOutcome.FAILED):
            ended = NOW + timedelta(seconds=5)
            record_job_run(
                session, JobRun(job="keep", due_at=NOW, started_at=NOW, ended_at=ended, outcome=outcome)
            )
        upkeep.note(session, upkeep.IntegrityCheck(checked_at=NOW, database_problems=("page 3",)), NOW)
        upkeep.note(session, upkeep.CrawlingPause(since_at=NOW, free_bytes=1, folder="/srv"), NOW)
        upkeep.note(session, upkeep.Pruning(ended_at=NOW, pages=7, freed_bytes=700), NOW)
    return morning


@pytest.fixture
def asked(whole: Database, wall) -> Iterator[TestClient]:
    with client_of(whole, wall) as client:
        client.app.state.service_pid = 1  # type: ignore[attr-defined]
        yield client


def test_what_the_database_holds_is_told(asked: TestClient, whole: Database) -> None:
    found = samples(asked)
    assert value(found, "diembao_database_up") == 1
    assert value(found, "diembao_source_up", source="vna-en") == 1
    assert value(found, "diembao_source_health", source="vns", state="blocked") == 1
    assert value(found, "diembao_source_health", source="vns", state="healthy") == 0
    with whole.read() as session:
        articles = {status.id: status.articles for status in stored.source_statuses(session)}
        progress = stored.progress(session)
    assert value(found, "diembao_articles_total", source="vna-en") == articles["vna-en"]
    fates = [count for (name, _), count in found.items() if name == "diembao_entries"]
    assert len(fates) == len(Fate)
    assert sum(fates) == progress.entries_listed
    flagged = [count for (name, _), count in found.items() if name == "diembao_flagged_articles"]
    assert sum(flagged) == progress.flagged
    assert value(found, "diembao_deliveries", channel="mail", state="waiting") == 1
    assert value(found, "diembao_job_runs_total", job_name="keep", outcome="failed") == 1
    assert value(found, "diembao_job_last_success", job_name="keep") == 0
    assert value(found, "diembao_job_last_duration_seconds", job_name="keep") == 5
    assert value(found, "diembao_crawling_paused") == 1
    assert value(found, "diembao_pruned_pages_total") == 7
    assert value(found, "diembao_integrity_problems") == 1
    assert value(found, "diembao_archive_bytes") == 1000
    assert value(found, "diembao_database_bytes") > 10_000
    assert value(found, "diembao_disk_free_bytes", store="archive") > 0
    assert value(found, "process_resident_memory_bytes") > 0


def test_no_reader_is_named(asked: TestClient) -> None:
    assert "somebody" not in asked.get("/metrics").text


def test_the_digest_that_is_due_is_told(asked: TestClient, whole: Database, wall) -> None:
    with whole.write() as session:
        ledger.open_run(session, "vns", NOW - timedelta(days=3))
    due_at = datetime.combine(wall.now.astimezone(ZONE).date(), time(7), tzinfo=ZONE)
    assert value(samples(asked), "diembao_digest_due_timestamp_seconds") == due_at.timestamp()
    wall.now = due_at - timedelta(minutes=1)
    before = due_at - timedelta(days=1)
    assert value(samples(asked), "diembao_digest_due_timestamp_seconds") == before.timestamp()


def test_before_anything_is_read_all_is_told_as_nothing(first_client: TestClient) -> None:
    found = samples(first_client)
    assert value(found, "diembao_digest_last_built_timestamp_seconds") == 0
    assert ("diembao_digest_due_timestamp_seconds", frozenset()) not in found
    assert ("diembao_integrity_problems", frozenset()) not in found
    assert value(found, "diembao_crawling_paused") == 0


def end_run(database: Database, run_id: int, outcome: RunOutcome, at: datetime) -> None:
    with database.write() as session:
        ledger.close_run(session, run_id, outcome, None, 3, 500, at)


def begin_run(database: Database, source: str, at: datetime) -> int:
    with database.write() as session:
        return ledger.open_run(session, source, at)


def test_counters_only_grow_and_are_the_same_after_a_restart(database: Database, wall) -> None:
    sync(database)
    with client_of(database, wall) as client:
        seen: list[Samples] = []
        still_open = begin_run(database, "vns", NOW)
        for number, outcome in enumerate([RunOutcome.COMPLETED, RunOutcome.FAILED, RunOutcome.INTERRUPTED]):
            at = NOW + timedelta(minutes=number)
            end_run(database, begin_run(database, "vns", at), outcome, at)
            if number == 1:  # a run that began earlier ends later
                end_run(database, still_open, RunOutcome.COMPLETED, at)
            seen.append(samples(client))
        end = samples(client)
    with client_of(database, wall) as client:
        again = samples(client)
    counters = [key for key in end if key[0].startswith("diembao") and key[0].endswith("_total")]
    assert counters
    for key in counters:
        counts = [found.get(key, 0) for found in (*seen, end)]
        assert counts == sorted(counts), key
        assert again[key] == end[key], key
    assert value(end, "diembao_runs_total", source="vns", outcome="completed") == 2
    assert value(end, "diembao_requests_total", source="vns") == 12
    assert value(end, "diembao_received_bytes_total", source="vns") == 2000
    assert value(end, "diembao_source_up", source="vns") == 0  # the last one that ended by itself failed
    read_at = (NOW + timedelta(minutes=1)).timestamp()
    assert value(end, "diembao_source_last_success_timestamp_seconds", source="vns") == read_at


def test_another_database_in_its_place_is_noticed(tmp_path: Path) -> None:
    from storage.database import open_database  # noqa: PLC0415

    tally, totals = RunTally(), []
    for name, runs in (("a", 3), ("b", 1)):
        database = open_database(f"sqlite:///{tmp_path}/{name}.sqlite3")
        sync(database)
        for number in range(runs):
            run(database, "vns", NOW + timedelta(minutes=number))
        with database.read() as session:
            totals.append(tally.totals(session)["vns"].outcomes.total())
        database.close()
    assert totals == [3, 1]


def test_a_database_that_cannot_be_read_is_told(tmp_path: Path, wall) -> None:
    broken = Database(f"sqlite:///{tmp_path}/none.sqlite3")
    app = create_app(broken, zone=ZoneInfo("UTC"), topic=TOPIC, allowed_hosts={"testserver"}, clock=wall)
    with TestClient(app) as client:
        found = samples(client)
    assert value(found, "diembao_database_up") == 0
    assert not [name for name, _ in found if name.startswith("diembao_source")]
    broken.close()


def test_openmetrics_is_spoken_too(asked: TestClient) -> None:
    response = asked.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


# ---- names, rules, dashboard


def names_in(text: str) -> set[str]:
    return set(_NAME.findall(text))


def given(client: TestClient) -> set[str]:
    return {name for name, _ in samples(client)}


def test_every_metric_is_documented_and_no_other(asked: TestClient, whole: Database) -> None:
    with whole.write() as session:
        ledger.open_run(session, "vns", NOW - timedelta(days=3))
    page = (MONITORING / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_]+)`", page, flags=re.MULTILINE))
    ours = {name for name in given(asked) if re.match(r"diembao_(?!service_process)", name)}
    assert documented == ours


def test_the_dashboard_asks_for_metrics_that_there_are(asked: TestClient, whole: Database) -> None:
    with whole.write() as session:
        ledger.open_run(session, "vns", NOW - timedelta(days=3))
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    known = given(asked)
    for panel in panels:
        place = panel["gridPos"]
        assert 0 < place["x"] + place["w"] <= 24
        assert panel["targets"]
        for target in panel["targets"]:
            assert names_in(target["expr"]) <= known, panel["title"]
            assert names_in(target["expr"]), panel["title"]
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "instance"}


def test_the_rules_ask_for_metrics_that_there_are(asked: TestClient, whole: Database) -> None:
    with whole.write() as session:
        ledger.open_run(session, "vns", NOW - timedelta(days=3))
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    known = given(asked) | _OF_PROMETHEUS
    for rule in rules:
        assert names_in(rule["expr"]) <= known, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}


def promtool(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not here (Debian's package prometheus has it)")
    return subprocess.run(
        [program, *words], input=given, capture_output=True, text=True, cwd=MONITORING, check=False
    )


def test_promtool_finds_nothing_to_mend_in_the_metrics(asked: TestClient) -> None:
    done = promtool("check", "metrics", given=asked.get("/metrics").text)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")])
def test_promtool_takes_the_rules(words: tuple[str, ...]) -> None:
    done = promtool(*words)
    assert done.returncode == 0, done.stdout + done.stderr
