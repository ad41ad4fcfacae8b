"""People as they might call from the two pilot provinces. All are invented."""

import random
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class People:
    """One of the peoples of the region, with how its names are made."""

    code: str
    """As the General Statistics Office numbers them."""
    languages: tuple[str, ...]
    """ISO 639-3, the likely one first."""
    families: tuple[str, ...]
    women: tuple[str, ...]
    men: tuple[str, ...]


_KINH = People(
    "01",
    ("vie",),
    ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đỗ", "Bùi", "Ngô"),
    ("Thị Hương", "Thị Lan", "Thị Ngọc Mai", "Thu Hà", "Thị Thắm", "Thị Bích Liên"),
    ("Văn Hùng", "Đức Thắng", "Văn Quyết", "Minh Tuấn", "Văn Đông", "Xuân Trường"),
)
_THAI = People(
    "03",
    ("blt", "vie"),
    ("Lò", "Cà", "Quàng", "Tòng", "Lường", "Vì", "Cầm", "Điêu"),
    ("Thị Hặc", "Thị Pâng", "Thị Xuân", "Thị Thoa", "Thị Inh", "Thị Phóng"),
    ("Văn Ún", "Văn Pản", "Văn Thiêm", "Văn Hặc", "Văn Dọn", "Văn Biên"),
)
_MONG = People(
    "08",
    ("hmn", "vie"),
    ("Giàng", "Vàng", "Sùng", "Thào", "Mùa", "Hạng", "Lầu", "Vừ", "Ly"),
    ("Thị Mỷ", "Thị Dợ", "Thị Sua", "Thị Chu", "Thị Say", "Thị Pàng"),
    ("A Páo", "A Dơ", "A Tủa", "A Chứ", "A Sình", "A Lử", "Seo Phừ"),
)
_DAO = People(
    "09",
    ("ium", "vie"),
    ("Triệu", "Bàn", "Đặng", "Phùng", "Chảo", "Tẩn", "Lý"),
    ("Tả Mẩy", "Mùi Phấy", "Sử Mẩy", "Lở Mẩy", "Thị Mùi"),
    ("Láo Tả", "Tòn Phủ", "Phù Quẩy", "Văn Kim", "Duần Phin"),
)
_TAY = People(
    "02",
    ("vie", "tyz"),
    ("Hoàng", "Nông", "Lương", "Ma", "Hứa", "Hà"),
    ("Thị Nhình", "Thị Bền", "Thị Thơm", "Thị Đào"),
    ("Văn Chiến", "Văn Bế", "Đình Khoa", "Văn Lưu"),
)
_NUNG = People("07", ("vie",), ("Nông", "Vi", "Lù", "Vàng"), ("Thị Sến", "Thị Chấn"), ("Văn Phóng", "Sín Dìn"))
_KHO_MU = People("29", ("vie",), ("Quàng", "Lò", "Lường"), ("Thị Óng", "Thị Mai"), ("Văn Nghĩa", "Văn Tân"))

_BY_PROVINCE: Mapping[str, tuple[tuple[People, int], ...]] = {
    "11": ((_THAI, 38), (_MONG, 36), (_KINH, 19), (_KHO_MU, 4), (_DAO, 3)),
    "15": ((_KINH, 30), (_MONG, 24), (_TAY, 20), (_DAO, 15), (_NUNG, 6), (_THAI, 5)),
}
_MOBILE = ("032", "035", "036", "037", "038", "039", "086", "096", "097", "098", "091", "094", "088", "081")
_LANDLINE = {"11": "0215", "15": "0214"}


@dataclass(frozen=True)
class Somebody:
    """Who one person of the morning is."""

    name: str
    province: str
    woman: bool
    people: People
    language: str
    phone: str


def somebody(chance: random.Random, province: str, *, landline: bool) -> Somebody:
    """One person of a province."""
    kinds, weights = zip(*_BY_PROVINCE[province], strict=True)
    people: People = chance.choices(kinds, weights)[0]
    woman = chance.random() < 0.6  # noqa: PLR2004 - more women than men call, in this story
    name = f"{chance.choice(people.families)} {chance.choice(people.women if woman else people.men)}"
    first = len(people.languages) == 1 or chance.random() < 0.55  # noqa: PLR2004 - many speak Vietnamese as well
    language = people.languages[0 if first else 1]
    phone = a_landline(chance, province) if landline else a_mobile(chance)
    return Somebody(name, province, woman, people, language, phone)


def a_mobile(chance: random.Random) -> str:
    """A number as people say it, with the leading zero."""
    return f"{chance.choice(_MOBILE)}{chance.randrange(10**7):07d}"


def a_landline(chance: random.Random, province: str) -> str:
    """A number of the province's telephone exchange."""
    return f"{_LANDLINE[province]}38{chance.randrange(10**5):05d}"
