"""Names of firms in Vietnamese, English, French and Spanish text, and one key for all spellings of a firm."""

import re
from collections.abc import Iterator
from functools import lru_cache

from analysis.matching import plain


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


Span = tuple[int, int]

_VIETNAMESE = re.compile(
    r"(?<!\w)(?:tong cong ty|cong ty|cty|ctcp|tap doan|hop tac xa|htx|doanh nghiep tu nhan|dntn"
    r"|xi nghiep|nha may"
    r"|ngan hang)(?: (?:trach nhiem huu han|tnhh|co phan|cp|tmcp|mtv|1tv|mot thanh vien|hai thanh vien"
    r"|lien doanh"
    r"|nha nuoc|tap doan|tong cong ty))*[ :]+[\"'“«]?(?=\w)"
)
_BEFORE_WEST = re.compile(
    r"(?<!\w)(?:societe|compagnie|groupe|cooperative|compania|empresa|grupo|corporacion|sociedad)"
    r"(?: (?:par actions|a responsabilite limitee|anonyme|sarl|sa|de responsabilidad limitada|anonima))*"
    r"(?: (?:de|du|d'|del))? (?=\w)"
)
_AFTER_WEST = re.compile(
    r"(?:,? (?:co\.?,? ?ltd\.?|company limited|limited company|(?:joint[- ]stock|js) company|jsc|ltd\.?"
    r"|company"
    r"|corporation|corp\.?|group|inc\.?|llc|llp|plc|cooperative|enterprise|factory|bank)(?!\w))+"
)
_CELL = re.compile(
    r"(?<!\w)(?:(?:party )?(?:cell|branch|committee|organi[sz]ation)(?:e?s)?(?: of \w+ \w+)? at"
    r"|party cells? of|(?:cellule|organisation"
    r"|comite)s? (?:de base )?du parti (?:de l'entreprise |de |du |d'|chez |au sein de )"
    r"|celula del partido (?:de|en)"
    r"|admission ceremony at|chez)(?: the)? (?=\w)"
)
_CELL_VIETNAMESE = re.compile(r"(?<!\w)(?:chi bo|dang bo)(?: co so)? (?=\w)")
_FORM = re.compile(r"(?:tổng công ty|công ty|cty|ctcp|tập đoàn|hợp tác xã|htx|dntn)(?!\w)", re.IGNORECASE)
_COUNTRY = re.compile(r" ?\((?:viet ?nam|vn)\)")
_TRAILING_COUNTRY = re.compile(r"(?:(?:^| )(?:viet ?nam|vn|co))+\Z")
_TOKEN = re.compile(r"[\w'’.+]*\w")
_JOINT = re.compile(r" ?[-–&/] ?| (?:and |và )?")
_OPENING, _CLOSING = tuple("\"'“«"), tuple("\"'”»")
_MAX_WORDS = 10
_ACTIVITIES = _words(
    """may mặc sạch đạm bón lân sợi nhuộm thêu gốm sứ kính mía đường muối sữa chè cà phê lúa gạo dệt
    than xây dựng thương mại dịch vụ sản xuất đầu tư phát triển điện tử lực và cơ khí khoáng sản
    xi măng gạch giày da chế biến thực phẩm thủy sản nông lâm nghiệp vận tải cấp thoát nước môi
    trường đô thị xăng dầu dược phẩm vật liệu xuất nhập khẩu kinh doanh kỹ thuật công nghệ nghiệp
    gỗ giấy thép nhựa cao su miền nam bắc trung hóa chất in bao bì du lịch khách sạn giống cây
    trồng chăn nuôi thuốc lá bia rượu nước giải khát viễn thông quốc tế thiết bị phụ tùng ô tô
    linh kiện quản lý khai thác công trình thủy lợi đường sắt chính xác"""
)
_ENDS = _words(
    """bí chi đảng tỉnh huyện quận thành kcn kcx ccn khu ông bà đồng ban sở ubnd hđnd tp thị phó giám
    chủ party cell branch committee secretary industrial zone park province district city commune
    ward in at the of from"""
)
_NOT_FIRMS = _words(
    """the a an in at of for from by to and one its their each this that state private foreign fdi
    joint stock limited liability vietnam viet nam vietnamese provincial party cell branch
    committee enterprise enterprises company companies group bank working steering youth trade
    union many several local new first large small nhà nước chính sách xã hội one-member member
    members multinational every each any"""
)
_OFFICES = _words(
    """provincial district city municipal commune ward department association block bloc committee
    university industrial school province agency people's peoples business businesses enterprises
    enterprise national central communist party ministry federation union hospital college academy
    economic export board authority village office court police army viet nam vietnam every each
    town"""
)
_OPENERS = _words(
    """when while although though if because as after before since until meanwhile however today yesterday but
    so yet then now under"""
)
"""They begin a sentence, and so have a capital before a name."""
_LEADING = (_NOT_FIRMS | _ENDS | _OPENERS) - {"vietnam", "viet", "nam"}
_SURNAMES = frozenset(("Nguyễn", "Trần", "Phạm", "Huỳnh", "Đặng", "Bùi", "Vũ", "Đỗ"))
"""Behind a name they begin a person's: "Ngân hàng Công Thương Nguyễn Văn An"."""
_COMPOUNDS = frozenset(("khoáng sản", "thủy sản", "thuỷ sản", "nông sản", "lâm sản", "hải sản"))
_BRANCHES = _words(
    """Service Services Trading Trade Investment Construction Development Production Manufacturing
    Import Export Technology Commerce Tourism Transport Processing Technical"""
)
"""Behind "and" they go on a firm's name."""
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|th|tr|kh|gh|gi|ph|qu|[bcdghklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|ch|[cmnpt])?\Z"
)
_LEGAL = re.compile(
    r"(?<!\w)(?:tong cong ty|cong ty|cty|ctcp|trach nhiem huu han|tnhh|co phan|tmcp|cp|mot thanh vien"
    r"|hai thanh vien|mtv"
    r"|1tv|tap doan|hop tac xa|htx|doanh nghiep tu nhan|dntn|one member|joint stock|limited liability|js"
    r"|jsc|co ltd|ltd"
    r"|company|limited|corporation|corp|group|inc|llc|llp|plc|societe|compagnie|groupe|par actions|sarl"
    r"|cooperative"
    r"|a responsabilite limitee|anonyme|empresa|grupo|enterprise|the)(?!\w)"
)


