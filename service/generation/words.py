"""Syllables that names are made of, each in its own script and in Latin letters.

The names sound like their languages and mean nothing; no place or person is meant.
"""

from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """The syllables of one language: native and Latin, for the names of places, families and people."""

    language: str
    starts: tuple[Pair, ...]
    ends: tuple[Pair, ...]
    family: tuple[Pair, ...]
    given: tuple[Pair, ...]
    mayor: str = "Mayor"
    family_first: bool = False


def _pairs(text: str) -> tuple[Pair, ...]:
    """Read "native=latin native=latin ..."; a word alone is both."""
    return tuple((native, latin or native) for native, _, latin in (word.partition("=") for word in text.split()))


HAN = Words(
    "zh-Hant",
    _pairs(
        "高=Gao 新=Xin 臺=Tai 北=Bei 南=Nan 東=Dong 西=Xi 中=Zhong 花=Hua 金=Jin 竹=Zhu 桃=Tao 海=Hai 山=Shan 清=Qing"
        " 嘉=Jia"
    ),
    _pairs(
        "雄=xiong 北=bei 南=nan 東=dong 園=yuan 林=lin 蓮=lian 門=men 港=gang 州=zhou 江=jiang 安=an 城=cheng 河=he"
        " 義=yi 化=hua"
    ),
    _pairs("陳=Chen 林=Lin 黃=Huang 張=Chang 李=Lee 王=Wang 吳=Wu 劉=Liu 蔡=Tsai 楊=Yang 許=Hsu 鄭=Cheng"),
    _pairs("其=Chi 邁=Mai 文=Wen 哲=Che 佳=Chia 龍=Lung 美=Mei 玲=Ling 志=Chih 明=Ming 惠=Hui 君=Chun 建=Chien 國=Kuo"),
    "市長",
    family_first=True,
)
KANA = Words(
    "ja",
    _pairs(
        "山=Yama 川=Kawa 松=Matsu 長=Naga 福=Fuku 広=Hiro 横=Yoko 名=Na 大=Oo 金=Kana 熊=Kuma 青=Ao 高=Taka 宮=Miya"
    ),
    _pairs("本=moto 崎=saki 島=shima 浜=hama 岡=oka 沢=zawa 森=mori 山=yama 江=e 野=no 田=da 坂=saka 原=hara"),
    _pairs("佐藤=Sato 鈴木=Suzuki 高橋=Takahashi 田中=Tanaka 渡辺=Watanabe 伊藤=Ito 山本=Yamamoto 中村=Nakamura"),
    _pairs("健=Ken 一=ichi 美=Mi 子=ko 太=Ta 郎=ro 恵=Kei 真=Ma 由=Yu 紀=ki 直=Nao 樹=ki"),
    "市長",
    family_first=True,
)
HANGUL = Words(
    "ko",
    _pairs("서=Seo 부=Bu 대=Dae 인=In 광=Gwang 울=Ul 수=Su 창=Chang 전=Jeon 청=Cheong 포=Po 여=Yeo 춘=Chun 안=An"),
    _pairs("울=ul 산=san 구=gu 천=cheon 주=ju 원=won 항=hang 수=su 성=seong 양=yang 동=dong 남=nam"),
    _pairs("김=Kim 이=Lee 박=Park 최=Choi 정=Jung 강=Kang 조=Cho 윤=Yoon 장=Jang 임=Lim"),
    _pairs("민=Min 준=jun 서=Seo 연=yeon 지=Ji 훈=hoon 영=Young 수=su 현=Hyun 우=woo 은=Eun 경=Kyung"),
    "시장",
    family_first=True,
)
CYRILLIC = Words(
    "uk",
    _pairs(
        "Но=No Чер=Cher Кам=Kam Вин=Vyn Зоря=Zoria Біло=Bilo Рів=Riv Пол=Pol Мир=Myr Стар=Star Жов=Zhov Добро=Dobro"
    ),
    _pairs("град=hrad нівці=nivtsi піль=pil ниця=nytsia слав=slav тава=tava город=horod ськ=sk вка=vka гори=hory"),
    _pairs("Шевчу=Shevchu Коваль=Koval Бондар=Bondar Ткач=Tkach Мельни=Melny Кравчу=Kravchu Олій=Oliy Гонча=Honcha"),
    _pairs("Андр=Andr Ол=Ol ена=ena ій=iy Ігор=Ihor Ма=Ma рія=riia Окс=Oks ана=ana Тар=Tar ас=as"),
    "міський голова",
)
GREEK = Words(
    "el",
    _pairs("Θεσ=Thes Πατ=Pat Ηρα=Ira Λαρ=Lar Βολ=Vol Χαλ=Chal Καλ=Kal Ρεθ=Reth Σπαρ=Spar Δελ=Del"),
    _pairs("ίκη=iki ρα=ra κλειο=kleio ισα=isa ος=os αμάτα=amata υμνο=ymno τη=ti φοί=foi"),
    _pairs("Παπά=Papa Νικολά=Nikola Γεωργί=Georgi Δημη=Dimi Καρα=Kara Οικονό=Oikono"),
    _pairs("Γιώργ=Giorg ος=os Ελέν=Elen η=i Κώστ=Kost ας=as Μαρί=Mari α=a"),
    "Δήμαρχος",
)
ARABIC = Words(
    "ar",
    _pairs("دم=Dam بغ=Bagh مر=Mar طن=Tan فا=Fa عما=Amma جد=Jed الر=Er صف=Saf حل=Hal"),
    _pairs("شق=shaq داد=dad اكش=rakesh جة=ja س=s ن=n ة=da باط=bat اقس=aqes ب=eb"),
    _pairs("الحسن=Al-Hassan منصور=Mansour خليل=Khalil ناصر=Nasser صالح=Saleh حداد=Haddad"),
    _pairs("أح=Ah مد=mad فا=Fa طمة=tima يو=Yu سف=suf لي=Lay لى=la"),
    "رئيس البلدية",
)
LATIN: tuple[Words, ...] = (
    Words(
        "sq",
        _pairs("Prish Gja Prizr Vlo Dur Shko Mitro Kuk Peqi Sarand"),
        _pairs("tina kova eni ra rës dra vicë ës nisht ë"),
        _pairs("Rama Hoxha Krasniqi Berisha Gashi Shala Kelmendi Përmeti"),
        _pairs("Për parim Ar ben Dri ta El ira Lu mir"),
    ),
    Words(
        "en",
        _pairs("Brook Holm Spring Clear Green Ash Oak River North Wood Fair Kings"),
        _pairs("field dale ton ville haven port ford bury bridge wick mont burgh"),
        _pairs("Whitcombe Harlow Benson Marsh Fielding Ashdown Calder Thorne"),
        _pairs("Jo hanna Ed win Mar tha Al bert Ro se Ha rold"),
    ),
    Words(
        "fr",
        _pairs("Mont Saint-Au Beau Châ Vil Ro Cler Avi Gre Bé"),
        _pairs("pellier gny teau vais leurs mont gnon noble ziers ché"),
        _pairs("Lefèvre Moreau Girard Fournier Mercier Béranger"),
        _pairs("Hé lène Lu cien Ma thilde An dré Zo é"),
        "Maire",
    ),
    Words(
        "es",
        _pairs("Val Sala Cór Mála Gra Zara Alba San-Be Mon Pal"),
        _pairs("encia manca doba ga nada goza cete nito terrey mira"),
        _pairs("García Núñez Ibáñez Fuentes Salazar Peñalver"),
        _pairs("Ma ría Jo sé An drés Lu cía Íñi go"),
        "Alcalde",
    ),
    Words(
        "pl",
        _pairs("Kra Wro Gdy Łó Poz Lub Byd Tor Biało Rze"),
        _pairs("ków cław nia dź nań lin goszcz uń stok szów"),
        _pairs("Kowalska Nowak Wójcik Zieliński Szymańska Dąbrowski"),
        _pairs("Ma rek An na Pio tr Zo fia Łu kasz"),
        "Prezydent miasta",
    ),
    Words(
        "de",
        _pairs("Lud Nürn Mün Frei Karls Würz Göt Lü Bay Hei"),
        _pairs("wigsburg berg ster burg ruhe tingen beck reuth delberg stadt"),
        _pairs("Schröder Köhler Weiß Vogel Krüger Jäger"),
        _pairs("Jür gen Grä te Hei ke Wal ter Sö ren"),
        "Oberbürgermeister",
    ),
)
SCRIPTS: dict[str, Words] = {
    **dict.fromkeys(("TW", "HK", "MO", "CN", "SG"), HAN),
    "JP": KANA,
    **dict.fromkeys(("KR", "KP"), HANGUL),
    **dict.fromkeys(("UA", "BG", "RS", "MK", "BY", "KZ", "KG", "MN", "RU"), CYRILLIC),
    **dict.fromkeys(("GR", "CY"), GREEK),
    **dict.fromkeys(("EG", "MA", "DZ", "TN", "JO", "LB", "SY", "IQ", "SA", "AE", "OM", "QA", "KW"), ARABIC),
    **dict.fromkeys(("XK", "AL"), LATIN[0]),
    **dict.fromkeys(("FR", "BE", "SN", "CI", "ML", "HT"), LATIN[2]),
    **dict.fromkeys(("ES", "MX", "AR", "CO", "CL", "PE", "PY", "GT"), LATIN[3]),
    **dict.fromkeys(("PL", "CZ", "SK", "HR", "SI"), LATIN[4]),
    **dict.fromkeys(("DE", "AT", "CH"), LATIN[5]),
}
# How Latin letters are heard elsewhere, for a city's name in further languages.
TRANSLITERATIONS: dict[str, dict[int, str]] = {
    "uk": str.maketrans(dict(zip("abcdefghijklmnopqrstuvwxyz", "абцдефггійклмнопкрстуввкиз", strict=True))),
    "el": str.maketrans(dict(zip("abcdefghijklmnopqrstuvwxyz", "αβκδεφγχιικλμνοπκρστυββξυζ", strict=True))),
}
AREAS = [
    "Smart city",
    "Smart healthcare",
    "Education",
    "Culture",
    "Tourism",
    "Trade",
    "Investment",
    "Public transport",
    "Green energy",
    "Waste management",
    "Water supply",
    "Urban planning",
    "Disaster prevention",
    "Public health",
    "Sports",
    "Youth exchange",
    "Language teaching",
    "Digital government",
    "Cybersecurity",
    "Startups",
    "Innovation",
    "Agriculture",
    "Fisheries",
    "Ports",
    "Aviation",
    "Film",
    "Music",
    "Museums",
    "Heritage",
    "Gender equality",
    "Ageing society",
    "Social housing",
    "Air quality",
    "Climate adaptation",
    "Cycling",
    "Food safety",
    "Libraries",
    "Science parks",
]
