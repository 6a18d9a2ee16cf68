"""``diembao config``: the settings and what they name, checked and shown."""

import sys
from importlib.resources import files

import typer

from analysis.topic import TopicError, load_topic
from crawler.declarations import SOURCES, load_source
from crawler.errors import SourceError
from scheduler.delivery import channels_of
from scheduler.desk import declared_sources
from scheduler.effective import setting_sections
from scheduler.settings import Settings, SettingsError, settings_file


def check(context: typer.Context) -> None:
    """Are settings, sources and topics in order? Exit code 1 with a line for each finding where not."""
    settings: Settings | None = None
    found: list[str] = []
    try:
        settings = context.obj()
    except SettingsError as error:
        found += str(error).splitlines()
    sources = 0
    if settings is not None:
        found += _secrets(settings)
        sources, wrong = _sources(settings)
        found += wrong
    found += _topics()
    if found:
        print("\n".join(dict.fromkeys(found)), file=sys.stderr)
        raise typer.Exit(1)
    file = settings_file(context.find_root().params.get("settings"))
    print(f"{file or 'The default settings'}: in order; {sources} sources are followed.")


def show(context: typer.Context) -> None:
    """Every setting that is in force, by section; no secrets."""
    for section in setting_sections(context.obj()):
        print(f"[{section.name}]")
        for key in section.keys:
            print(f"{key.key} = {key.value}{'' if key.is_changed else '  # default'}")
        print()


def _secrets(settings: Settings) -> list[str]:
    try:
        channels_of(settings)
    except SettingsError as error:
        return [str(error)]
    return []


def _sources(settings: Settings) -> tuple[int, list[str]]:
    """How many are followed, and what is wrong: each file's fault, then what they are together."""
    found = []
    for folder in filter(None, (SOURCES, settings.crawl.sources_folder)):
        for file in sorted(folder.glob("*.toml")):
            try:
                load_source(file)
            except SourceError as error:
                found.append(str(error))
    try:
        declared = declared_sources(settings)
    except (SourceError, SettingsError) as error:
        return 0, [*found, str(error)]
    return sum(source.is_enabled for source in declared.values()), found


def _topics() -> list[str]:
    found = []
    for file in sorted((files("analysis") / "topics").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            try:
                load_topic(file.name.removesuffix(".toml"))
            except TopicError as error:
                found.append(str(error))
    return found
