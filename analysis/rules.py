"""The values that a topic file becomes: rules, settings, dampers, and the phrases of each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from analysis.calibration import Calibration
from analysis.matching import Matcher, expand

NUMBER = "number"
"""A concept that needs no phrases: digits."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a sentence speak of the topic's act, wherever its setting stands."""

    name: str
    weight: float
    """0 to 1: what the act is worth in its full setting."""
    steps: tuple[frozenset[str], ...]
    """One or two steps; each is met by any of its concepts."""
    gap: int
    """Code points that may lie between the two steps."""
    any_order: bool
    is_linked: bool
    """Between the steps stands one of the language's link words and no comma."""
    is_one_clause: bool
    """No comma stands between the steps."""
    not_between: frozenset[str]
    """None of these concepts may stand between the steps."""
    also: frozenset[str]
    """If any: one of these concepts must stand somewhere in the sentence."""
    unless: frozenset[str]
    """None of these concepts may stand in the sentence."""
    settings: frozenset[str]
    """The settings that the rule accepts."""
    setting_gap: int
    """Code points between act and setting within which the setting counts in full."""
    is_central: bool
    """Whether a text about it is about the topic (grade 2); else it is worth a mention (grade 1)."""
    is_for_titles: bool
    """Whether it reads titles alone."""
    lean: frozenset[str]
    """The settings that may stand in a neighbouring sentence or in the title."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting is worth by where it stands, 0 to 1."""

    concept: str
    sentence: float
    far: float
    """In the sentence, beyond the rule's ``setting_gap``."""
    neighbour: float
    title: float


@dataclass(frozen=True, slots=True)
class Damper:
    """A concept that makes a sentence worth less."""

    concept: str
    sentence: float
    """Factor where it stands in the sentence."""
    neighbour: float
    """Factor where it stands in a sentence beside."""
    title: float
    """Factor where it stands in the title."""
    spares: frozenset[str]
    """Names of rules that it does not touch, unless it stands in sentence and title."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a sentence or a text begins to count."""

    flag: float
    near_miss: float
    """Below ``flag`` and from here on, a sentence is kept as evidence of a near miss."""
    opening: float
    """Share of the text that is its opening."""
    opening_share: float
    """Share of the text in central sentences that makes it an article about the topic, where its opening
    has such a sentence."""
    later_share: float
    """The same for a text whose opening has none; two are needed then."""
    lone_share: float
    """The same where only one is there."""
    hinted_share: float
    """The same where the title names the Party and a setting."""


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: what the file says of a text."""

    text: str
    title: str
    grade: int
    rule: str
    """The rule that must be among the evidence; empty where none is named."""


@dataclass(frozen=True, eq=False)
class Section:
    """One language of a topic."""

    language: str
    links: frozenset[str]
    is_home_named: bool
    """Whether a text that never names home is about abroad: Chinese texts mostly are about China."""
    rules: tuple[Rule, ...]
    """The topic's rules, with gaps to suit the language's length of words."""
    patterns: tuple[tuple[str, str], ...]
    """(concept, pattern) pairs; ``expand`` says what a pattern is."""
    marks_count: bool
    variants: Mapping[int, int]
    examples: tuple[Example, ...]

    @cached_property
    def matcher(self) -> Matcher:
        """The patterns' phrases; built when the first text of the language comes, for some languages have
        tens of thousands.
        """
        phrases = [(concept, phrase) for concept, pattern in self.patterns for phrase in expand(pattern)]
        return Matcher(phrases, marks_count=self.marks_count, variants=self.variants)


@dataclass(frozen=True, eq=False)
class Topic:
    """What we watch for. Made by ``load_topic``."""

    name: str
    thresholds: Thresholds
    calibration: Calibration | None
    """None where scores are published as the rules make them."""
    rules: tuple[Rule, ...]
    settings: Mapping[str, Setting]
    dampers: tuple[Damper, ...]
    anchors: frozenset[str]
    """Concepts without one of which a sentence is not read."""
    masks: frozenset[str]
    """Concepts whose phrases hide what lies inside them."""
    hides: Mapping[str, frozenset[str]]
    """Concepts whose phrases hide some others inside them."""
    bare: Mapping[str, str]
    """Concepts of bare words, and the concept that they are where the Party is named beside them."""
    party: str
    """The concept of the Party by any name; this and the next five are "" where a topic has none."""
    elsewhere: str
    """The concept of people and places outside the settings."""
    wider: str
    """The concept of a whole place's Party organisation."""
    foreign: str
    """The concept of other countries' parties."""
    foreign_place: str
    """The concept of those countries."""
    home: str
    """The concept of the country that the topic is about."""
    sections: Mapping[str, Section]
    """By ISO 639-1 code."""
