"""Articles as tables for other programs: CSV, JSON Lines, XLSX and Markdown, one row an article.

Every form has the same rows and columns, in the order given. A spreadsheet takes a cell that begins
with = + - or @ for a formula: in XLSX all words are stored as text; in CSV, which has no types, such a
cell gets an apostrophe in front, as spreadsheets themselves write text.
"""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo

from digest.errors import UnknownFormat
from digest.harmless import json_escapes, markdown, one_line, outward_link
from digest.model import Digest, DigestArticle
from storage.models import Value
from storage.search import SearchHit

EXPORTS = ("csv", "jsonl", "xlsx", "md")
"""What ``export`` writes."""
TABLES = ("csv", "jsonl", "xlsx")
"""What ``export_table`` writes."""
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown; charset=utf-8",
}

_MOST_IN_A_CELL = 32_767  # a spreadsheet's limit; a longer text would be refused whole
_ACTING = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS = {"title": 60, "sentences": 80, "url": 50, "outlet": 24}


class ExportRow(Value):
    """One article, as every form has it."""

    id: int
    title: str
    outlet: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    grade: int | None
    """None where the article is not judged yet."""
    score: float | None
    sentences: tuple[str, ...]
    """The evidence, in the order of the text."""
    url: str


def rows_of_digest(digest: Digest) -> list[ExportRow]:
    """Every telling of every entry of ``digest``, in its order."""
    return [_row_of_article(article) for entry in digest.entries for article in entry.articles]


def rows_of_hits(hits: Iterable[SearchHit]) -> list[ExportRow]:
    """The hits of a search, in their order."""
    return [
        ExportRow(
            id=hit.article_id,
            title=hit.revision.title,
            outlet=hit.source_name,
            language=hit.revision.language,
            published_at=hit.revision.published_at,
            first_seen_at=hit.first_seen_at,
            grade=hit.flag.grade if hit.flag else None,
            score=hit.flag.score if hit.flag else None,
            sentences=tuple(item.exact for item in hit.flag.evidence) if hit.flag else (),
            url=hit.url,
        )
        for hit in hits
    ]


def export(rows: Sequence[ExportRow], format: str, zone: ZoneInfo) -> bytes:
    """``rows`` as ``format``, one of ``EXPORTS``; times on ``zone``'s clock.

    Raises UnknownFormat.
    """
    if format == "md":
        return _as_markdown(rows, zone)
    if format not in _WRITERS:
        raise UnknownFormat(format, EXPORTS)
    return _WRITERS[format](ExportRow, rows, zone)


def export_table(kind: type[Value], rows: Sequence[Value], format: str, zone: ZoneInfo) -> bytes:
    """``rows``, each a ``kind``, as ``format``, one of ``TABLES``: a column for each of its fields.

    Raises UnknownFormat.
    """
    if format not in _WRITERS:
        raise UnknownFormat(format, TABLES)
    return _WRITERS[format](kind, rows, zone)


def _row_of_article(article: DigestArticle) -> ExportRow:
    return ExportRow(
        id=article.article_id,
        title=article.title,
        outlet=article.outlet,
        language=article.language,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        grade=article.grade,
        score=article.score,
        sentences=tuple(sentence.exact for sentence in article.evidence),
        url=article.url,
    )


def _as_csv(kind: type[Value], rows: Sequence[Value], zone: ZoneInfo) -> bytes:
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(kind.model_fields)
    for row in rows:
        writer.writerow([_inert(cell) if isinstance(cell, str) else cell for cell in _cells(row, zone)])
    return file.getvalue().encode("utf-8-sig")  # without the mark, spreadsheets misread the letters


def _as_jsonl(_kind: type[Value], rows: Sequence[Value], _zone: ZoneInfo) -> bytes:
    lines = (json.dumps(row.model_dump(mode="json"), ensure_ascii=False) for row in rows)
    return "".join(f"{json_escapes(line)}\n" for line in lines).encode()


def _as_xlsx(kind: type[Value], rows: Sequence[Value], zone: ZoneInfo) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - 2 MB, for one format

    file = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("diembao")
        head, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        names = list(kind.model_fields)
        for column, name in enumerate(names):
            sheet.set_column(column, column, _WIDTHS.get(name, 16), wrapped)
            sheet.write_string(0, column, name, head)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(names) - 1)
        for at, row in enumerate(rows, start=1):
            for column, cell in enumerate(_cells(row, zone)):
                if isinstance(cell, str):
                    sheet.write_string(at, column, cell[:_MOST_IN_A_CELL])
                elif cell is not None:
                    sheet.write_number(at, column, cell)
    return file.getvalue()


def _as_markdown(rows: Sequence[ExportRow], zone: ZoneInfo) -> bytes:
    lines = []
    for row in rows:
        link = outward_link(row.url)
        title = f"[{markdown(row.title)}](<{link}>)" if link else markdown(row.title)
        facts = [row.outlet, _moment(row.published_at or row.first_seen_at, zone), row.language]
        if row.score is not None:
            facts.append(f"grade {row.grade}, score {row.score:.2f}")
        lines.append(f"- {title}: {markdown('; '.join(facts))}")
        lines += [f"  > {markdown(sentence)}" for sentence in row.sentences]
    return "".join(f"{line}\n" for line in lines).encode()


_WRITERS: dict[str, Callable[[type[Value], Sequence[Value], ZoneInfo], bytes]] = {
    "csv": _as_csv,
    "jsonl": _as_jsonl,
    "xlsx": _as_xlsx,
}


def _cells(row: Value, zone: ZoneInfo) -> list[Any]:
    """The row's fields as cells: words on one line, times as 2026-11-21 07:00, days as 2026-11-21."""
    return [_cell(getattr(row, name), zone) for name in type(row).model_fields]


def _cell(value: Any, zone: ZoneInfo) -> str | float | None:
    if isinstance(value, datetime):
        return _moment(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "\n".join(one_line(item) for item in value)
    return one_line(value) if isinstance(value, str) else value


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_ACTING) else cell
