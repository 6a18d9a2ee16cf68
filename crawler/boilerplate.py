"""The words that outlets put around an article, in Vietnamese, English and French, as patterns.

Whole-paragraph patterns are used with ``match`` and end in ``$``: a sentence that merely mentions
one of these words does not have the form.
"""

import re
from collections.abc import Iterable


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(words) + ")"


_AGENCY_NAMES = (
    *(
        "VNA",
        "VNS",
        "TTXVN",
        "NDO",
        "NDĐT",
        "CVN",
        "AVI",
        "VNP",
        r"VOV\.VN",
        "VOV",
        "VGP",
        "CPV",
        "ĐCSVN",
        "CTO",
    ),
    *("TTO", "TPO", "PLO", "NLĐO", "NLĐ", "QĐND", "CAND", r"VTV\.vn", "VTV", "HNM", "SGGPO", "SGGP", "BTV"),
    *(r"Vietnam\+", "VietnamPlus", "PORTAL", "BEGIC"),
)
_AGENCY = _any(_AGENCY_NAMES)
_AGENCIES = _AGENCY + r"(?:\s*/\s*" + _AGENCY + r")*"

DATELINE = re.compile(r"^(?:[^.!?()（）]{2,60}?\s*)?[（(]\s*" + _AGENCIES + r"\s*[)）]\s*[-–—]+\s*")
"""Bac Giang (VNA) –, Hanoï, 3 mars (VNA) -, （VNA）—"""
AGENCY_OPENING = re.compile(
    rf"^(?:{_AGENCY}(?:\s+[-–—]+\s*|[–—]+\s*)(?=\S)"
    rf"|[（(]\s*{_AGENCIES}\s*[)）]\s*|[（(][^()（）]{{2,20}}[)）]\s*[-–—]+\s+)"
)
"""NDO -, PORTAL -, (TTXVN), (Dân trí) -"""
CAPITALS_OPENING = re.compile(
    r"^(?P<place>[^\W\d_][^\d_!?,:;()]{1,40}?)\s+[-–—]+\s+(?=[\"“«'‘]?(?P<next>\w))",
)
"""BẮC GIANG –, HCM CITY —, TP. HỒ CHÍ MINH -"""

END_MARK = re.compile(
    r"(?:(?<=[.!?…。！？\"”»’)/])|^)\s*(?:[-–—]\s*)?[（(]?\s*"
    + _AGENCIES
    + r"\s*[)）]?\s*[./]*$|\s*[（(]完[)）]$"
)
"""VNS, — VNS, -VNA, (TTXVN), （完） after a finished sentence or alone."""
STOP_SIGN = re.compile(r"\s*(?:\./\.?|/\.)\s*$")
"""./. and /. close an agency story."""

_ILLUSTRATION = _any(("ảnh minh h(?:ọa|oạ)", r"illustrative (?:photo|image)", "photo d['’]illustration"))
_PHOTO = _any((_ILLUSTRATION, "photos?", "image", "nguồn ảnh", "ảnh", "foto", "图", "фото"))
_WIRES = _any(("VNA", "VNS", "TTXVN", "AFP", "EPA", "Xinhua"))
CAPTION = re.compile(
    _any(
        (
            r"(?:^|[\s(（.,;–-])" + _PHOTO + r"\s?[:：]\s*(?:(?![.!?]\s)[^:：()（）\n]){1,60}[)）]?\.?$",
            _WIRES + r"(?:\s?/\s?" + _WIRES + r")*\s+Photos?\b[^.]{0,60}\.?$",
            r"(?:^|[.!?]\s+|[（(]\s*)" + _ILLUSTRATION + r"\s*[)）]?\.?$",
        )
    ),
    re.I,
)
"""A paragraph that ends with a picture's credit."""
CAPTION_SIGNS = (":", "：", "photo", "minh h", "illustrat")
"""In lower case; what CAPTION matches holds one of them."""

_SHARE = r"(?:chia sẻ|share|partager)(?: (?:bài viết|this|article|on|cet))*"
OPENING_CAPTION = re.compile(rf"^[^()]{{0,300}}[(]\s*{_PHOTO}\s?:[^()]{{1,60}}[)]\.?\s+(?=\S)", re.I)
"""A caption that runs into the first sentence: "The hall. (Photo: VNA) The meeting was ..." """

