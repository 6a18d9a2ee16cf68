"""``diembao evaluate``: how right the flags are on labelled texts."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.analyse import RecordError, judge_lines
from analysis.curve import precision_recall_curve
from analysis.evaluate import Evaluation, Miss, evaluate
from analysis.report import as_json, as_table
from analysis.topic import load_topic
from digest.harmless import one_line, plain
from scheduler.commands.curve_picture import as_svg
from scheduler.commands.errors import CommandError
from scheduler.commands.lines import opened_lines, shown
from scheduler.commands.reader import TableFormat
from scheduler.commands.reviewed import evaluate_reviews
from storage.models import Flag


def evaluate_file(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(help="JSON lines {id, text, grade[, title, lang, kind]}, gzipped or not; - is stdin."),
    ] = None,
    form: Annotated[
        TableFormat, typer.Option("--format", help="For a person or a program.")
    ] = TableFormat.TEXT,
    curve: Annotated[
        Path | None, typer.Option(help="Write the precision-recall curve to this file, as SVG.")
    ] = None,
    misses: Annotated[bool, typer.Option("--misses", help="Print the sentences behind every miss.")] = False,
    reviews: Annotated[
        bool, typer.Option("--reviews", help="Instead of a file: by what reviewers said on the pages.")
    ] = False,
    labels: Annotated[
        Path | None, typer.Option(help="With --reviews: write the verdicts to this file, as a corpus.")
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(help="With --reviews: fit the scores to the verdicts; write this file if they gain."),
    ] = None,
) -> None:
    """Precision, recall and F1 of the flags on a labelled corpus, and the misses to read.

    ``grade`` is 0, 1 or 2, or null where nobody has read the text: it is listed where it is flagged.
    """
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if reviews == (file is not None):
        raise typer.BadParameter("give either a file or --reviews", param_hint="FILE")
    if file is None:
        evaluate_reviews(context.obj(), form, labels, calibration)
        return
    if labels or calibration:
        raise typer.BadParameter("goes with --reviews", param_hint="--labels or --calibration")
    _evaluate_file(file, form, curve, misses=misses)


def _evaluate_file(file: str, form: TableFormat, curve: Path | None, *, misses: bool) -> None:
    try:
        with opened_lines(file) as lines:
            evaluation = evaluate(_judged(shown(lines)))
    except RecordError as error:
        raise CommandError(f"{'standard input' if file == '-' else file}: {error}") from None
    if curve is not None:
        _write(curve, as_svg(precision_recall_curve(evaluation.scored), evaluation.overall))
    if form is TableFormat.JSON:
        print(json.dumps(as_json(evaluation), ensure_ascii=False, indent=2))
        return
    print(plain(as_table(evaluation)))
    if misses:
        for miss in _to_read(evaluation):
            _print_evidence(miss)


def _judged(lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], Flag]]:
    for number, (record, verdict) in enumerate(judge_lines(lines, load_topic()), start=1):
        grade = record.get("grade")
        if grade is not None and (isinstance(grade, bool) or grade not in (0, 1, 2)):
            why = f"record {number} ({record['id']}): grade must be 0, 1, 2 or null, not {grade!r}"
            raise RecordError(why)
        yield record, verdict.flag


def _to_read(evaluation: Evaluation) -> tuple[Miss, ...]:
    return (
        *evaluation.false_alarms,
        *evaluation.missed,
        *evaluation.wrong_grade,
        *evaluation.to_read,
    )


def _print_evidence(miss: Miss) -> None:
    print(
        f"\n{miss.id}: label {miss.expected}, verdict {miss.grade} ({miss.score:.2f}) {one_line(miss.title)}"
    )
    if not miss.evidence:
        print("  no sentence came near")
    for item in miss.evidence:
        words = [item.exact[start - item.start : end - item.start] for start, end in item.marks]
        print(f"  {item.rule} {item.weight:.2f} [{one_line(' | '.join(words))}]\n    {one_line(item.exact)}")


def _write(file: Path, svg: str) -> None:
    try:
        file.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
