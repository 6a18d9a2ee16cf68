"""What stands around an article on every real page: menus, styles, scripts, other headlines, footers.

All of it is invented. It is there to be in the way: real pages carry 60 to 120 KB of it, and the
boxes of other headlines speak of the topic on pages that do not.
"""

import json
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup

from newsroom.outlets import OUTLETS, Outlet
from newsroom.slugs import slugify


@dataclass(frozen=True)
class Words:
    """The fixed words of a page in one language."""

    home: str
    search: str
    login: str
    share: str
    copy_link: str
    print_page: str
    related: str
    read_next: str
    most_read: str
    latest: str
    tags: str
    comment: str
    comment_hint: str
    your_name: str
    send: str
    advertisement: str
    follow: str
    newsletter: str
    source: str
    no_comment: str
    no_data: str
    same_category: str
    same_author: str
    read_more: str
    not_found: str
    menu: tuple[str, ...]
    headlines: tuple[str, ...]
    """Of other articles, some about the topic."""
    tag_words: tuple[str, ...]


_EN = Words(
    home="Home", search="Search", login="Sign in", share="Share", copy_link="Copy link",
    print_page="Print", related="Related News", read_next="See more", most_read="Most read",
    latest="Latest news", tags="Tags", comment="Comments", comment_hint="Please enter your comment",
    your_name="Your name", send="Send", advertisement="Advertisement", follow="Follow us",
    newsletter="Get the day's news by e-mail", source="Source:", no_comment="Comment (0)",
    no_data="No data", same_category="Same category", same_author="Same author",
    read_more="Read more", not_found="The page you asked for was not found.",
    menu=(
        "Politics", "Party Building", "National Assembly", "Foreign Affairs", "Defence and Security",
        "Society", "Education", "Health", "Labour and Employment", "Law", "Business", "Enterprises",
        "Industrial Parks", "Finance", "Markets", "Real Estate", "Agriculture", "World", "ASEAN",
        "Culture", "Heritage", "Sports", "Football", "Travel", "Destinations", "Environment",
        "Climate Change", "Sci-Tech", "Digital Transformation", "Videos", "Photos", "Infographics",
        "Podcasts", "Mega Story", "Press Review", "Weather",
    ),
    headlines=(
        "Sixteen workers of a footwear maker admitted to the Party",
        "Party cell set up at foreign-invested electronics firm in industrial park",
        "Province counts 412 Party organisations in non-State enterprises",
        "How a private company's Party cell recruits young engineers",
        "Coffee exporters look to speciality beans for the new season",
        "Old quarter bakery keeps its clay oven burning for a hundred years",
        "Northern ports handle record container volume in October",
        "Cold spell to reach the northern mountains at the weekend",
        "Women's volleyball team opens training camp in the highlands",
        "City to replace 300 diesel buses with electric ones",
        "Rice farmers switch to three reductions, three gains",
        "Museum opens a room of Đông Hồ woodcuts",
        "Central bank keeps policy rates unchanged",
        "Ferry between the islands resumes after the storm",
        "Students win four medals at regional robotics contest",
        "New trail leads hikers through thousand-year-old tea trees",
    ),
    tag_words=("Party member development", "non-State enterprises", "industrial park", "Viet Nam", "economy"),
)  # fmt: skip
_VI = Words(
    home="Trang chủ", search="Tìm kiếm", login="Đăng nhập", share="Chia sẻ", copy_link="Sao chép liên kết",
    print_page="In trang", related="Tin liên quan", read_next="Xem thêm", most_read="Đọc nhiều",
    latest="Tin mới nhất", tags="Từ khóa", comment="Bình luận", comment_hint="Ý kiến của bạn",
    your_name="Họ và tên", send="Gửi", advertisement="Quảng cáo", follow="Theo dõi chúng tôi",
    newsletter="Nhận bản tin hằng ngày qua thư điện tử", source="Nguồn:", no_comment="Bình luận (0)",
    no_data="Không có dữ liệu", same_category="Cùng chuyên mục", same_author="Cùng tác giả",
    read_more="Xem tiếp", not_found="Không tìm thấy trang bạn yêu cầu.",
    menu=(
        "Chính trị", "Xây dựng Đảng", "Quốc hội", "Đối ngoại", "Quốc phòng - An ninh", "Xã hội",
        "Giáo dục", "Y tế", "Lao động - Việc làm", "Pháp luật", "Kinh tế", "Doanh nghiệp",
        "Khu công nghiệp", "Tài chính", "Thị trường", "Bất động sản", "Nông nghiệp", "Thế giới",
        "ASEAN", "Văn hóa", "Di sản", "Thể thao", "Bóng đá", "Du lịch", "Điểm đến", "Môi trường",
        "Biến đổi khí hậu", "Khoa học", "Chuyển đổi số", "Video", "Ảnh", "Infographic", "Podcast",
        "Mega Story", "Điểm báo", "Thời tiết",
    ),
    headlines=(
        "Kết nạp 16 công nhân ngành da giày vào Đảng",
        "Thành lập chi bộ trong doanh nghiệp có vốn đầu tư nước ngoài tại khu công nghiệp",
        "Toàn tỉnh có 412 tổ chức đảng trong doanh nghiệp ngoài khu vực nhà nước",
        "Chi bộ doanh nghiệp tư nhân phát triển đảng viên là kỹ sư trẻ",
        "Doanh nghiệp cà-phê tìm hướng đi mới cho niên vụ 2026-2027",
        "Lò bánh trăm năm tuổi giữa lòng phố cổ",
        "Sản lượng container qua cảng biển phía bắc đạt kỷ lục trong tháng 10",
        "Không khí lạnh tăng cường tràn về vùng núi phía bắc cuối tuần này",
        "Đội tuyển bóng chuyền nữ tập trung tại cao nguyên",
        "Thay thế 300 xe buýt chạy dầu bằng xe buýt điện",
        "Nông dân trồng lúa theo phương pháp ba giảm, ba tăng",
        "Bảo tàng mở phòng trưng bày tranh Đông Hồ",
        "Ngân hàng Nhà nước giữ nguyên các mức lãi suất điều hành",
        "Tuyến phà giữa các đảo hoạt động trở lại sau bão",
        "Học sinh Việt Nam giành bốn huy chương tại cuộc thi robot khu vực",
        "Cung đường mới qua rừng chè cổ thụ nghìn năm",
    ),
    tag_words=(
        "phát triển đảng viên", "doanh nghiệp ngoài nhà nước", "khu công nghiệp", "Việt Nam", "kinh tế",
    ),
)  # fmt: skip
_FR = Words(
    home="Accueil", search="Rechercher", login="Se connecter", share="Partager", copy_link="Copier le lien",
    print_page="Imprimer", related="Sur le même sujet", read_next="Voir plus", most_read="Les plus lus",
    latest="Dernières nouvelles", tags="Mots-clés", comment="Commentaires",
    comment_hint="Veuillez saisir votre commentaire", your_name="Votre nom", send="Envoyer",
    advertisement="Publicité", follow="Suivez-nous", newsletter="Recevoir les nouvelles par courriel",
    source="Source :", no_comment="Commentaire (0)", no_data="Aucune donnée",
    same_category="Même catégorie", same_author="Même auteur", read_more="Lire la suite",
    not_found="La page demandée est introuvable.",
    menu=(
        "Politique", "Édification du Parti", "Assemblée nationale", "Diplomatie", "Défense et sécurité",
        "Société", "Éducation", "Santé", "Emploi", "Droit", "Économie", "Entreprises",
        "Zones industrielles", "Finances", "Marchés", "Immobilier", "Agriculture", "Monde", "ASEAN",
        "Culture", "Patrimoine", "Sports", "Football", "Tourisme", "Destinations", "Environnement",
        "Changement climatique", "Sciences", "Transformation numérique", "Vidéos", "Photos",
        "Infographies", "Podcasts", "Reportages", "Revue de presse", "Météo",
    ),
    headlines=(
        "Seize ouvriers d'une usine de chaussures admis au Parti",
        "Une cellule du Parti fondée dans une entreprise à participation étrangère",
        "La province compte 412 organisations du Parti dans les entreprises non étatiques",
        "Comment la cellule du Parti d'une entreprise privée recrute de jeunes ingénieurs",
        "Les exportateurs de café misent sur les grains de spécialité",
        "Au vieux quartier, un four d'argile centenaire ne s'éteint pas",
        "Trafic record de conteneurs dans les ports du Nord en octobre",
        "Une vague de froid attendue dans les montagnes du Nord",
        "L'équipe féminine de volley-ball en stage sur les hauts plateaux",
        "La ville remplacera 300 autobus diesel par des autobus électriques",
        "Les riziculteurs adoptent trois réductions et trois augmentations",
        "Le musée ouvre une salle d'estampes de Đông Hồ",
        "La banque centrale maintient ses taux directeurs",
        "Reprise des liaisons entre les îles après la tempête",
        "Quatre médailles pour les élèves vietnamiens au concours de robotique",
        "Un nouveau sentier traverse les théiers millénaires",
    ),
    tag_words=("membres du Parti", "entreprises non étatiques", "zone industrielle", "Vietnam", "économie"),
)  # fmt: skip

