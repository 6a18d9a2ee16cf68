"""The outlets that the newsroom replicates: hosts, sections, numbering, addresses."""

from dataclasses import dataclass
from enum import StrEnum

from newsroom.slugs import liferay_slug, slugify


class Family(StrEnum):
    """The software behind an outlet: what its addresses and its markup look like."""

    CMS = "cms"
    """The newsroom CMS of VietnamPlus and Nhan Dan."""
    VNS = "vns"
    """Viet Nam News, its own."""
    VIETNAM_VN = "vietnamvn"
    """The aggregator vietnam.vn."""
    SHAREPOINT = "sharepoint"
    """Lists of a SharePoint portal."""
    LIFERAY = "liferay"
    """Liferay with a province's own news portlet."""


@dataclass(frozen=True)
class Section:
    """A section of an outlet. ``key`` is the same for all outlets, ``slug`` is the outlet's own."""

    key: str
    slug: str
    label: str
    zone: int | None = None
    """The number in the address of its feed, where the outlet has one."""


@dataclass(frozen=True)
class Outlet:
    """An outlet. Its id is the name of the source that reads it."""

    id: str
    name: str
    host: str
    language: str
    """ISO 639-1."""
    family: Family
    first_id: int
    """Article numbers start here: about where the real outlet's stand in autumn 2026."""
    sections: tuple[Section, ...]

    @property
    def home(self) -> str:
        """The address of its home page."""
        return f"https://{self.host}/"

    def section(self, key: str) -> Section:
        """Its section for a key of ``SECTION_KEYS``; the nearest where it has no such section."""
        by_key = {section.key: section for section in self.sections}
        while key not in by_key:
            key = _NEAREST[key]
        return by_key[key]

    def find_section(self, name: str) -> Section | None:
        """The section that ``name`` means: a key, the outlet's own slug or label, or a usual word for one."""
        wanted = slugify(name)
        for section in self.sections:
            names = (section.key, section.slug, section.slug.split("/")[-1], section.label)
            if wanted.replace("-", "") in {slugify(each).replace("-", "") for each in names}:
                return section
        key = _USUAL_WORDS.get(wanted)
        return self.section(key) if key else None

    def slug(self, title: str) -> str:
        """The readable part of the address of an article with this title."""
        return liferay_slug(title) if self.family is Family.LIFERAY else slugify(title)

    def url(self, slug: str, number: int, section_key: str) -> str:
        """The address of an article."""
        return self.home + _PATHS[self.family](self, slug, number, section_key)


_NEAREST = {
    "party-building": "politics",
    "enterprises": "economy",
    "opinion": "politics",
    "world": "politics",
    "culture": "society",
    "sports": "culture",
    "environment": "society",
    "economy": "society",
    "society": "politics",
}
SECTION_KEYS = ("politics", *_NEAREST)
"""The keys of all sections; every outlet has politics."""

_USUAL_WORDS = {
    word: key
    for key, words in {
        "politics": "politics politics-laws law laws politique chinh-tri thoi-su phap-luat xa-luan",
        "party-building": "party-building party xay-dung-dang nguoi-tot-viec-tot binh-luan-phe-phan",
        "economy": "economy business economie kinh-te bizhub finance brandinfo",
        "enterprises": "enterprises enterprise industries doanh-nghiep entreprises kinh-doanh",
        "society": "society social societe xa-hoi giao-duc education health y-te doi-song",
        "world": "world monde the-gioi asean international",
        "culture": "culture van-hoa life-style lifestyle travel du-lich heritage di-san tourism tourisme",
        "sports": "sports sport the-thao",
        "environment": "environment environnement moi-truong agriculture nong-nghiep science khoa-hoc",
        "opinion": "opinion domestic-press-highlights talk-around-town",
    }.items()
    for word in words.split()
}


def _cms_path(outlet: Outlet, slug: str, number: int, section_key: str) -> str:
    suffix = "html" if outlet.id.startswith("nhandan") else "vnp"
    return f"{slug}-post{number}.{suffix}"


def _vns_path(outlet: Outlet, slug: str, number: int, section_key: str) -> str:
    return f"{outlet.section(section_key).slug}/{number}/{slug}.html"


def _vietnam_vn_path(outlet: Outlet, slug: str, number: int, section_key: str) -> str:
    return slug if outlet.language == "vi" else f"{outlet.language}/{slug}"


def _sharepoint_path(outlet: Outlet, slug: str, number: int, section_key: str) -> str:
    return f"Lists/TinTucSuKien/ChiTiet.aspx?ID={number}"


LIFERAY_GROUP = 20182
"""The portal's site number inside Liferay, part of each article's address."""


def _liferay_path(outlet: Outlet, slug: str, number: int, section_key: str) -> str:
    return f"news/-/details/{LIFERAY_GROUP}/{slug}-{number}"


_PATHS = {
    Family.CMS: _cms_path,
    Family.VNS: _vns_path,
    Family.VIETNAM_VN: _vietnam_vn_path,
    Family.SHAREPOINT: _sharepoint_path,
    Family.LIFERAY: _liferay_path,
}

