"""An Explanation of a page as a person reads it on a terminal or in a file, and as a program does."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from analysis.analyse import as_json as verdict_as_json
from analysis.passed_over import Hindrance, PassedOver
from digest.harmless import one_line, plain
from storage.models import Evidence, Flag, Quantity, Rejection, Revision, Verdict

_GRADES = {
    2: "about the topic",
    1: "on the topic in passing",
    0: "not on the topic",
}
_HINDRANCES = {
    Hindrance.HIDDEN: "its words for the Party are part of another name",
    Hindrance.NO_SETTING: "no enterprise in it, beside it or in the title",
    Hindrance.DAMPED: "it names what makes it count less",
    Hindrance.NO_RULE: "no rule finds enough in it",
}


@dataclass(frozen=True)
class Explanation:
    """What a page became: a Rejection, or a text with its Verdict."""

    url: str
    outlet: str
    rejection: Rejection | None = None
    revision: Revision | None = None
    verdict: Verdict | None = None
    left_out: tuple[PassedOver, ...] = ()
    threshold: float = 1.0
    """From which weight on a sentence flags its text."""
    stored: Flag | None = None
    """The verdict in the database."""


def print_explanation(explanation: Explanation, zone: ZoneInfo) -> None:
    """On standard output; with colours and styles where that is a terminal."""
    console = Console(highlight=False)
    revision, verdict = explanation.revision, explanation.verdict
    if revision is None or verdict is None:
        _print_rejection(console, explanation)
        return
    at = revision.published_at
    dated = f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else "undated"
    _print(console, Text(one_line(revision.title), style="bold"))
    _print(console, Text(f"{explanation.outlet}, {dated}, {revision.language}", style="dim"))
    _print(console, Text(one_line(explanation.url), style="dim"))
    _print_verdict(console, explanation, verdict.flag)
    _print(console, Text.assemble("\n", _marked(revision.judged_text, verdict.flag.evidence, console)))
    _print_evidence(console, verdict.flag, explanation.threshold)
    _print_left_out(console, explanation.left_out)
    _print_statements(console, verdict)


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The same, ready for JSON; the verdict as ``diembao analyse`` writes it, and more."""
    facts: dict[str, Any] = {"url": explanation.url, "outlet": explanation.outlet}
    if explanation.rejection is not None:
        return facts | {
            "rejection": explanation.rejection.reason.value,
            "detail": explanation.rejection.detail,
        }
    assert explanation.revision is not None
    assert explanation.verdict is not None
    return facts | {
        "revision": explanation.revision.model_dump(mode="json"),
        **verdict_as_json(explanation.verdict),
        "enterprises": [item.model_dump() for item in explanation.verdict.enterprises],
        "left_out": [
            {
                "exact": item.exact,
                "start": item.start,
                "why": item.hindrance.value,
                "words": {concept: list(words) for concept, words in item.words.items()},
            }
            for item in explanation.left_out
        ],
        "stored_grade": explanation.stored.grade if explanation.stored is not None else None,
    }


def _print(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=not console.is_terminal)


def _heading(console: Console, words: str) -> None:
    _print(console, Text.assemble("\n", (words, "bold")))


def _print_rejection(console: Console, explanation: Explanation) -> None:
    assert explanation.rejection is not None
    reason, detail = explanation.rejection.reason, explanation.rejection.detail
    _print(console, Text(f"{explanation.outlet}\n{explanation.url}", style="dim"))
    _print(console, Text(f"No text came of the page: {reason.value}", style="red"))
    if detail:
        _print(console, Text(one_line(detail)))


def _print_verdict(console: Console, explanation: Explanation, flag: Flag) -> None:
    style = "green" if flag.is_flagged else "yellow"
    words = _GRADES[flag.grade]
    if not flag.is_flagged and flag.evidence:
        words += ", a near miss"
    _print(console, Text.assemble("\n", (f"{words} (grade {flag.grade}, score {flag.score:.2f})", style)))
    stored = explanation.stored
    if stored is not None and stored.grade != flag.grade:
        _print(
            console,
            Text(
                f"The database has grade {stored.grade} (score {stored.score:.2f}) of an earlier topic; "
                "`diembao reflag` judges it again."
            ),
        )


def _marked(text: str, evidence: tuple[Evidence, ...], console: Console) -> Text:
    """``text`` with a number before each sentence of the evidence and its words marked.

    Without a terminal's styles, stars mark the words.
    """
    star = "" if console.is_terminal else "*"
    marked, at = Text(), 0
    for number, item in enumerate(evidence, start=1):
        if item.start < at:
            continue
        marked.append(plain(text[at : item.start]))
        marked.append(f"[{number}] ", style="bold cyan")
        at = item.start
        for start, end in item.marks:
            if start < at:
                continue
            marked.append(plain(text[at:start]), style="underline")
            marked.append(f"{star}{plain(text[start:end])}{star}", style="reverse")
            at = end
        marked.append(plain(text[at : item.end]), style="underline")
        at = max(at, item.end)
    return marked.append(plain(text[at:]))


def _print_evidence(console: Console, flag: Flag, threshold: float) -> None:
    if not flag.evidence:
        return
    _heading(console, "Sentences that count")
    for number, item in enumerate(flag.evidence, start=1):
        is_enough = item.weight >= threshold
        note = "" if is_enough else f", below {threshold:.2f}: a near miss"
        _print(
            console,
            Text.assemble(
                (f"[{number}] ", "bold cyan"),
                (f"{item.rule} {item.weight:.2f}{note}", "green" if is_enough else "yellow"),
                f"  {one_line(item.exact)}",
            ),
        )


def _print_left_out(console: Console, left_out: tuple[PassedOver, ...]) -> None:
    if not left_out:
        return
    _heading(console, "Sentences on the Party that do not count")
    for item in left_out:
        words = "; ".join(f"{concept}: {', '.join(found)}" for concept, found in item.words.items())
        _print(
            console,
            Text.assemble(
                (f"- {_HINDRANCES[item.hindrance]}", "yellow"),
                f"  {one_line(item.exact)}",
                (f"\n  {one_line(words)}", "dim"),
            ),
        )


def _print_statements(console: Console, verdict: Verdict) -> None:
    for heading, lines in (
        ("Quantities", [_quantity(item) for item in verdict.quantities]),
        ("Party documents", [f"{item.exact} = {item.key}" for item in verdict.documents]),
        ("Places", [f"{item.exact} = {item.today or item.name} ({item.level})" for item in verdict.places]),
        ("Enterprises", [f"{item.exact} ({item.act}) {item.place or ''}" for item in verdict.enterprises]),
    ):
        if lines:
            _heading(console, heading)
            for line in dict.fromkeys(lines):
                _print(console, Text(f"- {one_line(line)}"))


def _quantity(item: Quantity) -> str:
    facts = (item.place_today or item.place, item.period, item.kind)
    told = "; ".join(fact for fact in facts if fact)
    return f"{item.indicator}: {item.value:,g} {item.unit}; {told} ({item.exact})"
