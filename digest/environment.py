"""Jinja environments: the same filters, words and protections for the digest and for the web pages."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from digest import harmless
from digest.i18n import Tongue, translations
from digest.model import DigestArticle, Sentence
from digest.reasons import health_reason, reason_words
from digest.running import service_sentences
from digest.words import (
    QUEUES,
    act_words,
    change_words,
    counted_words,
    delivery_words,
    fate_words,
    firm_facts,
    grade_words,
    indicator_name,
    indicator_words,
    period_title,
    period_words,
    quantity_kind_words,
    rejection_words,
    review_words,
    state_words,
    telling_facts,
    troubles,
    unit_words,
    value_words,
)

TEMPLATES = Path(__file__).parent / "templates"

SENTENCES_SHOWN = 3
"""Evidence sentences shown for one article, those that weigh most; the article's page has all."""

QUANTITIES_SHOWN = 6
"""Stated numbers shown for one article; the article's page has all."""


def make_environment(tongue: Tongue, *, is_html: bool, folders: Sequence[Path] = ()) -> Environment:
    """An environment that speaks ``tongue``; ``folders`` with templates are looked into before ours.

    Whatever a template prints has passed through ``harmless.plain``; in HTML it is escaped as well. An
    undefined name is an error.
    """
    environment = _Environment(
        translations(tongue.locale).gettext,
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=is_html,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations(tongue.locale), newstyle=True
    )
    environment.globals["locale"] = tongue.locale
    environment.globals["quantities_shown"] = QUANTITIES_SHOWN
    environment.globals["zone"] = tongue.zone.key
    environment.filters.update(_spoken_filters(tongue), **_TEXT_FILTERS)
    return environment


def pieces(sentence: Sentence) -> list[tuple[str, bool]]:
    """``sentence`` in consecutive pieces, each with whether it is one of the matched words."""
    return pieces_of(sentence.exact, sentence.marks)


def pieces_of(text: str, marks: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """``text`` cut at ``marks``, (start, end) in code points, ascending: each piece and whether it is one."""
    found: list[tuple[str, bool]] = []
    at = 0
    for start, end in marks:
        found += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]


def shown_sentences(article: DigestArticle) -> list[Sentence]:
    """The sentences of ``article`` that weigh most, in the order of the text."""
    heaviest = sorted(article.evidence, key=lambda sentence: (-sentence.weight, sentence.start))
    return sorted(heaviest[:SENTENCES_SHOWN], key=lambda sentence: sentence.start)


def shown_lead(article: DigestArticle) -> str:
    """The lead of ``article``, or nothing where a shown sentence says it already."""
    lead = harmless.one_line(article.lead)
    quoted = (harmless.one_line(sentence.exact) for sentence in shown_sentences(article))
    return "" if any(sentence in lead or lead in sentence for sentence in quoted) else lead


class _Environment(Environment):
    """An environment of one language: what its templates say without a variable is put into that language
    when they are compiled, and not hundreds of times for each page.
    """

    def __init__(self, translate: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self._translated = _Translated(translate)

    def compile(self, source: Any, name: Any = None, filename: Any = None, *rest: Any, **options: Any) -> Any:
        """As Jinja's, which takes a parsed template too."""
        if isinstance(source, str):
            source = self._translated.visit(self.parse(source, name, filename))
        return super().compile(source, name, filename, *rest, **options)


class _Translated(NodeTransformer):
    """Puts what the catalogue has in place of calls that ask it for a fixed message."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        """The message where ``node`` asks for one; its arguments are looked through otherwise."""
        match node:
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"), args=[nodes.Const(value=str(message))], kwargs=[]
            ):
                # A format, as in every newstyle message: a lone % is written twice.
                return nodes.TemplateData(self._translate(message) % {}, lineno=node.lineno)
        return self.generic_visit(node)


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = harmless.plain(value)
    if plain is value or not isinstance(value, Markup):
        return plain
    return Markup(plain)  # noqa: S704 - it was safe, and only loses characters


def _spoken_filters(tongue: Tongue) -> dict[str, Any]:
    return {
        "day": tongue.day,
        "short_day": tongue.short_day,
        "moment": tongue.moment,
        "local_day": lambda at: tongue.short_day(at.astimezone(tongue.zone).date()),
        "clock": tongue.clock,
        "span": tongue.span,
        "number": tongue.number,
        "size": tongue.size,
        "percent": tongue.percent,
        "listed": tongue.listed,
        "language": tongue.language,
        "own_name": tongue.own_name,
        "grade_words": lambda grade: grade_words(grade, tongue),
        "state_words": lambda state: state_words(state, tongue),
        "fate_words": lambda fate: fate_words(fate, tongue),
        "rejection_words": lambda reason: rejection_words(reason, tongue),
        "reason_words": lambda reason: reason_words(reason, tongue),
        "health_reason": lambda health: health_reason(health, tongue),
        "indicator_words": lambda quantity: indicator_words(quantity, tongue),
        "indicator_name": lambda indicator: indicator_name(indicator, tongue),
        "unit_words": lambda unit: unit_words(unit, tongue),
        "act_words": lambda act: act_words(act, tongue),
        "value_words": lambda quantity: value_words(quantity, tongue),
        "period_words": lambda period: period_words(period, tongue),
        "quantity_kind_words": lambda kind: quantity_kind_words(kind, tongue),
        "firm_facts": lambda firm: firm_facts(firm, tongue),
        "delivery_words": lambda state: delivery_words(state, tongue),
        "queue_words": lambda queue: tongue.say(QUEUES[queue]),
        "review_words": lambda verdict: review_words(verdict, tongue),
        "telling": lambda entry: entry.telling(tongue.locale),
        "telling_facts": lambda article: telling_facts(article, tongue),
        "change_words": lambda change: change_words(change, tongue),
        "period_title": lambda summary: period_title(summary, tongue),
        "service_sentences": lambda digest: service_sentences(digest, tongue),
        "counted_words": lambda counts, kind: counted_words(counts, kind, tongue),
    }


_TEXT_FILTERS: dict[str, Any] = {
    "one_line": harmless.one_line,
    "outward_link": harmless.outward_link,
    "markdown": harmless.markdown,
    "markdown_quote": harmless.markdown_quote,
    "language_tag": harmless.language_tag,
    "wrapped": harmless.wrapped,
    "pieces": pieces,
    "troubles": troubles,
    "shown_sentences": shown_sentences,
    "shown_lead": shown_lead,
}
