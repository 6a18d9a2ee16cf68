"""How Party documents are written: number, type, issuer and date as the words give them.

A full number ("33-CT/TW") speaks for itself. A type with a bare number ("Nghị quyết 28") is a Party
document unless the words beside it name a body of the State; programmes, plans, projects and decisions,
which the State has more of, also need a Party word near. All patterns read ``plain`` text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_TYPE_WORDS = {
    "NQ": "nghi quyet|resolutions?|resolucion(?:es)?|резолюц\\w+|постановлен\\w+",
    "CT": "chi thi|directives?|directivas?|директив\\w+",
    "QĐ*": "quy dinh|qui dinh|regulations?|reglement(?:ation)?s?|reglamento",
    "QC": "quy che",
    "KL": "(?:thong bao )?ket luan|conclusions?|conclusion(?:es)?|заключен\\w+",
    "HD": "huong dan|guidances?|guidelines?|instructions?|instruccion",
    "QĐ": "quyet dinh|decisions?|decision(?:es)?|решен\\w+",
    "CTr": "chuong trinh(?: hanh dong)?|(?:action )?program(?:me|a)?s?|programme d'action|программ\\w+",
    "KH": "ke hoach|plans?|план\\w*",
    "ĐA": "de an|projects?|schemes?|projets?|proyecto|проект\\w*",
    "TB": "thong bao|notices?|announcements?|notifications?|avis|communiques?",
    "TTr": "to trinh|submission",
    "BC": "bao cao|reports?|rapports?",
    "CV": "cong van|official (?:letter|dispatch)",
    "TT": "thong tri",
}
_ACTS = ("NQ", "CT")
"""Types that a bare number in small letters may follow."""
_RULES = ("QĐ*", "QC", "KL", "HD", "TT")
"""Types that need a capital or "số" before a bare number; all others need a Party word near too."""
_CODES = {
    "nq": "NQ", "ct": "CT", "kl": "KL", "qd": "QĐ", "qdi": "QĐ", "qc": "QC", "ctr": "CTr", "ctrhd": "CTr",
    "cthd": "CTr", "kh": "KH", "da": "ĐA", "hd": "HD", "tb": "TB", "ttr": "TTr", "bc": "BC", "cv": "CV",
    "tt": "TT", "tc": "TC",
}  # fmt: skip
_CODE = "|".join(sorted(_CODES, key=len, reverse=True))
_ISSUER = (
    r"(?:btgdv|btcs|btc|btg|ubkt|vp|bdv|bnc|bcsd|bcs|bcd)(?:tw|tu|hu|qu|du)|duk[a-z]*(?:&dn)?|du[a-z]{0,3}"
    r"|thu|t\.u|tw|tu|hu|qu"
)
_SIGN = r"(?:so|no\.?|nos\.?|n\.?[°ºo]\.?|num\.?|number|numero|№|#) ?:? ?"
_FULL = re.compile(
    rf"(?<![a-z\d/])(?<!\d[.,-])(?P<num>\d{{1,5}})(?P<letter>[a-z])? ?[-/]? ?"
    rf"(?:(?P<type>{_CODE}) ?[-/] ?(?P<issuer>{_ISSUER})"
    rf"|(?P<old_issuer>tw|tu) ?/ ?(?P<old_type>{_CODE}))(?![a-z\d/])"
)
_WORDS = "|".join(f"(?P<w{number}>{words})" for number, words in enumerate(_TYPE_WORDS.values()))
_TYPES = list(_TYPE_WORDS)
_LEAD = re.compile(rf"(?<!\w)(?:{_WORDS}),? ?(?:{_SIGN})?\Z")
_BARE_LEAD = re.compile(rf"(?<!\w)(?:{_WORDS}) (?P<sign>{_SIGN})?\Z")
_BARE_NUMBER = re.compile(
    r"(?<=[ .:°º])\d{1,4}(?![\w/%]|[.,]\d|[-–]\w| ?- ?(?:nq|nd|ct|qd|kl|tb|tt|kh)\b)"
    r"(?! (?:nam|thang|ngay|gio|nguoi|trieu|ty|ti|nghin|ngan|noi dung|dieu|diem|nhom|muc|loai|cap|don vi"
    r"|cong ty|doanh nghiep|years?|months?|days?|million|billion|people|points?|ans|mois|millions?"
    r"|usd|dong|ha|km)\b(?! \d))"
)
_LEAD_WINDOW = 45
_CHINESE = re.compile(r"第? ?(?P<num>\d{1,4}) ?号 ?(?P<word>决议|指示|规定|结论)")
_CHINESE_TYPES = {"决议": "NQ", "指示": "CT", "规定": "QĐ", "结论": "KL"}
_CHINESE_TAIL = re.compile(r" ?号 ?(?:决议|指示|规定|结论|决定|计划|提案|方案)")
_KNOWN_STATE = frozenset(
    (("CTr", "135"), ("CTr", "134"), ("ĐA", "06"), ("CTr", "1719"), ("CTr", "30"), ("ĐA", "6"))
)
"""Programmes of the State that go by their number."""

_STATE = (
    r"(?:thu tuong|chinh phu|quoc hoi|uy ban thuong vu quoc hoi|hoi dong|hdnd|ubnd|uy ban nhan dan|bo truong"
    r"|bo (?!chinh tri)\w+|lien hop quoc|lhq|hoi (?!nghi)\w+|tong lien doan|cong doan|doan |prime minister"
    r"|government|national assembly|people's (?:council|committee)|un\b|united nations|eu\b|european"
    r"|security council"
    r"|ministry|minister|premier ministre|gouvernement|assemblee|ministere|onu|primer ministro|gobierno"
    r"|asamblea"
    r"|general meeting|shareholders|hdqt|dai hoi dong)"
)
_OF_STATE = re.compile(rf"[^,.;\d]{{0,30}}?(?<!\w)(?:cua|by|of|du|de|del|des) (?:the |la |l')?{_STATE}")
_FROM_STATE = re.compile(rf"(?<!\w){_STATE}[^.;,\d]{{0,25}}\Z")
_PARTY = re.compile(
    r"to chuc dang|dang vien|dang uy|dang bo|chi bo|tinh uy|thanh uy|huyen uy|quan uy|ban bi thu|bo chinh tri"
    r"|xay dung dang|ban thuong vu|(?<!\w)party|(?<!\w)parti(?!\w)|partido|парти"
)
_ISSUERS = {
    "TW": "bo chinh tri|ban bi thu|trung uong|politburo|secretariat|central committee|bureau politique"
    "|comite central|buro politico|политбюро|центральн",
    "TU": "tinh uy|thanh uy|provincial (?:standing )?(?:party|committee)|(?:municipal|city) party|province's"
    "|comite (?:permanent du comite )?provincial|comite municipal",
    "HU": "huyen uy|district party",
    "QU": "quan uy",
    "ĐU": "dang uy",
}
_BODY = "|".join(_ISSUERS.values())
_OF_PARTY = re.compile(
    rf"[^,.;:()\d]{{0,30}}?(?:cua|by|of|from|du|de|del) (?:the |la |l')?[^,.;()\d]{{0,25}}?(?P<body>{_BODY})"
)
_ISSUES = r"(?<!\w)(?:ban hanh|ra|ky|issued|promulgated|adopted|publie|promulgue|adopte|emitio)(?!\w)"
_FROM_PARTY = re.compile(rf"(?P<body>{_BODY})(?:(?:'s)? ?|[^.;:]{{0,40}}?(?:'s ?|{_ISSUES}[^.;:]{{0,20}}))\Z")

_MONTH_NAMES = (
    "january janvier enero января jan",
    "february fevrier febrero февраля feb",
    "march mars marzo марта mar",
    "april avril abril апреля apr",
    "may mai mayo мая",
    "june juin junio июня jun",
    "july juillet julio июля jul",
    "august aout agosto августа aug",
    "september septembre septiembre сентября sep sept",
    "october octobre octubre октября oct",
    "november novembre noviembre ноября nov",
    "december decembre diciembre декабря dec",
)
_MONTHS = {name: month for month, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))


_DATE = (
    rf"(?:(?P<d1>\d{{1,2}}) ?[-/.] ?(?P<m1>\d{{1,2}}) ?[-/.] ?(?P<y1>\d{{4}})"
    rf"|(?P<d2>\d{{1,2}}) thang (?P<m2>\d{{1,2}}),? nam (?P<y2>\d{{4}})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er)? (?:de )?(?P<m3>{_MONTH})\.?,? (?:de )?"
    rf"(?P<y3>\d{{4}})"
    rf"|(?P<m4>{_MONTH})\.? (?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y4>\d{{4}}))"
)


_BY = (
    r"(?:(?:cua|of|by|du|de|del) (?:the |la |l')?"
    rf"[^,.;()\d]{{0,25}}?(?:{_BODY})[^,.;()\d]{{0,50}}?[ ,]{{1,2}})?"
)
_DATED = re.compile(
    rf"[ ,(]{{0,3}}{_BY}(?:(?:ban hanh |ky |issued |promulgated )?"
    rf"(?:ngay|dated|on|of|du|date du|en date du|de|del|от) )?{_DATE}(?!\d)"
)
_IN_YEAR = re.compile(
    rf"(?:[ ,(]{{0,3}}{_BY}(?:(?:ban hanh |issued )?(?:nam|of|in|de|en|from)) | ?\()(?P<year>(?:19"
    rf"|20)\d\d)(?! ?-? ?\d)"
)
_AFTER_DATE = re.compile(rf"{_DATE}[^.;\d]{{0,60}}{_ISSUES}[^.;\d]{{0,25}}\Z")
_AHEAD = 130
_BEHIND = 110


@dataclass(frozen=True, slots=True)
class Form:
    """A document as the words at ``text[start:end]`` write it; what they do not say is empty."""

    start: int
    end: int
    type: str
    number: str
    """Digits, padded to two; for a named document what stands for its number."""
    issuer: str = ""
    dated: date | None = None
    year: int | None = None
    is_full: bool = False
    """Whether number, type and issuer stand together."""
    title: str | None = None
    """The name of a document that has no number."""


def find_forms(text: str, folded: str) -> list[Form]:
    """Every numbered Party document in ``text`` (NFC; ``folded`` is its ``plain`` form), ascending."""
    full = list(_full_forms(text, folded))
    taken = {at for form in full for at in (form.start, form.end - 1)}
    bare = [form for form in _bare_forms(text, folded) if not _overlaps(form, full, taken)]
    return sorted([*full, *bare], key=lambda form: form.start)


def _overlaps(form: Form, others: list[Form], taken: set[int]) -> bool:
    return form.start in taken or any(form.start < other.end and other.start < form.end for other in others)


def _full_forms(text: str, folded: str) -> Iterator[Form]:
    for match in _FULL.finditer(folded):
        code, issuer = ("type", "issuer") if match["type"] else ("old_type", "old_issuer")
        if not text[match.start(code)].isupper() or not text[match.start(issuer)].isupper():
            continue
        start = _start_with_words(folded, match.start())
        tail = _CHINESE_TAIL.match(folded, match.end())
        end = tail.end() if tail else match.end()
        if tail and text[start - 1 : start] == "第":
            start -= 1
        number = match["num"].zfill(2) + (match["letter"] or "")
        dated, year = _date_beside(folded, start, end)
        body = _as_issuer(text[match.start(issuer) : match.end(issuer)])
        yield Form(start, end, _CODES[match[code]], number, body, dated, year, is_full=True)


def _start_with_words(folded: str, at: int) -> int:
    """Where the mention begins that has its number at ``at``: with "Chỉ thị số" where that stands before."""
    offset = max(0, at - _LEAD_WINDOW)
    lead = _LEAD.search(folded[offset:at])
    if lead is not None:
        return offset + lead.start()
    sign = re.search(rf"(?<!\w){_SIGN}\Z", folded[offset:at])
    return offset + sign.start() if sign else at


def _as_issuer(written: str) -> str:
    """TW for T.Ư and TƯ; other bodies as written, Đ restored."""
    if "Ư" in written.upper() and written.upper().replace(".", "") == "TƯ":
        return "TW"
    upper = written.upper().replace("Ð", "Đ")
    if upper == "THU":
        return "ThU"
    return "Đ" + upper[1:] if upper.startswith("DU") else upper


def _bare_forms(text: str, folded: str) -> Iterator[Form]:
    for match in _BARE_NUMBER.finditer(folded):
        offset = max(0, match.start() - _LEAD_WINDOW)
        lead = _BARE_LEAD.search(folded[offset : match.start()])
        if lead is None:
            continue
        start, end, number = offset + lead.start(), match.end(), match.group()
        kind = _TYPES[int(_word_group(lead)[1:])]
        is_marked = bool(lead["sign"]) or text[start].isupper()
        if kind not in _ACTS and (not is_marked or (not lead["sign"] and 1900 <= int(number) <= 2100)):
            continue
        if kind not in (*_ACTS, *_RULES) and not _has_party_word(folded, start, end):
            continue
        abbreviation = kind.rstrip("*")
        if (abbreviation, number) in _KNOWN_STATE or _is_of_state(folded, start, end):
            continue
        dated, year = _date_beside(folded, start, end)
        issuer = _issuer_beside(folded, start, end)
        yield Form(start, end, abbreviation, number.zfill(2), issuer, dated, year)
    for match in _CHINESE.finditer(folded):
        yield Form(match.start(), match.end(), _CHINESE_TYPES[match["word"]], match["num"].zfill(2))


def _word_group(match: re.Match[str]) -> str:
    return next(name for name, words in match.groupdict().items() if name[0] == "w" and words)


def _has_party_word(folded: str, start: int, end: int) -> bool:
    return _PARTY.search(folded, max(0, start - 200), end + 200) is not None


def _is_of_state(folded: str, start: int, end: int) -> bool:
    after = folded[end : end + 70]
    if _OF_STATE.match(after):
        return True
    if _OF_PARTY.match(after):
        return False
    return _FROM_STATE.search(folded[max(0, start - 50) : start]) is not None


def _issuer_beside(folded: str, start: int, end: int) -> str:
    """The body that the words behind name ("của Tỉnh ủy"), or that those before have issue it."""
    behind = _OF_PARTY.match(folded, end, end + 90)
    before = _FROM_PARTY.search(folded[max(0, start - 90) : start])
    match = behind or before
    if match is None:
        return ""
    return next(issuer for issuer, words in _ISSUERS.items() if re.search(words, match["body"]))


def _date_beside(folded: str, start: int, end: int) -> tuple[date | None, int | None]:
    ahead = folded[end : end + _AHEAD]
    match = _DATED.match(ahead) or _AFTER_DATE.search(folded[max(0, start - _BEHIND) : start])
    if match is not None and (found := _as_date(match)) is not None:
        return found, found.year
    in_year = _IN_YEAR.match(ahead)
    return None, int(in_year["year"]) if in_year else None


def _as_date(match: re.Match[str]) -> date | None:
    for way in "1234":
        if match[f"d{way}"]:
            month = match[f"m{way}"]
            try:
                return date(int(match[f"y{way}"]), int(_MONTHS.get(month, month)), int(match[f"d{way}"]))
            except ValueError:
                return None
    return None
