"""What each outlet adds to a text: dateline, agency mark, end mark."""

from dataclasses import dataclass

from newsroom.articles import Article


@dataclass(frozen=True)
class Printed:
    """A text as it stands on the page."""

    lead: str
    paragraphs: tuple[str, ...]
    end_mark: str = ""
    """A line of its own after the text."""


def in_house_style(article: Article) -> Printed:
    """The lead and paragraphs of ``article`` with what its outlet always prints around them."""
    if not article.has_house_style or not article.paragraphs:
        return Printed(article.lead, article.paragraphs)
    return _STYLES[article.outlet](article)


def _opened(article: Article, opening: str) -> tuple[str, ...]:
    return (opening + article.paragraphs[0], *article.paragraphs[1:])


def _closed(paragraphs: tuple[str, ...], mark: str) -> tuple[str, ...]:
    return (*paragraphs[:-1], paragraphs[-1] + mark)


def _without_full_stop(paragraphs: tuple[str, ...]) -> tuple[str, ...]:
    return (*paragraphs[:-1], paragraphs[-1].removesuffix("."))


def _vna_en(article: Article) -> Printed:
    opening = f"{article.dateline} (VNA) – " if article.dateline else ""
    closed = _closed(_without_full_stop(_opened(article, opening)), "./.")
    return Printed(article.lead, closed, "VNA")


def _vna_fr(article: Article) -> Printed:
    opening = f"{article.dateline} (VNA) - " if article.dateline else ""
    return Printed(article.lead, _closed(_opened(article, opening), " -VNA"))


def _vna_vi(article: Article) -> Printed:
    return Printed(article.lead, _closed(_without_full_stop(article.paragraphs), "./."), "(TTXVN/Vietnam+)")


def _vns(article: Article) -> Printed:
    opening = f"{article.dateline.upper()} – " if article.dateline else ""
    mark = " — VNS" if article.id % 2 else " VNS"  # both are in use
    return Printed(article.lead, _closed(_opened(article, opening), mark))


def _nhan_dan(article: Article) -> Printed:
    if article.lead:
        return Printed(f"NDO - {article.lead}", article.paragraphs)
    return Printed("", _opened(article, "NDO - "))


def _vietnam_vn(article: Article) -> Printed:
    if (article.original_outlet or "").startswith("nhandan"):
        return _nhan_dan(article)
    return Printed(article.lead, article.paragraphs)


def _portal(article: Article) -> Printed:
    return Printed(article.lead, _opened(article, "PORTAL - "))


def _plain(article: Article) -> Printed:
    return Printed(article.lead, article.paragraphs)


_STYLES = {
    "vna-en": _vna_en,
    "vna-fr": _vna_fr,
    "vna-vi": _vna_vi,
    "vns": _vns,
    "nhandan-vi": _nhan_dan,
    "nhandan-en": _nhan_dan,
    "vietnamvn-en": _vietnam_vn,
    "vietnamvn-vi": _vietnam_vn,
    "binhduong-en": _portal,
    "bacninh": _plain,
}