WORDS = {"en": _EN, "vi": _VI, "fr": _FR}
"""By ISO 639-1."""

_MASTHEADS = {
    "vna-vi": (
        "VietnamPlus, Báo điện tử của Thông tấn xã Việt Nam. Giấy phép số 7001/GP-BTTTT cấp ngày 11/11/2011.",
        "Địa chỉ: số 0 phố Không Tên, Hà Nội. Điện thoại: (024) 0000 0000. E-mail: bbt@vietnamplus.example",
    ),
    "vna-en": (
        "VietnamPlus, Vietnam News Agency. Licence No. 7002/GP-BTTTT of November 11, 2011.",
        "Address: 0 Nameless Street, Hanoi. Tel: (024) 0000 0000. E-mail: desk@vietnamplus.example",
    ),
    "vna-fr": (
        "VietnamPlus, Agence vietnamienne d'Information. Licence n° 7003/GP-BTTTT du 11 novembre 2011.",
        "Adresse : 0, rue Sans-Nom, Hanoi. Tél. : (024) 0000 0000. Courriel : redaction@vietnamplus.example",
    ),
    "vns": (
        "Viet Nam News. Licence No. 7004/GP-BTTTT. Copyrights 2012 Viet Nam News, All rights reserved.",
        "Add: 0 Nameless Street, Ha Noi. Advertising: 84-24-00000000. Email: desk@vietnamnews.example",
    ),
    "nhandan-vi": (
        "Cơ quan Trung ương của Đảng Cộng sản Việt Nam. Giấy phép số 7005/GP-BTTTT.",
        "Tòa soạn: số 0 phố Không Tên, Hà Nội. Điện thoại: (024) 0000 0000. E-mail: toasoan@nhandan.example",
    ),
    "nhandan-en": (
        "The Central Organ of the Communist Party of Viet Nam. Licence No. 7006/GP-BTTTT.",
        "Office: 0 Nameless Street, Ha Noi. Tel: (024) 0000 0000. E-mail: online@nhandan.example",
    ),
    "vietnamvn-en": (
        "Vietnam.vn - Vietnam promotion platform. Licence No. 7007/GP-TTDT.",
        "Copyright 2026 Vietnam.vn. All rights reserved.",
    ),
    "vietnamvn-vi": (
        "Vietnam.vn - Nền tảng quảng bá Việt Nam. Giấy phép số 7007/GP-TTĐT.",
        "Bản quyền 2026 thuộc Vietnam.vn. Giữ toàn quyền.",
    ),
    "binhduong-en": (
        "Binh Duong Portal. Licence No. 7008/GP-TTDT issued by the Authority of Broadcasting.",
        "Please specify 'Binh Duong Portal' when information from this website is republished.",
    ),
    "bacninh": (
        "Cơ quan chủ quản: Ủy ban nhân dân Bắc Ninh. Giấy phép số 7009/GP-TTĐT.",
        "Ghi rõ nguồn Cổng thông tin điện tử Bắc Ninh khi phát hành lại thông tin từ website này.",
    ),
}


