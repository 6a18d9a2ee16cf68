"""What the worker processes share: imported once, in the process from which they are forked.

One text in each of the languages of most sources is judged here, so that every worker has what judging
builds at once and all share its memory; another language is built by a worker when its first text comes.
A topic that cannot be used is told by ``open_desk``.
"""

from contextlib import suppress

from analysis.judge import judge
from analysis.topic import TopicError
from scheduler.grouping import group_articles  # noqa: F401  with all that the tasks need
from scheduler.tasks import topic

_LANGUAGES = ("vi", "en", "fr")

with suppress(TopicError):
    for _section in (topic().sections.get(language) for language in _LANGUAGES):
        if _section is not None:
            _example = max(_section.examples, key=lambda example: example.grade)
            judge(_example.text, topic(), title=_example.title, language=_section.language)
