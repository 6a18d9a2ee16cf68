"""A portal made of SharePoint lists: Binh Duong's English edition."""

import base64
import hashlib
from dataclasses import dataclass

from newsroom import dates, replies
from newsroom.articles import Article
from newsroom.outlets import Outlet
from newsroom.rendering import article_values, frame, render
from newsroom.replies import Reply
from newsroom.robots import robots_txt
from newsroom.shelf import Shelf

_LIST, _ITEM = "/lists/tintucsukien/tongquat.aspx", "/lists/tintucsukien/chitiet.aspx"
_ON_A_PAGE = 15
_COLUMN_LABELS = (
    "Tiêu đề", "Hình ảnh", "Hình ảnh mô tả", "Tóm tắt", "Nội dung", "Link thay thế nội dung",
    "Ngày xuất bản", "Tin nổi bật(Time)", "Tác giả", "Số Trang", "Số Ảnh", "Số tiền", "Trạng thái",
    "Lịch sử", "Số lượt người đọc", "Phân loại", "Loại bài viết", "Tin liên quan", "Từ khóa",
    "Hệ số ảnh", "Hệ số lương cơ sở", "Hệ số tin", "Tiền nhuận bút", "Tin nổi bật", "Approval Status",
    "Attachments", "Người duyệt", "Ngày duyệt", "Ghi chú", "Thứ tự", "Hiển thị", "Nguồn tin", "Video",
    "Tệp âm thanh", "Ngôn ngữ", "Chuyên mục", "Ngày hết hạn",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A line of a list."""

    article: Article
    visible: str


def answer(outlet: Outlet, shelf: Shelf, path: str, query: dict[str, str]) -> Reply | None:
    """What the portal answers; paths count in any case, parameters in any order."""
    lowered = path.lower()
    query = {key.lower(): value for key, value in query.items()}
    if lowered == "/robots.txt":
        return robots_txt(("/_layouts/", "/_vti_bin/", "/_catalogs/"))
    if lowered == _ITEM:
        number = query.get("id", "")
        article = shelf.numbered(outlet.id, int(number)) if number.isdigit() else None
        return replies.page(article_page(article, shelf)) if article else None
    if lowered == _LIST or lowered in {"/", "/default.aspx"}:
        return _list_page(outlet, shelf, query)
    return None


def article_page(article: Article, shelf: Shelf) -> str:
    """The display form of one item."""
    return render(
        "sharepoint_article.html",
        **article_values(article, shelf),
        visible=dates.portal_minute(article.published_at),
        views=100 + article.id % 900,
        column_labels=_COLUMN_LABELS,
        view_state=_view_state(str(article.id)),
    )


def _list_page(outlet: Outlet, shelf: Shelf, query: dict[str, str]) -> Reply:
    """A page of the list, newest first; a page beyond the end is empty, not 404."""
    articles = shelf.of(outlet.id)
    category = query.get("categoryid")
    if category:
        articles = tuple(a for a in articles if outlet.section(a.section).slug == category)
    wanted = query.get("pageindex", "1")
    start = (max(int(wanted), 1) - 1) * _ON_A_PAGE if wanted.isdigit() else 0
    shown = articles[start : start + _ON_A_PAGE]
    values = {
        **frame(outlet),
        "heading": category or "News & Events",
        "rows": [Row(article, dates.portal_minute(article.published_at)) for article in shown],
        "pages": max(1, -(-len(articles) // _ON_A_PAGE)),
        "view_state": _view_state(wanted),
    }
    return replies.page(render("sharepoint_list.html", **values))


def _view_state(seed: str) -> str:
    """About 8 KB that look like ASP.NET's form state."""
    blocks = (hashlib.sha512(f"{seed}/{n}".encode()).digest() for n in range(96))
    return base64.b64encode(b"".join(blocks)).decode()