WIDGET = re.compile(
    "^"
    + _any(
        (
            r"(?:cỡ chữ|font size|taille du texte)\b.{0,80}",
            r"(?:(?:giảm|mặc định|tăng|nhỏ|lớn)?\s*\(?A[-+]?\)?\s*){1,5}",
            r"(?:(?:số )?lượt (?:người )?(?:xem|đọc)|lượt truy cập|views?|vues?|đã xem)\b\s*[:：].{0,40}",
            r"[\d.,]+\s*(?:lượt xem|views|vues)",
            _SHARE + r"\s*[:：]?(?:\s*(?:facebook|twitter|zalo|x|linkedin|email|copy link))*",
            r"in (?:bài viết|trang|bài)|bản in|gửi (?:email|bài viết)|print|e-?mail|imprimer",
            r"nghe đọc bài|lưu bài viết|quảng cáo|advertisement|publicité|chi tiết tin tức",
            r"(?:\(\d+\)\s*)?(?:bình luận|comments?|commentaires?)\s*(?:\(\d+\))?",
            r"no data|no videos? available|không có dữ liệu|aucune donnée|aucune vidéo disponible",
            r"(?:theo dõi|follow|suivez)\b.{0,60}\b(?:google news|zalo|facebook|telegram)\b.{0,20}",
            r"(?:trang chủ|home|accueil)(?:\s*[>›»/|]\s*[^.!?]{1,60})*",
        )
    )
    + "$",
    re.I,
)
"""Font size, view counter, share and print buttons, comment counts, breadcrumbs."""

FORM_LABEL = re.compile(
    "^"
    + _any(
        (
            *(
                "(?:manage permissions){1,2}",
                "(?:version history){1,2}",
                "approval status",
                "content type:.{0,60}",
            ),
            *("created at(?: .{0,40})? by.{0,40}", "last modified at(?: .{0,40})? by.{0,40}"),
            *(
                "tiêu đề",
                "hình ảnh(?: mô tả)?",
                "tóm tắt",
                "nội dung",
                "link thay thế nội dung",
                "ngày xuất bản",
            ),
            *(r"tin nổi bật(?:\(time\))?", "tác giả", "số (?:trang|ảnh|tiền)", "trạng thái", "lịch sử"),
            *(
                "số lượt người đọc",
                "phân loại",
                "loại bài viết",
                "hệ số (?:ảnh|lương cơ sở|tin)",
                "tiền nhuận bút",
            ),
        )
    )
    + "$",
    re.I,
)
"""Columns of a SharePoint list, printed below the article with nothing beside them."""

LINKS_HEADING = re.compile(
    r"^[>»\s]*"
    + _any(
        (
            r"(?:các )?(?:tin|bài)(?: viết)? (?:liên quan|cùng chuyên mục|đọc (?:tiếp|thêm)|khác)",
            r"(?:các )?(?:tin|bài)(?: viết)? (?:mới hơn|cũ hơn|đã đưa|mới nhất)",
            r"xem thêm|đọc thêm|có thể bạn quan tâm|cùng chuyên mục|cùng tác giả",
            r"related (?:news|stories|articles|posts)|(?:see|read) (?:also|more)|more on this story",
            r"you may (?:also )?like|same category|same author",
            r"(?:à )?lire aussi|sur le même sujet|articles? (?:liés|connexes)|même (?:catégorie|auteur)",
            r"từ kh(?:óa|oá)|tags?|keywords?|mots[- ]clés?",
        )
    )
    + r"\s*(?:[:：]\s*(?P<rest>.*))?$",
    re.I,
)
"""A heading above links to other articles, alone or with a link behind its colon."""

_WORK = _any(("tin", "bài", "ảnh", "photos?", "text", "clip", "video"))
BYLINE = re.compile(
    r"^[(（]?"
    + _any(
        (
            _WORK + r"(?:\s*(?:,|và|&|-|/|and)\s*" + _WORK + r")*\s*[:：]",
            r"(?:tác giả|người viết|thực hiện|biên tập|nguồn|theo|source|by|par|written by)\s*[:：]",
            r"(?:reported|written|translated) by\b",
        )
    )
    + r"\s*(?P<name>[^:：]{1,80}?)[)）]?$",
    re.I,
)
"""Tin, ảnh: P.Y; Reported by X - Translated by Y"""
STORY_CREDIT = re.compile(r"^[(（]?(?:tin|bài|text)\b[^:：.]{0,30}[:：]", re.I)
"""A credit for text and pictures: no caption, although a picture's credit ends it."""
TRANSLATOR = re.compile(r"\s*[-–—,;]?\s*translated by.*$", re.I)
AFTER_OUTLET = re.compile(r"^theo (?:báo |tạp chí )?[^.:,!?]{2,40}$", re.I)
"""Theo TTXVN, Theo Báo Nhân Dân, as the last line."""

MASTHEAD = re.compile(
    _any(
        (
            r"^(?:©|copyright|bản quyền|(?:phó )?tổng biên tập|editor[- ]in[- ]chief|rédacteur en chef)",
            r"^(?:cơ quan chủ quản|giấy phép|(?:press )?licen[cs]e|licence de presse|t(?:òa|oà) soạn|trụ sở)",
            r"^(?:địa chỉ|address|adresse|tél|tel|điện thoại|đt|hotline|fax|e-?mail)\b",
            r"^.{0,160}\b\d+/GP-(?:BTTTT|BC|CBC|TTĐT|BVHTTDL|BVHTT)\b",
        )
    )
    + r".{0,240}$",
    re.I,
)
"""Publisher, editor, licence number, address, telephone at the foot of a page."""
MASTHEAD_SIGN = re.compile(r"[:：@©]|\d{3}|GP-|all rights reserved", re.I)
