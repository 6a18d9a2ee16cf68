"""What the worker processes share: imported once, in the process from which they are forked.

The topic's automata take a second to build and tens of MB; built here, every worker has them at once and
all share the memory. A topic that cannot be used is told by ``open_desk``.
"""

from contextlib import suppress

from analysis.topic import TopicError
from scheduler.tasks import topic

with suppress(TopicError):
    topic()
