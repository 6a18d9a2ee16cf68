"""Exports: the same rows in each form, read back by other programs, with nothing that acts."""

import csv
import json
from io import BytesIO, StringIO

import digest_samples as samples
import pytest
from openpyxl import load_workbook

from digest.errors import UnknownFormat
from digest.export import EXPORTS, ExportRow, export, rows_of_digest

ACTING = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x.example")')
ROWS = rows_of_digest(samples.digest((samples.ENGLISH, samples.VIETNAMESE, samples.FRENCH, samples.HOSTILE)))
NAMES = list(ExportRow.model_fields)


def row(title: str) -> ExportRow:
    return ROWS[0].model_copy(update={"title": title, "sentences": (title,)})


def read_csv(written: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(written.decode("utf-8-sig"), newline="")))


def read_xlsx(written: bytes) -> list[dict[str, object]]:
    sheet = load_workbook(BytesIO(written)).active
    head, *rest = sheet.iter_rows(values_only=True)
    return [dict(zip(head, cells, strict=True)) for cells in rest]


def test_every_form_has_the_same_articles_in_the_same_order() -> None:
    ids = [item.id for item in ROWS]
    assert len(ids) == 4
    assert [int(item["id"]) for item in read_csv(export(ROWS, "csv", samples.ZONE))] == ids
    assert [item["id"] for item in read_xlsx(export(ROWS, "xlsx", samples.ZONE))] == ids
    lines = export(ROWS, "jsonl", samples.ZONE).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    assert export(ROWS, "md", samples.ZONE).decode().count("\n- ") == len(ids) - 1


def test_a_spreadsheet_gets_the_letters_the_times_and_the_numbers() -> None:
    cells = read_xlsx(export(ROWS, "xlsx", samples.ZONE))
    vietnamese = next(item for item in cells if item["language"] == "vi")
    assert list(vietnamese) == NAMES
    assert vietnamese["title"] == samples.VIETNAMESE.revision.title
    assert vietnamese["published_at"] == "2026-11-22 02:00"  # on Viet Nam's clock
    assert vietnamese["score"] == 0.88
    assert read_csv(export(ROWS, "csv", samples.ZONE))[0]["title"] == ROWS[0].title


@pytest.mark.parametrize("title", ACTING)
def test_cells_that_would_act_are_inert(title: str) -> None:
    sheet = load_workbook(BytesIO(export([row(title)], "xlsx", samples.ZONE))).active
    assert {cell.data_type for cell in sheet[2] if isinstance(cell.value, str)} == {"s"}
    written = read_csv(export([row(title)], "csv", samples.ZONE))[0]
    assert not written["title"].lstrip().startswith(("=", "+", "-", "@"))
    assert not written["sentences"].lstrip().startswith(("=", "+", "-", "@"))


def test_hostile_text_stays_text() -> None:
    hostile = next(item for item in ROWS if item.id == samples.HOSTILE.article_id)
    markdown = export([hostile], "md", samples.ZONE).decode()
    assert "](<javascript" not in markdown
    assert "\x1b" not in markdown
    assert "\\<script\\>" in markdown
    assert "\x1b" not in export([hostile], "jsonl", samples.ZONE).decode()
    assert "\x1b" not in export([hostile], "csv", samples.ZONE).decode()


def test_a_text_too_long_for_a_cell_is_cut() -> None:
    cells = read_xlsx(export([row("a" * 40_000)], "xlsx", samples.ZONE))
    assert len(str(cells[0]["title"])) == 32_767


@pytest.mark.parametrize("form", EXPORTS)
def test_nothing_found_is_a_table_without_rows(form: str) -> None:
    written = export([], form, samples.ZONE)
    if form == "csv":
        assert read_csv(written) == []
        assert written.decode("utf-8-sig").strip().split(",") == NAMES
    elif form == "xlsx":
        assert read_xlsx(written) == []
    else:
        assert written == b""


def test_another_form_is_refused_by_name() -> None:
    with pytest.raises(UnknownFormat, match="csv, jsonl, xlsx, md"):
        export(ROWS, "pdf", samples.ZONE)
