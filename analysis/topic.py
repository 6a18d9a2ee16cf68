"""Topic: what we watch for, read from a TOML file that an analyst can read and edit.

A file holds rules, which speak of concepts, and one section per language with the phrases that stand
for each concept. ``topics/party_in_enterprises.toml`` explains the format as it goes along.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.resources import files
from typing import Any

from analysis.calibration import EVEN, Calibration
from analysis.matching import expand
from analysis.rules import NUMBER, Damper, Example, Rule, Section, Setting, Thresholds, Topic

__all__ = ["Topic", "TopicError", "calibrated", "load_topic", "parse_topic"]


class TopicError(ValueError):
    """A topic file that cannot be used."""

    def __init__(self, topic: str, rule: str, why: str) -> None:
        super().__init__(f"topic {topic}, {rule}: {why}")
        self.topic = topic
        self.rule = rule
        self.why = why


def load_topic(name: str = "party_in_enterprises") -> Topic:
    """The topic that is bundled under ``analysis/topics`` as ``name``.toml.

    Raises TopicError where there is none or where it cannot be used.
    """
    file = files("analysis") / "topics" / f"{name}.toml"
    if not file.is_file():
        raise TopicError(name, "file", f"there is no analysis/topics/{name}.toml")
    return parse_topic(name, file.read_text(encoding="utf-8"))


def parse_topic(name: str, toml: str) -> Topic:
    """The Topic that ``toml`` describes. Raises TopicError with the rule or section at fault."""
    try:
        data = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise TopicError(name, "file", f"this is not TOML: {error}") from error
    reader = _Reader(name)
    languages = reader.table(data, "language", "file")
    concepts = {NUMBER, *reader.table(data, "concepts", "file")}
    rules = tuple(reader.rule(item, concepts) for item in reader.tables(data, "rule"))
    topic = Topic(
        name=name,
        thresholds=reader.thresholds(reader.table(data, "thresholds", "file")),
        calibration=reader.calibration(data),
        rules=rules,
        settings={
            concept: reader.setting(concept, worth, concepts)
            for concept, worth in reader.table(data, "setting", "file").items()
        },
        dampers=tuple(reader.damper(item, concepts, rules) for item in reader.tables(data, "damper")),
        anchors=reader.concepts_of(data, "anchors", concepts, "anchors"),
        masks=reader.concepts_of(data, "masks", concepts, "masks"),
        hides=reader.hides(data, concepts),
        bare=reader.bare(data, concepts),
        party=reader.role(data, "party", concepts),
        elsewhere=reader.role(data, "elsewhere", concepts),
        wider=reader.role(data, "wider", concepts),
        foreign=reader.role(data, "foreign", concepts),
        foreign_place=reader.role(data, "foreign_place", concepts),
        home=reader.role(data, "home", concepts),
        sections={
            code: reader.section(code, section, rules, concepts) for code, section in languages.items()
        },
    )
    reader.check_settings(topic)
    return topic


def calibrated(topic: Topic, toml: str, origin: str) -> Topic:
    """``topic`` with the [calibration] that ``toml`` holds in place of its own.

    Raises TopicError, which names ``origin``, where it holds none or anything else.
    """
    reader = _Reader(f"{topic.name}, {origin}")
    try:
        data = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise reader.error("file", f"this is not TOML: {error}") from error
    reader.known_keys(data, "calibration", "file")
    found = reader.calibration(data)
    if found is None:
        raise reader.error("file", "[calibration] is missing")
    return replace(topic, calibration=found)


class _Reader:
    """Reads the parts of one topic file; every error names topic and part."""

    def __init__(self, topic: str) -> None:
        self.topic = topic

    def error(self, rule: str, why: str) -> TopicError:
        return TopicError(self.topic, rule, why)

    def table(self, data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
        value = data.get(key)
        if not isinstance(value, dict) or not value:
            raise self.error(where, f"[{key}] is missing or empty")
        return value

    def tables(self, data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error("file", f"write {key} as [[{key}]]")
        return value

    def share(self, data: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
        value = data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.error(where, f"{key} must be a number from 0 to 1, not {value!r}")
        return float(value)

    def count(self, data: Mapping[str, Any], key: str, where: str, default: int) -> int:
        value = data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.error(where, f"{key} must be a whole number from 0, not {value!r}")
        return value

    def concepts_of(self, data: Mapping[str, Any], key: str, known: set[str], where: str) -> frozenset[str]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(where, f"{key} must be a list of concepts")
        for concept in value:
            if concept not in known:
                raise self.error(where, f"{key} names {concept}, and [concepts] does not say what that is")
        return frozenset(value)

    def hides(self, data: Mapping[str, Any], known: set[str]) -> dict[str, frozenset[str]]:
        value = data.get("hides", {})
        if not isinstance(value, dict):
            raise self.error("hides", "this must be a table of lists of concepts")
        self.concepts_of({"hides": list(value)}, "hides", known, "hides")
        return {concept: self.concepts_of(value, concept, known, "hides") for concept in value}

    def bare(self, data: Mapping[str, Any], known: set[str]) -> dict[str, str]:
        value = data.get("bare", {})
        if not isinstance(value, dict):
            raise self.error("bare", "this must be a table of concepts")
        self.concepts_of({"bare": [*value, *value.values()]}, "bare", known, "bare")
        return dict(value)

    def role(self, data: Mapping[str, Any], key: str, known: set[str]) -> str:
        """The concept that plays a part; "" where the topic has none for it."""
        value = data.get(key, "")
        if value != "" and value not in known:
            raise self.error(key, f"{value!r} is not a concept that [concepts] explains")
        return str(value)

    def known_keys(self, data: Mapping[str, Any], keys: str, where: str) -> None:
        unknown = sorted(set(data) - set(keys.split()))
        if unknown:
            raise self.error(where, f"{unknown[0]} is not a key of it; the keys are {keys}")

    def thresholds(self, data: Mapping[str, Any]) -> Thresholds:
        where = "thresholds"
        names = [item.name for item in fields(Thresholds)]
        self.known_keys(data, " ".join(names), where)
        return Thresholds(**{name: self.share(data, name, where) for name in names})

    def calibration(self, data: Mapping[str, Any]) -> Calibration | None:
        if "calibration" not in data:
            return None
        table, where = self.table(data, "calibration", "file"), "calibration"
        self.known_keys(table, "below above ceiling", where)
        rates = {key: table.get(key) for key in ("below", "above")}
        for key, value in rates.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise self.error(where, f"{key} must be a number over 0, not {value!r}")
        ceiling = self.share(table, "ceiling", where)
        if ceiling <= EVEN:
            raise self.error(where, f"ceiling must be over {EVEN}, not {ceiling}")
        return Calibration(below=float(table["below"]), above=float(table["above"]), ceiling=ceiling)

    def rule(self, data: Mapping[str, Any], known: set[str]) -> Rule:
        name = data.get("name")
        if not isinstance(name, str) or not name:
            raise self.error("rule", "every [[rule]] needs a name")
        where = f"rule {name}"
        keys = (
            "name why weight steps gap any_order linked one_clause title_only not_between also unless "
            "settings setting_gap central lean"
        )
        self.known_keys(data, keys, where)
        steps = data.get("steps")
        if not isinstance(steps, list) or not 1 <= len(steps) <= 2:
            raise self.error(where, "steps must be a list of one or two lists of concepts")
        if not isinstance(data.get("why"), str):
            raise self.error(where, "why must defend the rule in a sentence")
        return Rule(
            name=name,
            weight=self.share(data, "weight", where),
            steps=tuple(self.concepts_of({"steps": step}, "steps", known, where) for step in steps),
            gap=self.count(data, "gap", where, 40),
            any_order=bool(data.get("any_order", False)),
            is_linked=bool(data.get("linked", False)),
            is_one_clause=bool(data.get("one_clause", False)),
            not_between=self.concepts_of(data, "not_between", known, where),
            also=self.concepts_of(data, "also", known, where),
            unless=self.concepts_of(data, "unless", known, where),
            settings=self.concepts_of(data, "settings", known, where),
            setting_gap=self.count(data, "setting_gap", where, 120),
            is_central=bool(data.get("central", False)),
            is_for_titles=bool(data.get("title_only", False)),
            lean=self.concepts_of(data, "lean", known, where),
        )

    def setting(self, concept: str, data: Any, known: set[str]) -> Setting:
        where = f"setting {concept}"
        if concept not in known or not isinstance(data, dict):
            raise self.error(where, "this must be a table, named for a concept that has phrases")
        self.known_keys(data, "sentence far neighbour title", where)
        return Setting(
            concept=concept,
            sentence=self.share(data, "sentence", where),
            far=self.share(data, "far", where),
            neighbour=self.share(data, "neighbour", where),
            title=self.share(data, "title", where),
        )

    def damper(self, data: Mapping[str, Any], known: set[str], rules: tuple[Rule, ...]) -> Damper:
        concept = str(data.get("concept", ""))
        where = f"damper {concept}"
        self.known_keys(data, "concept why sentence neighbour title spares", where)
        self.concepts_of({"concept": [concept]}, "concept", known, where)
        return Damper(
            concept=concept,
            sentence=self.share(data, "sentence", where, 1.0),
            neighbour=self.share(data, "neighbour", where, 1.0),
            title=self.share(data, "title", where, 1.0),
            spares=self.concepts_of(data, "spares", {rule.name for rule in rules}, where),
        )

    def section(
        self, code: str, data: Mapping[str, Any], rules: tuple[Rule, ...], known: set[str]
    ) -> Section:
        where = f"language {code}"
        self.known_keys(data, "marks_count links home_named gap_share variants concepts example", where)
        concepts = self.table(data, "concepts", where)
        pairs: list[tuple[str, str]] = []
        for concept, patterns in concepts.items():
            if concept not in known:
                raise self.error(where, f"[concepts] does not say what {concept} means")
            if not isinstance(patterns, list) or not all(isinstance(item, str) for item in patterns):
                raise self.error(f"{where}, concept {concept}", "this must be a list of phrases")
            self.check_patterns(f"{where}, concept {concept}", patterns)
            pairs.extend((concept, pattern) for pattern in patterns)
        names = {rule.name for rule in rules} | {""}
        share = self.share(data, "gap_share", where, 1.0)
        return Section(
            language=code,
            links=frozenset(data.get("links", [])),
            is_home_named=bool(data.get("home_named", False)),
            rules=tuple(
                replace(rule, gap=round(rule.gap * share), setting_gap=round(rule.setting_gap * share))
                for rule in rules
            ),
            patterns=tuple(pairs),
            marks_count=bool(data.get("marks_count", False)),
            variants=self.variants(data, where),
            examples=tuple(self.example(where, item, names) for item in data.get("example", [])),
        )

    def variants(self, data: Mapping[str, Any], where: str) -> dict[int, int]:
        """Pairs of characters, the first to be read as the second."""
        pairs = str(data.get("variants", "")).split()
        if not all(len(pair) == 2 for pair in pairs):
            raise self.error(where, "variants must be pairs of characters with spaces between")
        return {ord(pair[0]): ord(pair[1]) for pair in pairs}

    def check_patterns(self, where: str, patterns: list[str]) -> None:
        for pattern in patterns:
            try:
                phrases = expand(pattern)
            except ValueError as error:
                raise self.error(where, str(error)) from error
            if not all(phrase.partition("*")[0].strip() for phrase in phrases):
                raise self.error(where, f"{pattern!r} stands for an empty phrase too")

    def example(self, where: str, data: Mapping[str, Any], names: set[str]) -> Example:
        self.known_keys(data, "text title grade rule why", f"{where}, example")
        grade = data.get("grade")
        rule = str(data.get("rule", ""))
        text = data.get("text")
        if grade not in (0, 1, 2) or not isinstance(text, str):
            raise self.error(f"{where}, example", "an example needs a text and a grade of 0, 1 or 2")
        if rule not in names:
            raise self.error(f"{where}, example", f"there is no rule {rule}")
        return Example(text=text, title=str(data.get("title", "")), grade=int(grade), rule=rule)

    def check_settings(self, topic: Topic) -> None:
        for rule in topic.rules:
            for concept in rule.settings | rule.lean:
                if concept not in topic.settings:
                    raise self.error(f"rule {rule.name}", f"[setting.{concept}] is missing")
