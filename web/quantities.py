"""Quantities: what texts count, by place and over time, each number with its words."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.charts import PointChart, point_chart
from digest.export import TABLES, export_table
from digest.series import Difference, Series, differences, series, stands_on
from digest.words import INDICATORS
from storage import trends
from storage.trends import Selection, StatedNumber
from web.asked import LANGUAGES, PAGE_SIZE, Pager, choice_asked, date_asked, midnight, page_asked, pager
from web.pages import Service, service_of, show, table
from web.trends import PLACES
from web.twins import json_twin

router = APIRouter()

MOST_NUMBERS = 2000
"""Read of one indicator, those read last."""
PANELS_SHOWN = 8
POINTS_SHOWN = 40
"""In one panel, the latest."""
DIFFERENCES_SHOWN = 20
_USUAL = "members_admitted"


@dataclass(frozen=True)
class QuantityForm:
    """What the reader asked for, as understood; it fills the form again."""

    indicator: str
    place: str | None
    language: str | None
    since: date | None
    """Of publication."""
    until: date | None
    """Inclusive."""


@dataclass(frozen=True)
class Panel:
    """The numbers of one place in one unit, drawn."""

    series: Series
    chart: PointChart
    """Its points are those of ``shown``."""
    shown: list[StatedNumber]
    """The latest of the series."""


@dataclass(frozen=True)
class QuantitiesPage:
    """``quantities.html``."""

    form: QuantityForm
    indicators: list[str]
    places: list[str]
    languages: tuple[str, ...]
    panels: list[Panel]
    """Places with most numbers first."""
    more_panels: int
    """Places and units that are not drawn."""
    differences: list[Difference]
    more_differences: int
    numbers: list[StatedNumber]
    """One page of them, by place and time."""
    pager: Pager
    is_cut: bool
    """Whether there may be more than were read."""


@router.api_route("/trends/quantities", methods=["GET", "HEAD"])
def quantities_page(request: Request) -> Response:
    """One indicator by place and time."""
    service, page = service_of(request), page_asked(request)
    form = _form(request)
    numbers = _numbers(form, service)
    groups = series(numbers, service.zone)
    drawn = [_panel(group, service.zone) for group in groups[:PANELS_SHOWN]]
    differing = differences(numbers)
    listed = [number for group in groups for number in group.numbers]
    answer = QuantitiesPage(
        form=form,
        indicators=list(INDICATORS),
        places=PLACES,
        languages=LANGUAGES,
        panels=drawn,
        more_panels=max(len(groups) - PANELS_SHOWN, 0),
        differences=differing[:DIFFERENCES_SHOWN],
        more_differences=max(len(differing) - DIFFERENCES_SHOWN, 0),
        numbers=listed[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        pager=pager(request, page, len(listed)),
        is_cut=len(numbers) == MOST_NUMBERS,
    )
    return show(request, "quantities.html", answer)


@router.api_route("/trends/quantities.{suffix}", methods=["GET", "HEAD"])
def quantities_twin(request: Request, suffix: str) -> Response:
    """The same numbers as JSON or as a table."""
    service, form = service_of(request), _form(request)
    numbers = _numbers(form, service)
    listed = [number for group in series(numbers, service.zone) for number in group.numbers]
    if suffix == "json":
        return json_twin({"indicator": form.indicator, "items": listed, "differences": differences(numbers)})
    if suffix not in TABLES:
        raise HTTPException(404)
    return table(export_table(StatedNumber, listed, suffix, service.zone), "quantities", suffix)


def _form(request: Request) -> QuantityForm:
    return QuantityForm(
        indicator=choice_asked(request, "indicator", INDICATORS) or _USUAL,
        place=choice_asked(request, "place", PLACES),
        language=choice_asked(request, "language", LANGUAGES),
        since=date_asked(request, "since"),
        until=date_asked(request, "until"),
    )


def _numbers(form: QuantityForm, service: Service) -> list[StatedNumber]:
    zone = service.zone
    selection = Selection(
        since=midnight(form.since, zone) if form.since else None,
        until=midnight(form.until + timedelta(days=1), zone) if form.until else None,
        language=form.language,
        place=form.place,
    )
    with service.database.read() as session:
        return trends.stated_numbers(
            session, service.topic, selection, indicator=form.indicator, limit=MOST_NUMBERS
        )


def _panel(group: Series, zone: ZoneInfo) -> Panel:
    shown = group.numbers[-POINTS_SHOWN:]
    days = [stands_on(number, zone) for number in shown]
    points = [(on, number.value) for on, number in zip(days, shown, strict=True)]
    margin = timedelta(days=max((days[-1] - days[0]).days // 12, 31))
    return Panel(replace(group), point_chart(points, days[0] - margin, days[-1] + margin), shown)