_VNA_VI = (
    Section("politics", "chinhtri", "Chính trị", 291),
    Section("society", "xahoi", "Xã hội", 314),
    Section("economy", "kinhte", "Kinh tế", 311),
    Section("enterprises", "kinhte/doanhnghiep", "Doanh nghiệp", 345),
    Section("world", "thegioi", "Thế giới", 209),
    Section("culture", "vanhoa", "Văn hóa", 215),
    Section("environment", "moitruong", "Môi trường", 270),
)
_VNA_EN = (
    Section("politics", "politics", "Politics"),
    Section("society", "society", "Society"),
    Section("economy", "business", "Business"),
    Section("world", "world", "World"),
    Section("culture", "culture", "Culture - Sports"),
    Section("environment", "environment", "Environment"),
)
_VNA_FR = (
    Section("politics", "politique", "Politique"),
    Section("society", "societe", "Société"),
    Section("economy", "economie", "Économie"),
    Section("world", "monde", "Monde"),
    Section("culture", "culture", "Culture - Sports"),
    Section("environment", "environnement", "Environnement"),
)
_VNS = (
    Section("politics", "politics-laws", "Politics & Law"),
    Section("society", "society", "Society"),
    Section("economy", "economy", "Economy"),
    Section("enterprises", "industries", "Industries"),
    Section("opinion", "opinion", "Opinion"),
    Section("domestic-press-highlights", "domestic-press-highlights", "Domestic Press Highlights"),
    Section("environment", "environment", "Environment"),
    Section("culture", "life-style", "Life & Style"),
    Section("sports", "sports", "Sports"),
    Section("world", "world", "World"),
)
_NHANDAN_VI = (
    Section("politics", "chinhtri", "Chính trị", 1171),
    Section("party-building", "xay-dung-dang", "Xây dựng Đảng", 1179),
    Section("opinion", "xa-luan", "Xã luận", 1176),
    Section("economy", "kinhte", "Kinh tế", 1185),
    Section("society", "xahoi", "Xã hội", 1211),
    Section("culture", "vanhoa", "Văn hóa", 1251),
    Section("world", "thegioi", "Thế giới", 1231),
)
_NHANDAN_EN = (
    Section("politics", "politics", "Politics", 1),
    Section("society", "society", "Society", 4),
    Section("economy", "business", "Business", 2),
    Section("culture", "culture", "Culture", 7),
    Section("world", "world", "World", 5),
)
_VIETNAM_VN_VI = (
    Section("politics", "category/chinh-tri", "Hệ thống Chính trị"),
    Section("society", "category/thoi-su", "Thời sự"),
    Section("economy", "category/kinh-te", "Doanh nghiệp"),
    Section("culture", "category/di-san", "Di sản"),
)
_VIETNAM_VN_EN = (
    Section("politics", "en/category/chinh-tri", "Political System"),
    Section("society", "en/category/thoi-su", "News"),
    Section("economy", "en/category/kinh-te", "Business"),
    Section("culture", "en/category/di-san", "Heritage"),
)
_BINHDUONG = (
    Section("politics", "Departments' Activities", "Departments' Activities"),
    Section("economy", "Socio - Economic News", "Socio - Economic News"),
)
_BACNINH = (
    Section("politics", "tin-tuc-su-kien", "Tin tức sự kiện"),
    Section("economy", "kinh-te", "Kinh tế"),
    Section("society", "van-hoa-xa-hoi", "Văn hóa - Xã hội"),
)

OUTLETS: dict[str, Outlet] = {
    outlet.id: outlet
    for outlet in (
        Outlet("vna-en", "VietnamPlus", "en.vietnamplus.vn", "en", Family.CMS, 330_000, _VNA_EN),
        Outlet("vna-fr", "VietnamPlus", "fr.vietnamplus.vn", "fr", Family.CMS, 262_000, _VNA_FR),
        Outlet("vna-vi", "VietnamPlus", "www.vietnamplus.vn", "vi", Family.CMS, 1_145_000, _VNA_VI),
        Outlet("vns", "Viet Nam News", "vietnamnews.vn", "en", Family.VNS, 1_795_000, _VNS),
        Outlet("nhandan-vi", "Báo Nhân Dân", "nhandan.vn", "vi", Family.CMS, 995_000, _NHANDAN_VI),
        Outlet("nhandan-en", "Nhan Dan Online", "en.nhandan.vn", "en", Family.CMS, 161_000, _NHANDAN_EN),
        Outlet(
            "vietnamvn-en", "Vietnam.vn", "www.vietnam.vn", "en", Family.VIETNAM_VN, 2_410_000, _VIETNAM_VN_EN
        ),
        Outlet(
            "vietnamvn-vi", "Vietnam.vn", "www.vietnam.vn", "vi", Family.VIETNAM_VN, 2_410_000, _VIETNAM_VN_VI
        ),
        Outlet(
            "binhduong-en",
            "Binh Duong Portal",
            "eng.binhduong.gov.vn",
            "en",
            Family.SHAREPOINT,
            14_000,
            _BINHDUONG,
        ),
        Outlet(
            "bacninh",
            "Cổng thông tin điện tử Bắc Ninh",
            "bacninh.gov.vn",
            "vi",
            Family.LIFERAY,
            610_000,
            _BACNINH,
        ),
    )
}
"""Every outlet by its id."""

REDIRECTED_HOSTS = {"vietnamplus.vn": "www.vietnamplus.vn", "vietnam.vn": "www.vietnam.vn"}
"""Hosts that answer only by sending on to another."""

JSON_HOST = "apiv3.vietnamplus.vn"
"""VietnamPlus's host for more articles of a topic."""

HOSTS = tuple(dict.fromkeys([*(outlet.host for outlet in OUTLETS.values()), *REDIRECTED_HOSTS, JSON_HOST]))
"""Every host that the newsroom answers for."""
