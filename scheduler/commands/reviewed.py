"""``diembao evaluate --reviews``: what the verdicts of reviewers say of the flags, and of their scores."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.fitting import LEAST_SHOWN, Fitness, Refit, as_toml, refit
from analysis.flag import clean, find_flag
from analysis.reviewed import Reviewed, review_json, review_report, review_table
from analysis.topic import Topic
from digest.harmless import one_line, plain
from scheduler.commands.errors import CommandError
from scheduler.commands.reader import TableFormat, desk_to_read
from scheduler.settings import Settings
from storage.labels import Label, labels
from storage.reviews import ReviewVerdict


def evaluate_reviews(
    settings: Settings, form: TableFormat, labels_file: Path | None, calibration_file: Path | None
) -> None:
    """Print the report; write the labels and a fitted calibration where files are named."""
    with desk_to_read(settings) as desk, desk.database.read() as session:
        found = labels(session, desk.topic.name)
        topic = desk.topic
    sure = [label for label in found if label.verdict is not ReviewVerdict.UNSURE]
    report = review_report([_reviewed(label) for label in sure], unsure=len(found) - len(sure))
    if labels_file is not None:
        _write(labels_file, "".join(f"{_as_record(label)}\n" for label in sure))
    fitted = None if calibration_file is None else _refit(sure, topic)
    if calibration_file is not None and fitted is not None and fitted.kept is not None:
        _write(calibration_file, as_toml(fitted.kept, fitted.shown + fitted.near))
    if form is TableFormat.JSON:
        document = review_json(report) | ({"calibration": _refit_json(fitted)} if fitted else {})
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if not found:
        print("No article has a verdict yet: confirm and reject on the pages, then come back.")
        return
    print(plain(review_table(report)))
    if fitted is not None:
        print(f"\n{_refit_words(fitted, calibration_file)}")


def _reviewed(label: Label) -> Reviewed:
    return Reviewed(
        id=label.article_id,
        language=label.revision.language,
        source=label.source,
        title=one_line(label.revision.title),
        flag=label.flag,
        is_relevant=label.verdict is ReviewVerdict.CONFIRMED,
        by=one_line(label.judged_by),
        others=tuple(f"{one_line(name)} {verdict}".strip() for name, verdict in label.others),
    )


def _as_record(label: Label) -> str:
    """A line of a corpus. Reviewers say whether, not how much: the grade is the flag's, 1 where missed."""
    is_relevant = label.verdict is ReviewVerdict.CONFIRMED
    published_at = label.revision.published_at
    return json.dumps(
        {
            "id": f"article-{label.article_id}",
            "lang": label.revision.language,
            "kind": label.source,
            "grade": (label.flag.grade or 1) if is_relevant else 0,
            "title": label.revision.title,
            "text": label.revision.judged_text,
            "url": label.url,
            "published_at": published_at.isoformat() if published_at else None,
        },
        ensure_ascii=False,
    )


def _refit(sure: Sequence[Label], topic: Topic) -> Refit:
    """The texts are judged anew: what the rules make of them is not stored, only what was published."""
    if topic.calibration is None:
        raise CommandError(f"The topic {topic.name} has no calibration to be fitted.")
    bare = replace(topic, calibration=None)
    texts = []
    for label in sure:
        revision = label.revision
        flag = find_flag(
            clean(revision.judged_text), bare, title=clean(revision.title), language=revision.language
        )
        texts.append((flag.score, label.verdict is ReviewVerdict.CONFIRMED))
    return refit(texts, topic.thresholds.flag, topic.calibration)


def _refit_words(fitted: Refit, file: Path | None) -> str:
    texts = f"{fitted.shown} shown texts and {fitted.near} near misses have a verdict"
    if fitted.before is None or fitted.after is None:
        return f"The calibration was not fitted: {texts}, and {LEAST_SHOWN} shown ones are the least."
    change = (
        f"mean surprise {fitted.before.surprise:.4f} before, {fitted.after.surprise:.4f} after; "
        f"Brier score {fitted.before.brier:.4f} before, {fitted.after.brier:.4f} after (cross-validated)"
    )
    if fitted.kept is None:
        return f"{texts}: {change}. That is no gain, so nothing was written."
    return f"{texts}: {change}. Written to {file}; name it in [topic] calibration of the settings."


def _refit_json(fitted: Refit) -> dict[str, object]:
    kept = fitted.kept
    return {
        "shown": fitted.shown,
        "near": fitted.near,
        "before": _fitness_json(fitted.before),
        "after": _fitness_json(fitted.after),
        "kept": None if kept is None else {"below": kept.below, "above": kept.above, "ceiling": kept.ceiling},
    }


def _fitness_json(fitness: Fitness | None) -> dict[str, float] | None:
    return None if fitness is None else {"surprise": fitness.surprise, "brier": fitness.brier}


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}") from None
