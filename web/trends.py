"""Trends: stories by week and by province, as charts and as the numbers behind them."""

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

from fastapi import APIRouter
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.charts import BarChart, bar_chart
from digest.export import TABLES, export_table
from digest.tiles import TILES, TileMap, tile_map
from digest.words import INDICATORS
from storage import trends
from storage.folding import fold
from storage.models import Value
from storage.trends import Selection, ToldStory, Week, monday_of
from web.asked import LANGUAGES, choice_asked, date_asked, midnight
from web.pages import Service, service_of, show, table
from web.twins import json_twin

router = APIRouter()

USUAL_WEEKS = 26
MOST_WEEKS = 260
STORIES_SHOWN = 20
PLACES = sorted(TILES, key=fold)
"""Today's units, by name."""
_GRADES = {"2": (2,), "1": (1,)}


class PlaceCount(Value):
    """How many stories name one of today's units."""

    place: str
    stories: int


@dataclass(frozen=True)
class TrendForm:
    """What the reader asked for, as understood; it fills the form again."""

    since: date
    until: date
    """Inclusive."""
    language: str | None
    grade: str | None
    """"2": about it, "1": in passing."""
    place: str | None


@dataclass(frozen=True)
class TrendsPage:
    """``trends.html``."""

    form: TrendForm
    languages: tuple[str, ...]
    places: list[str]
    total: int
    """Stories."""
    weeks: list[Week]
    chart: BarChart
    map: TileMap
    by_place: list[PlaceCount]
    """Units that stories name, those of most stories first."""
    indicators: list[tuple[str, int]]
    """What texts count, with how many numbers; the most frequent first."""
    stories: list[ToldStory]
    """Those told last."""
    asked: str
    """The address's query, for the same in another form."""
    elsewhere: str
    """The same query for another province: without one."""


@router.api_route("/trends", methods=["GET", "HEAD"])
def trends_page(request: Request) -> Response:
    """Stories by week and province, what they count, and the latest of them."""
    service = service_of(request)
    form = form_of(request, service)
    selection = selection_of(form, service)
    with service.database.read() as session:
        weeks, stories = trends.weeks_and_latest(
            session, service.topic, selection, service.zone, STORIES_SHOWN
        )
        by_place = counted_places(session, service, form)
        counted = trends.indicators(session, service.topic, selection)
    page = TrendsPage(
        form=form,
        languages=LANGUAGES,
        places=PLACES,
        total=sum(week.stories for week in weeks),
        weeks=weeks,
        chart=bar_chart([(week.monday, week.about, week.in_passing) for week in weeks]),
        map=tile_map({item.place: item.stories for item in by_place}),
        by_place=by_place,
        indicators=sorted(
            (item for item in counted.items() if item[0] in INDICATORS), key=lambda item: (-item[1], item[0])
        ),
        stories=stories,
        asked=request.url.query,
        elsewhere=request.url.remove_query_params("place").query,
    )
    return show(request, "trends.html", page)


@router.api_route("/trends.{suffix}", methods=["GET", "HEAD"])
def trends_twin(request: Request, suffix: str) -> Response:
    """Weeks and provinces as JSON; the weeks as a table."""
    service = service_of(request)
    form = form_of(request, service)
    with service.database.read() as session:
        weeks = trends.weeks(session, service.topic, selection_of(form, service), service.zone)
        by_place = counted_places(session, service, form)
    if suffix == "json":
        asked = asdict(form) | {"grade": int(form.grade) if form.grade else None}
        return json_twin({"asked": asked, "weeks": weeks, "provinces": by_place})
    return _table(request, Week, weeks, "weeks", suffix)


@router.api_route("/trends/provinces.{suffix}", methods=["GET", "HEAD"])
def provinces_table(request: Request, suffix: str) -> Response:
    """The provinces as a table."""
    service = service_of(request)
    with service.database.read() as session:
        by_place = counted_places(session, service, form_of(request, service))
    return _table(request, PlaceCount, by_place, "provinces", suffix)


def form_of(request: Request, service: Service) -> TrendForm:
    """What ``request`` asks for: half a year until today where it names no days."""
    first, last = span_of(service, date_asked(request, "since"), date_asked(request, "until"))
    return TrendForm(
        since=first,
        until=last,
        language=choice_asked(request, "language", LANGUAGES),
        grade=choice_asked(request, "grade", _GRADES),
        place=choice_asked(request, "place", TILES),
    )


def span_of(service: Service, since: date | None, until: date | None) -> tuple[date, date]:
    """First and last day of what is asked for: ``USUAL_WEEKS`` where it is open, ``MOST_WEEKS`` at most."""
    today = service.clock().astimezone(service.zone).date()
    last = until or max(today, since or today)
    first = since or monday_of(last) - timedelta(weeks=USUAL_WEEKS - 1)
    first, last = min(first, last), max(first, last)
    return max(first, monday_of(last) - timedelta(weeks=MOST_WEEKS - 1)), last


def selection_of(form: TrendForm, service: Service) -> Selection:
    """The tellings that ``form`` asks for."""
    return Selection(
        since=midnight(form.since, service.zone),
        until=midnight(form.until + timedelta(days=1), service.zone),
        language=form.language,
        grades=_GRADES[form.grade] if form.grade else (1, 2),
        place=form.place,
    )


def counted_places(session: Session, service: Service, form: TrendForm) -> list[PlaceCount]:
    """Stories by unit, the most first; of all units, whichever one ``form`` has: the map is for choosing."""
    counts = trends.stories_by_place(session, service.topic, selection_of(replace(form, place=None), service))
    lines = [PlaceCount(place=place, stories=count) for place, count in counts.items()]
    return sorted(lines, key=lambda line: (-line.stories, fold(line.place)))


def _table(
    request: Request, kind: type[Value], lines: list[Week] | list[PlaceCount], name: str, suffix: str
) -> Response:
    if suffix not in TABLES:
        raise HTTPException(404)
    return table(export_table(kind, lines, suffix, service_of(request).zone), name, suffix)
