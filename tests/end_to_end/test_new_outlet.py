"""An eleventh outlet takes one TOML file (and one recording, which tests/crawler reads): no Python."""

import json
from pathlib import Path

import trustme
from house import SETTINGS, House
from loopback import FEED, HOST, Answer, Outlet, feed

DECLARATION = """\
# An invented outlet.
name = "Báo Mẫu"
home = "https://baomau.example/"
family = "zce"
languages = ["vi"]
article = '-post(?P<id>\\d+)\\.html$'
[[listing]]
kind = "feed"
url = "https://baomau.example/rss/home.rss"
"""
PAGE = """\
<html lang="vi"><head><title>Báo Mẫu</title></head><body><h1 class="article__title">{title}</h1>
<time datetime="2026-11-21T08:00:00+0700">21/11/2026</time>
<div class="article__sapo">Đảng bộ khu công nghiệp kết nạp đảng viên mới là công nhân.</div>
<div class="article__body cms-body">
<p>Sáng nay, Đảng bộ các khu công nghiệp tỉnh tổ chức lễ kết nạp 12 đảng viên mới là công nhân đang làm việc
tại các doanh nghiệp ngoài khu vực nhà nước trên địa bàn.</p>
<p>Từ đầu năm đến nay, Đảng bộ đã thành lập 3 tổ chức đảng trong doanh nghiệp tư nhân và kết nạp 57 đảng
viên.</p>
</div></body></html>
"""


def test_one_file_adds_an_outlet(tmp_path: Path) -> None:
    (tmp_path / "my-sources").mkdir()
    (tmp_path / "my-sources" / "baomau.toml").write_text(DECLARATION, encoding="utf-8")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    outlet = Outlet(authority, [HOST])
    outlet.answers = {
        FEED: Answer(body=feed("/a-post1.html"), headers={"Content-Type": "application/rss+xml"}),
        "/a-post1.html": Answer(body=PAGE.format(title="Kết nạp 12 đảng viên là công nhân").encode()),
    }
    (tmp_path / "settings.toml").write_text(
        SETTINGS.format(
            delay_scale=0.01,
            lookback_days=3,
            disabled="[]",
            sources_folder="my-sources",
            connect_to=json.dumps([f"{HOST}:443:127.0.0.1:{outlet.port}"]),
            ca_file="ca.pem",
        ),
        encoding="utf-8",
    )
    house = House(tmp_path)
    done = house.diembao("crawl", "baomau")
    outlet.close()
    assert done.returncode == 0, done.stdout + done.stderr
    entries = house.digest()["entries"]
    assert [article["title"] for article in entries[0]["articles"]] == ["Kết nạp 12 đảng viên là công nhân"]
    assert entries[0]["grade"] == 2