def masthead(outlet: Outlet) -> tuple[str, ...]:
    """The lines of the footer: publisher, an invented licence number, an address that is none."""
    return _MASTHEADS[outlet.id]


@cache
def style(outlet_id: str) -> Markup:
    """About 9 KB of inline rules."""
    rules = [f".{outlet_id}-c{n}{{width:{n % 100}%;margin:{n % 7}px auto;order:{n}}}" for n in range(120)]
    for width in (480, 768, 992, 1200):
        inner = "".join(f".col-{width}-{n}{{flex:0 0 {n * 100 // 12}%}}" for n in range(1, 13))
        rules.append(f"@media(min-width:{width}px){{{inner}}}")
    return Markup("".join(rules))  # noqa: S704  our own rules, no text from outside


@cache
def script(outlet_id: str) -> Markup:
    """About 10 KB of inline configuration, with headlines in it as real pages have."""
    outlet = OUTLETS[outlet_id]
    words = WORDS[outlet.language]
    zones = [
        {"id": n, "name": name, "url": f"/{slugify(name)}/", "ads": [f"adsWeb_{n}_{k}" for k in range(6)]}
        for n, name in enumerate(words.menu)
    ]
    trends = [{"title": title, "hits": 900 - 37 * n} for n, title in enumerate(words.headlines)]
    data = json.dumps({"site": outlet.host, "zones": zones, "trending": trends}, ensure_ascii=False)
    code = "window.dataLayer=window.dataLayer||[];function track(){dataLayer.push(arguments)}"
    return Markup(f"window.__site={data.replace('<', chr(92) + 'u003c')};{code}")  # noqa: S704  escaped above
