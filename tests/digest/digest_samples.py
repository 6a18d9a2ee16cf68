"""Invented articles, sources and hostile texts from which the tests make digests."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from digest.build import build_digest
from digest.model import Digest
from storage.models import (
    DocumentMention,
    EnterpriseMention,
    Evidence,
    Flag,
    JudgedArticle,
    PlaceMention,
    Quantity,
    Revision,
    SourceCoverage,
    Statements,
)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)  # 07:00 in Viet Nam
ON = date(2026, 11, 22)
TOPIC = "party-development"

OUTLETS = {
    "vna-en": "VietnamPlus (English)",
    "vna-vi": "VietnamPlus",
    "vna-fr": "VietnamPlus (français)",
    "vns": "Viet Nam News",
    "nhandan-vi": "Nhân Dân",
}

NOTHING = Statements()


def quantity(indicator: str, value: float, exact: str, unit: str = "people", **facts: object) -> Quantity:
    base = {"indicator": indicator, "value": value, "exact": exact, "unit": unit, "kind": "result"}
    return Quantity.model_validate(base | facts)


def evidence_in(text: str, sentence: str, marks: tuple[str, ...], weight: float = 0.7) -> Evidence:
    start = text.index(sentence)
    spans = sorted((text.index(mark, start), text.index(mark, start) + len(mark)) for mark in marks)
    return Evidence(
        exact=sentence,
        prefix=text[max(start - 32, 0) : start],
        suffix=text[start + len(sentence) : start + len(sentence) + 32],
        start=start,
        end=start + len(sentence),
        rule="party-in-enterprise",
        weight=weight,
        marks=tuple(spans),
    )


def judged(
    article_id: int,
    title: str,
    text: str,
    sentences: tuple[tuple[str, tuple[str, ...]], ...] = (),
    *,
    source: str = "vna-en",
    language: str = "en",
    grade: int = 2,
    score: float = 0.8,
    lead: str = "",
    hours_ago: float = 3,
    is_dated: bool = True,
    url: str | None = None,
    now: datetime = NOW,
    statements: Statements = NOTHING,
) -> JudgedArticle:
    at = now - timedelta(hours=hours_ago)
    revision = Revision(
        title=title, lead=lead, text=text, language=language, published_at=at if is_dated else None
    )
    spans = tuple(evidence_in(revision.judged_text, sentence, marks) for sentence, marks in sentences)
    return JudgedArticle(
        article_id=article_id,
        source=source,
        source_name=OUTLETS[source],
        url=url or f"https://news.example/{source}/{article_id}.html",
        first_seen_at=at + timedelta(minutes=10),
        judged_at=at + timedelta(minutes=11),
        revision=revision,
        flag=Flag(topic=TOPIC, grade=grade, score=score, evidence=spans),
        statements=statements,
    )


def covered(
    source: str,
    *,
    reason: str | None = None,
    runs: int = 4,
    new: int = 12,
    rejections: dict[str, int] | None = None,
) -> SourceCoverage:
    counts = rejections or {}
    return SourceCoverage(
        source=source,
        source_name=OUTLETS[source],
        runs=runs,
        runs_failed=1 if reason else 0,
        last_read_at=NOW - timedelta(minutes=25) if runs else None,
        last_reason=reason,
        articles_new=new,
        pages_rejected=sum(counts.values()),
        rejections=counts,
        fates={"fetched": new} if new else {},
    )


ENGLISH = judged(
    1,
    "Garment maker in Dong Nai admits eleven workers to the Party",
    "Dong Nai – The Party cell of Hoa Mai Garment Company held an admission ceremony on November 20.\n\n"
    "It admitted eleven workers to the Party, seven of them women from the sewing lines. "
    "The company, which is privately owned, set up its Party cell in 2019.\n\n"
    "Production continued as usual.",
    (
        (
            "The Party cell of Hoa Mai Garment Company held an admission ceremony on November 20.",
            ("Party cell", "Garment Company"),
        ),
        (
            "The company, which is privately owned, set up its Party cell in 2019.",
            ("privately owned", "Party cell"),
        ),
    ),
    score=0.92,
    lead="Seven of the eleven are women.",
    statements=Statements(
        quantities=(
            quantity("members_admitted", 11, "admitted eleven workers to the Party", place="Dong Nai"),
            quantity("share_percent", 64.8, "64.8 percent are women", "percent", period="2020-2025"),
            quantity("members_total", 3390, "3,390 Party members", period="by 2030", kind="target"),
            quantity("other", 7, "seven of them women", period="2026-01-01/2026-06-30"),
        ),
        documents=(
            DocumentMention(
                exact="Directive No. 33-CT/TW",
                key="33-CT/TW/2014",
                number="33-CT/TW",
                type="CT",
                dated=date(2014, 3, 18),
                title="On Party organisations in private enterprises",
            ),
            DocumentMention(exact="Directive 33", key="33-CT/TW/2014", number="33-CT/TW", type="CT"),
        ),
        places=(
            PlaceMention(exact="Dong Nai", name="Đồng Nai", today="Đồng Nai", level="province"),
            PlaceMention(exact="Binh Phuoc", name="Bình Phước", today="Đồng Nai", level="province"),
        ),
        enterprises=(
            EnterpriseMention(
                exact="Hoa Mai Garment Company", key="hoa mai", act="has", sentence="…", place="Đồng Nai"
            ),
            EnterpriseMention(exact="Hoa Mai", key="hoa mai", act="admits", sentence="…"),
        ),
    ),
)
_SONG_MAY = (
    "Sáng 21/11, Đảng ủy các khu công nghiệp công bố quyết định thành lập ba tổ chức đảng trong doanh nghiệp "
    "ngoài khu vực nhà nước."
)
_CELLULE = "Une organisation du Parti dans une entreprise privée aide aussi les ouvriers, dit la direction."
VIETNAMESE = judged(
    2,
    "Khu công nghiệp Sông Mây thành lập ba tổ chức đảng trong doanh nghiệp ngoài khu vực nhà nước",
    f"{_SONG_MAY} Ba chi bộ mới có 27 đảng viên.",
    (
        (
            _SONG_MAY,
            ("tổ chức đảng", "doanh nghiệp ngoài khu vực nhà nước"),
        ),
    ),
    source="nhandan-vi",
    language="vi",
    score=0.88,
    hours_ago=5,
)
FRENCH = judged(
    3,
    "Bac Ninh : une cellule du Parti voit le jour dans une entreprise à capitaux étrangers",
    f"La cellule compte neuf membres. {_CELLULE}",
    (
        (
            _CELLULE,
            ("organisation du Parti", "entreprise privée"),
        ),
    ),
    source="vna-fr",
    language="fr",
    score=0.61,
    grade=1,
    hours_ago=8,
)
NEAR = judged(
    4,
    "Chamber of commerce thanks Party committee for support with permits",
    "The chamber thanked the provincial Party committee for its support to enterprises.",
    (
        (
            "The chamber thanked the provincial Party committee for its support to enterprises.",
            ("Party committee",),
        ),
    ),
    source="vns",
    grade=0,
    score=0.34,
)
COVERAGE = (
    covered("vna-en", new=31, rejections={"too_short": 2, "not_an_article": 5}),
    covered("vna-vi", new=118),
    covered("vna-fr", new=6),
    covered("nhandan-vi", reason="blocked: status 403", new=0),
    covered("vns", runs=0, new=0),
)

HOSTILE = judged(
    66,
    "<script>alert(1)</script>\u202e gnp.exe \x1b[31m [click](javascript:alert(1)) **bold** `code` {{ 7*7 }}",
    '"><img src=x onerror=alert(1)> # heading\n\n{{ 7*7 }} {% raw %} &lt;b&gt; | table | ~~gone~~',
    (('"><img src=x onerror=alert(1)> # heading', ("<img src=x onerror=alert(1)>",)),),
    url="javascript:alert(document.domain)//https://ok.example/",
    lead="</p></main><style>*{display:none}</style>",
    language='en" onload="alert(1)'[:30],
    statements=Statements(
        quantities=(quantity("<b>", 9, "<script>nine</script>\u202e", "<i>", place="<u>", period="<s>"),),
        documents=(DocumentMention(exact="<script>d</script>", key="<k>", type="CT"),),
        places=(PlaceMention(exact="x", name="<script>p</script>", level="park"),),
        enterprises=(
            EnterpriseMention(exact="<script>f</script>", key="<k>", act="<a>", sentence="", place="<q>"),
        ),
    ),
)
LONG_TITLE = judged(
    70,
    ("Doanh nghiệp ngoài khu vực nhà nước và công tác phát triển đảng viên " * 6)[:400].strip(),
    "Văn bản.",
    source="vna-vi",
    language="vi",
)
UNBROKEN = judged(71, "W" * 400, "Text.", source="vns")
FOUR_SCRIPTS = (
    judged(
        72,
        "越南企业发展党员工作取得新进展：同奈省新增党员二百名",
        "同奈省非公有制企业新发展党员二百名。企业党支部在生产中发挥作用。" * 9,
        (("企业党支部在生产中发挥作用。", ("企业党支部",)),),
        language="zh",
    ),
    judged(
        73,
        "Партийные ячейки на частных предприятиях Донгная",
        "На частном предприятии создана партийная ячейка.",
        (("На частном предприятии создана партийная ячейка.", ("частном предприятии",)),),
        language="ru",
    ),
    judged(
        74,
        "خلية الحزب في شركة خاصة في دونغ ناي",
        "أنشئت خلية للحزب في شركة خاصة.",
        language="ar",
        is_dated=False,
    ),
    judged(75, "ພັກໃນວິສາຫະກິດ", "ພັກໃນວິສາຫະກິດ.", language="lo", grade=1),
)


def digest(
    articles=(ENGLISH, VIETNAMESE, FRENCH), near=(NEAR,), coverage=COVERAGE, *, is_final=True, since=True
) -> Digest:
    return build_digest(
        ON, NOW - timedelta(days=1) if since else None, NOW, NOW, articles, near, coverage, is_final=is_final
    )