def find_firms(text: str, folded: str, start: int, end: int, language: str) -> list[Span]:
    """Where firms are named in ``text[start:end]``, with their legal forms, ascending.

    ``folded`` is ``plain(text)``. A word like "Company" without a name is none.
    """
    found = [*_vietnamese(text, folded, start, end)]
    if language == "vi":
        found += _brands(text, folded, start, end, _CELL_VIETNAMESE)
    else:
        found += _western(text, folded, start, end)
        found += _brands(text, folded, start, end, _CELL)
    found.sort(key=lambda span: (span[0], -span[1]))
    kept: list[Span] = []
    for span in found:
        if (not kept or span[0] >= kept[-1][1]) and firm_key(text[slice(*span)]):
            kept.append(span)
    return kept


@lru_cache(maxsize=4096)
def firm_key(written: str) -> str:
    """The same for every spelling: without legal form, country, punctuation, case and marks.

    Empty where nothing is left, so that the words name no firm.
    """
    words = re.sub(r"[^\w]+", " ", plain(written))
    bare = " ".join(_LEGAL.sub(" ", words).split())
    bare = _TRAILING_COUNTRY.sub("", bare)
    if bare.isdigit() and not words.strip().isdigit():
        return " ".join(words.split())
    return bare if len(bare) > 1 and not bare.isdigit() else ""


