"""Which sources a command is about."""

import difflib
from collections.abc import Mapping, Sequence

import typer

from crawler.source import Source


def chosen_source(sources: Mapping[str, Source], name: str) -> Source:
    """The source ``name``; bad usage, with the name spelled most alike, where there is none."""
    if name not in sources:
        near = difflib.get_close_matches(name, sources, n=1)
        hint = f"did you mean {near[0]}?" if near else "`diembao sources list` names them."
        raise typer.BadParameter(f"there is no source {name}; {hint}", param_hint="SOURCE")
    return sources[name]


def chosen_sources(sources: Mapping[str, Source], names: Sequence[str]) -> list[Source]:
    """Those of ``names``, enabled or not, each once; the enabled ones where none is named."""
    if not names:
        return [source for source in sources.values() if source.is_enabled]
    return [chosen_source(sources, name) for name in dict.fromkeys(names)]