def _vietnamese(text: str, folded: str, start: int, end: int) -> Iterator[Span]:
    for match in _VIETNAMESE.finditer(folded, start, end):
        last = _name_end(text, match.end(), end, _ACTIVITIES)
        is_name = last is not None and (text[match.end()].isalpha() or text[match.start()].isupper())
        if last is not None and is_name and text[last : last + 1] != "%":
            is_quoted = text[match.end() - 1] in _OPENING and text[last : last + 1] in _CLOSING
            yield match.start(), _with_country(folded, last + is_quoted, end)


def _name_end(text: str, at: int, end: int, lower: frozenset[str] = frozenset()) -> int | None:
    """Where the name that begins at ``at`` ends: capitals, numbers, and words of ``lower`` between them."""
    last: int | None = None
    before = ""
    for _ in range(_MAX_WORDS):
        token = _TOKEN.match(text, at, end)
        if token is None:
            break
        word = token.group()
        if before and _FORM.match(text, at, end):
            break
        is_name = _is_capital(word) and word.lower() not in _ENDS and not (last and word in _SURNAMES)
        if is_name or f"{before} {word}" in _COMPOUNDS:
            last = token.end()
        elif word not in lower or not (before or word != "và"):
            break
        before = word.lower()
        joint = _JOINT.match(text, token.end(), end)
        if joint is None or not joint.group():
            break
        at = joint.end()
    return last


def _is_capital(word: str) -> bool:
    return word[0].isupper() or (word[0].isdigit() and len(word) <= 3)


def _with_country(folded: str, at: int, end: int) -> int:
    country = _COUNTRY.match(folded, at, end)
    return country.end() if country else at


def _western(text: str, folded: str, start: int, end: int) -> Iterator[Span]:
    for match in _AFTER_WEST.finditer(folded, start, end):
        word = text[match.start() : match.end()].lstrip(" ,")
        begin = _name_start(text, folded, start, match.start()) if word[0].isupper() else None
        if begin is not None:
            yield begin, match.end()
    for match in _BEFORE_WEST.finditer(folded, start, end):
        last = _name_end(text, match.end(), end)
        if last is not None:
            yield match.start(), _with_country(folded, last, end)


def _name_start(text: str, folded: str, start: int, at: int) -> int | None:
    """Where the name that ends at ``at`` begins, or None where there is none."""
    country = re.search(r" ?\((?:viet ?nam|vn)\)\Z", folded[start:at])
    words: list[Span] = []
    until = start + country.start() if country else at
    for token in reversed([*_TOKEN.finditer(text, max(start, until - 90), until)][-_MAX_WORDS:]):
        if token.group() == "and" and text[until:at].split(" ", maxsplit=1)[0] in _BRANCHES:
            continue
        joint = _JOINT.fullmatch(text, token.end(), until) if token.end() < until else None
        if (token.end() < until and joint is None) or not _is_capital(token.group()):
            break
        words.insert(0, token.span())
        until = token.start()
    while words and text[slice(*words[0])].lower() in _LEADING:
        words.pop(0)
    named = [text[slice(*word)] for word in words]
    is_name = any(word.lower() not in _NOT_FIRMS and not word.isdigit() for word in named)
    return words[0][0] if is_name else None


def _brands(text: str, folded: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[Span]:
    """Names that follow "Party cell at": of an office or a place they are not a firm's."""
    for match in pattern.finditer(folded, start, end):
        last = _name_end(text, match.end(), end)
        if last is None:
            continue
        words = re.split(r"[\s-]+", text[match.end() : last])
        if "and" in words or all(word.lower() in _NOT_FIRMS for word in words):
            continue
        if any(word.lower() in _OFFICES for word in words if word.lower() not in ("vietnam", "viet", "nam")):
            continue
        if words[0].lower() in _OFFICES or (pattern is _CELL_VIETNAMESE and not _is_foreign(words[0])):
            continue
        yield match.end(), _with_country(folded, last, end)


def _is_foreign(word: str) -> bool:
    """Whether ``word`` is no Vietnamese syllable and no abbreviation of an office."""
    folded = plain(word)
    return len(word) > 3 and not word.isupper() and _SYLLABLE.match(folded) is None
