"""Write the three demo data sets (poi_pairs, poi_categories, intents) as CSV files."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

SEED = 20240611
DATA = Path(__file__).resolve().parent
SPLITS = (("train", 0.70), ("validation", 0.15), ("test", 0.15))
LANGUAGES = ("en", "zh")
Bilingual = tuple[str, str]
Names = dict[str, tuple[str, ...]]


def lines(block: str) -> tuple[str, ...]:
    """Return the non-empty lines of a block of text."""
    return tuple(line.strip() for line in block.strip().splitlines())


def listed(block: str) -> tuple[str, ...]:
    """Return the comma-separated items of a block of text."""
    return tuple(item.strip() for item in block.split(","))


def bilingual(block: str) -> tuple[Bilingual, ...]:
    """Return the rows of a block of two columns parted by a bar."""
    rows = (line.partition("|") for line in lines(block))
    return tuple((left.strip(), right.strip()) for left, _, right in rows)


def shuffled(items: Sequence[str], rng: random.Random) -> list[str]:
    """Return the items in random order."""
    return rng.sample(items, len(items))


def chance_of(rng: random.Random, chance: float) -> bool:
    """Return true with the given chance."""
    return rng.random() < chance


def trilingual(block: str) -> tuple[tuple[str, str, str], ...]:
    """Return the rows of a block of three columns: Chinese, pinyin and English."""
    rows = []
    for line in lines(block):
        zh, pinyin, en = (cell.strip() for cell in line.split("|"))
        rows.append((zh, pinyin, en))
    return tuple(rows)


# --------------------------------------------------------------------------
# Cities, streets and phone ranges
# --------------------------------------------------------------------------


@dataclass(frozen=True)
class City:
    """A city with its districts and a phone range that is not given to subscribers."""

    en: str
    zh: str
    country: str
    districts: tuple[Bilingual, ...]
    phone_codes: tuple[str, ...]
    post_code: str = ""


def cities(block: str) -> tuple[City, ...]:
    """Return the cities written in a block, one per line, fields parted by bars."""
    found = []
    for line in lines(block):
        en, zh, country, districts, districts_zh, codes, post_code = (
            cell.strip() for cell in line.split("|")
        )
        chinese = listed(districts_zh) if zh else ("",) * len(listed(districts))
        pairs = tuple(zip(listed(districts), chinese, strict=True))
        found.append(City(en, zh, country, pairs, listed(codes), post_code))
    return tuple(found)


CITIES = cities(
    """
    Leeds |  | uk | Headingley, Holbeck, Hunslet, Chapel Allerton |  | 0113 496 | LS
    Bristol |  | uk | Clifton, Bedminster, Redland, Southville |  | 0117 496 | BS
    Manchester |  | uk | Ancoats, Didsbury, Castlefield, Chorlton |  | 0161 496 | M
    Edinburgh |  | uk | Leith, Marchmont, Morningside, Stockbridge |  | 0131 496 | EH
    Glasgow |  | uk | Partick, Dennistoun, Shawlands, Finnieston |  | 0141 496 | G
    Melbourne |  | au | Fitzroy, Carlton, Brunswick, Footscray |  | 03 7010, 03 5550 | VIC 30
    Brisbane |  | au | West End, Newstead, Paddington, Milton |  | 07 7010, 07 5550 | QLD 40
    Portland |  | us | Sellwood, Kenton, Hawthorne, St. Johns |  | 503 555, 971 555 | OR 972
    Austin |  | us | Hyde Park, Mueller, Zilker, Clarksville |  | 512 555, 737 555 | TX 787
    Toronto |  | ca | Leslieville, Parkdale, Swansea, the Junction |  | 416 555, 647 555 | ON M
    Hangzhou | 杭州 | cn | Xihu, Binjiang, Gongshu, Yuhang | 西湖, 滨江, 拱墅, 余杭 | 0571 | 浙江
    Chengdu | 成都 | cn | Jinjiang, Wuhou, Qingyang, Jinniu | 锦江, 武侯, 青羊, 金牛 | 028 | 四川
    Shenzhen | 深圳 | cn | Nanshan, Futian, Luohu, Bao'an | 南山, 福田, 罗湖, 宝安 | 0755 | 广东
    Nanjing | 南京 | cn | Gulou, Xuanwu, Jianye, Jiangning | 鼓楼, 玄武, 建邺, 江宁 | 025 | 江苏
    Wuhan | 武汉 | cn | Jianghan, Wuchang, Hongshan, Hanyang | 江汉, 武昌, 洪山, 汉阳 | 027 | 湖北
    Suzhou | 苏州 | cn | Gusu, Wuzhong, Xiangcheng, Huqiu | 姑苏, 吴中, 相城, 虎丘 | 0512 | 江苏
    Xi'an | 西安 | cn | Yanta, Beilin, Lianhu, Weiyang | 雁塔, 碑林, 莲湖, 未央 | 029 | 陕西
    Qingdao | 青岛 | cn | Shinan, Shibei, Laoshan, Licang | 市南, 市北, 崂山, 李沧 | 0532 | 山东
    Changsha | 长沙 | cn | Yuelu, Furong, Yuhua, Kaifu | 岳麓, 芙蓉, 雨花, 开福 | 0731 | 湖南
    """
)
WEST = tuple(city for city in CITIES if city.country != "cn")
CHINA = tuple(city for city in CITIES if city.country == "cn")
CURRENCY = {"uk": "£", "au": "$", "us": "$", "ca": "$", "cn": "¥"}

STREET_STEMS = listed(
    """
    Alder, Arkwright, Barley, Beacon, Bellfield, Canal, Chandler, Cloth Hall, Cooper, Cross Keys,
    Dyer, Ferry, Foundry, Gasworks, Glasshouse, Granary, Hawthorn, Ironmonger, Kiln, Lantern,
    Larch, Lower Wharf, Mill, Millrace, Nettle, Orchard, Plover, Potter, Priory, Quarry, Ropewalk,
    Saddler, Salter, Signal, Spindle, Station, Swan, Tanner, Tenter, Tollhouse, Upper Mill,
    Viaduct, Weaver, Wharfside, Windmill
    """
)
STREET_TYPES = ("Street", "Street", "Road", "Road", "Lane", "Avenue", "Row", "Terrace")
ABBREVIATIONS = {
    "Street": "St",
    "Road": "Rd",
    "Lane": "Ln",
    "Avenue": "Ave",
    "Terrace": "Tce",
    "Centre": "Ctr",
    "Building": "Bldg",
    "Restaurant": "Rest.",
    "Hospital": "Hosp.",
    "Shopping Centre": "S.C.",
    "University": "Univ.",
    "Department": "Dept",
}
CHINESE_STREETS = bilingual(
    """
    文渊路 | Wenyuan Road
    青溪街 | Qingxi Street
    松涛路 | Songtao Road
    望湖路 | Wanghu Road
    丰登街 | Fengdeng Street
    石桥巷 | Shiqiao Lane
    明德路 | Mingde Road
    桂园路 | Guiyuan Road
    学府街 | Xuefu Street
    长乐路 | Changle Road
    东湾大道 | Dongwan Avenue
    宝塔街 | Baota Street
    临江路 | Linjiang Road
    花圃路 | Huapu Road
    银河路 | Yinhe Road
    兴业路 | Xingye Road
    科苑路 | Keyuan Road
    南园街 | Nanyuan Street
    北苑路 | Beiyuan Road
    春晖路 | Chunhui Road
    新塘路 | Xintang Road
    书院街 | Shuyuan Street
    莲池路 | Lianchi Road
    金穗路 | Jinsui Road
    创智路 | Chuangzhi Road
    云台路 | Yuntai Road
    柳荫街 | Liuyin Street
    永福巷 | Yongfu Lane
    育才路 | Yucai Road
    凤凰大道 | Fenghuang Avenue
    锦绣路 | Jinxiu Road
    滨河路 | Binhe Road
    江晖路 | Jianghui Road
    竹园路 | Zhuyuan Road
    星光大道 | Xingguang Avenue
    建设二路 | Jianshe 2nd Road
    朝晖街 | Zhaohui Street
    人民东路 | Renmin East Road
    中兴路 | Zhongxing Road
    镜湖路 | Jinghu Road
    """
)

# --------------------------------------------------------------------------
# Names
# --------------------------------------------------------------------------

FIRST_WORDS = listed(
    """
    Amber, Bramble, Cinder, Clover, Cobalt, Copper, Crooked, Fennel, Gilt, Hazel, Hollow, Ivory,
    Juniper, Lantern, Linden, Maple, Marble, Otter, Paper, Pepper, Plum, Quiet, Rook, Saffron,
    Salt, Slate, Thistle, Tin, Velvet, Willow
    """
)
SECOND_WORDS = listed(
    """
    Acorn, Anchor, Anvil, Barrow, Bell, Cellar, Compass, Fig, Finch, Fox, Hare, Heron, Kettle,
    Ladle, Lark, Loom, Moth, Oven, Pear, Quill, Spoon, Table, Teapot, Wagon, Wren
    """
)
SURNAMES = listed(
    """
    Achterberg, Adeyemi, Bhandari, Brannigan, Castellan, Delgado, Farrow, Ferreira, Haddad,
    Ivarsson, Kowal, Lindqvist, Marlow, Mulvaney, Nakagawa, Okonjo, Osei, Pettigrew, Rosario,
    Sorensen, Tran, Vasquez, Whitcombe, Yildiz
    """
)
TOPONYMS = listed(
    """
    Alderbrook, Ashfold, Beckside, Brackenhurst, Calderby, Dunmarsh, Eastholme, Elverton,
    Fairmere, Garrowby, Hazelrigg, Holmwick, Inglemere, Kestrel, Larchfield, Lowmarsh, Marrick,
    Merrivane, Oakhanger, Penhallow, Pennard, Quennell, Ravensmoor, Rushbourne, Silverdyke,
    Stanmoor, Thornleigh, Tolgarth, Underhay, Vennwood, Wexcombe, Whinfold, Yarrow
    """
)
CHAIN_NAMES = listed(
    """
    Brewell, Kilo & Stone, Loafer, Papergate, Pillwort, Snipwell, Sudsy, Tessera, Verbena,
    Noodlerie, Olivine, Brightcup, Postbright, Quickfold, Roundabout, Tallybean, Umberly,
    Wickerby, Zestwell, Halfpint, Greenladder, Bluepeg, Mothwing
    """
)
CHINESE_STEMS = trilingual(
    """
    南枝 | Nanzhi | South Branch
    青禾 | Qinghe | Green Grain
    望潮 | Wangchao | Tidewatch
    归雁 | Guiyan | Homing Goose
    晴湾 | Qingwan | Clear Bay
    野渡 | Yedu | Wild Ferry
    石榴 | Shiliu | Pomegranate
    老槐 | Laohuai | Old Locust
    半亩 | Banmu | Half Acre
    渔灯 | Yudeng | Fisher's Lamp
    小满 | Xiaoman | Grain Buds
    松间 | Songjian | Among Pines
    竹影 | Zhuying | Bamboo Shade
    云杉 | Yunshan | Spruce
    麦浪 | Mailang | Wheat Wave
    青瓷 | Qingci | Celadon
    拾味 | Shiwei | Gathered Flavour
    桂雨 | Guiyu | Osmanthus Rain
    银杏 | Yinxing | Ginkgo
    芦花 | Luhua | Reed Flower
    鹤汀 | Heting | Crane Shoal
    远帆 | Yuanfan | Far Sail
    墨竹 | Mozhu | Ink Bamboo
    梅坞 | Meiwu | Plum Hollow
    听泉 | Tingquan | Listening Spring
    橙屋 | Chengwu | Orange House
    双桥 | Shuangqiao | Twin Bridge
    红蓼 | Hongliao | Red Knotweed
    山雀 | Shanque | Titmouse
    蓝鲸 | Lanjing | Blue Whale
    暖阳 | Nuanyang | Warm Sun
    星野 | Xingye | Starfield
    谷雨 | Guyu | Grain Rain
    白荻 | Baidi | White Reed
    木禾 | Muhe | Wood & Grain
    临溪 | Linxi | Brookside
    映月 | Yingyue | Moonlit
    枫岸 | Feng'an | Maple Bank
    海棠 | Haitang | Crabapple
    紫藤 | Ziteng | Wisteria
    稻田 | Daotian | Paddy
    春台 | Chuntai | Spring Terrace
    雁回 | Yanhui | Goose Return
    石语 | Shiyu | Stone Talk
    凌波 | Lingbo | Rippling
    千帆 | Qianfan | Thousand Sails
    禾木 | Hemu | Grainwood
    """
)
NAME_TAILS = (("里", "li"), ("居", "ju"), ("阁", "ge"), ("轩", "xuan"))
HOUSEHOLD_STEMS = trilingual(
    """
    沈三娘 | Shen Sanniang | Madam Shen's
    老周家 | Lao Zhou Jia | Old Zhou's
    胖叔 | Pang Shu | Uncle Pang's
    阿婆灶 | Apo Zao | Granny's Stove
    巷口李 | Xiangkou Li | Alley Corner Li's
    秦嫂 | Qin Sao | Sister Qin's
    渡口阿明 | Dukou A'ming | Ah Ming's Ferry
    陆小二 | Lu Xiao'er | Lu the Waiter's
    刘家院子 | Liu Jia Yuanzi | Liu Family Yard
    """
)
CHINESE_PEOPLE = bilingual(
    """
    Shen | 沈
    Lu | 陆
    Qin | 秦
    Fang | 方
    Xu | 徐
    Hou | 侯
    Tang | 唐
    Pan | 潘
    Gu | 顾
    Yan | 严
    """
)


@dataclass(frozen=True)
class PlaceType:
    """A sort of place: how its name ends, its common noun, and its Chinese measure word."""

    suffix: str
    noun: str
    suffix_zh: str = ""
    noun_zh: str = ""
    measure: str = "家"


def place_types(block: str) -> tuple[PlaceType, ...]:
    """Return the sorts of place written in a block, one per line, fields parted by bars."""
    return tuple(PlaceType(*(cell.strip() for cell in line.split("|"))) for line in lines(block))


WEST_TYPES: dict[str, tuple[PlaceType, ...]] = {
    "restaurant": place_types(
        """
        Noodle Bar | noodle bar
        Kitchen | neighbourhood restaurant
        Grill | grill
        Bistro | bistro
        Curry House | curry house
        Fish Bar | fish and chip shop
        Brasserie | brasserie
        Dumpling House | dumpling restaurant
        Canteen | lunch place
        Smokehouse | barbecue restaurant
        Taqueria | taco place
        Tea Room | tea room
        Trattoria | Italian restaurant
        Café | café
        """
    ),
    "hotel": place_types(
        """
        Hotel | hotel
        Inn | inn
        Lodge | small hotel
        Guest House | guest house
        Suites | apartment hotel
        House Hotel | hotel
        Hostel | hostel
        """
    ),
    "clinic": place_types(
        """
        Dental Practice | dentist
        Medical Centre | medical centre
        Physiotherapy | physio clinic
        Eye Clinic | eye clinic
        Family Practice | GP surgery
        Skin Clinic | skin clinic
        Children's Clinic | children's clinic
        Walk-in Clinic | walk-in clinic
        Vets | vet
        Foot Clinic | podiatrist
        """
    ),
    "shop": place_types(
        """
        Coffee | coffee shop
        Pharmacy | pharmacy
        Gym | gym
        Books | bookshop
        Barbers | barber shop
        Bakery | bakery
        Laundry | laundrette
        Opticians | optician
        Cycles | bike shop
        Foods | grocery
        Hardware | hardware shop
        Florist | florist
        """
    ),
    "mall": place_types(
        """
        Shopping Centre | shopping centre
        Mall | shopping mall
        Galleria | mall
        Arcade | shopping arcade
        Quarter | shopping mall
        """
    ),
    "tower": place_types(
        """
        House | office building
        Tower | office tower
        Business Centre | office building
        Plaza | office tower
        Court | office building
        Point | office tower
        Building | office building
        """
    ),
    "school": place_types(
        """
        Primary School | primary school
        High School | secondary school
        College | college
        University | university
        Academy | school
        Grammar School | secondary school
        """
    ),
    "hospital": place_types(
        """
        General Hospital | hospital
        Hospital | hospital
        Infirmary | hospital
        Children's Hospital | children's hospital
        Maternity Hospital | maternity hospital
        """
    ),
    "industrial": place_types(
        """
        Industrial Estate | industrial estate
        Industrial Park | industrial park
        Trade Park | trade and industrial park
        Works | industrial park
        Technology Park | industrial park for electronics firms
        """
    ),
    "parking": place_types(
        """
        Car Park | car park
        Multi-Storey | multi-storey car park
        Park and Ride | park-and-ride car park
        Parking | pay car park
        """
    ),
}
CHINA_TYPES: dict[str, tuple[PlaceType, ...]] = {
    "restaurant": place_types(
        """
        Noodle House | noodle shop | 面馆 | 面馆
        Bistro | restaurant | 小馆 | 餐馆
        Hotpot | hotpot restaurant | 火锅 | 火锅店
        Dumplings | dumpling restaurant | 饺子馆 | 饺子馆
        Grilled Fish | grilled fish restaurant | 烤鱼 | 烤鱼店
        Restaurant | banquet restaurant | 酒楼 | 酒楼
        Private Kitchen | private kitchen | 私房菜 | 私房菜馆
        Congee | congee place | 粥铺 | 粥店
        Barbecue | skewer place | 烧烤 | 烧烤店
        Tea House | tea house | 茶馆 | 茶馆
        """
    ),
    "hotel": place_types(
        """
        Hotel | hotel | 酒店 | 酒店
        Guesthouse | guesthouse | 宾馆 | 宾馆
        Inn | inn | 客栈 | 客栈
        Homestay | homestay | 民宿 | 民宿
        Serviced Apartments | apartment hotel | 酒店公寓 | 酒店式公寓
        Youth Hostel | hostel | 青年旅舍 | 青旅
        """
    ),
    "clinic": place_types(
        """
        Dental Clinic | dentist | 口腔门诊部 | 牙科诊所
        Chinese Medicine Clinic | Chinese medicine clinic | 中医馆 | 中医馆
        Eye Clinic | eye clinic | 眼科诊所 | 眼科诊所
        Children's Clinic | children's clinic | 儿科诊所 | 儿科诊所
        Community Health Centre | health centre | 社区卫生服务中心 | 社区医院
        Pet Clinic | vet | 宠物诊所 | 宠物诊所
        Rehab Centre | rehab clinic | 康复中心 | 康复门诊
        Health Check Centre | check-up clinic | 体检中心 | 体检机构
        """
    ),
    "shop": place_types(
        """
        Coffee | coffee shop | 咖啡 | 咖啡店
        Pharmacy | pharmacy | 大药房 | 药店
        Convenience | convenience store | 便利店 | 便利店
        Fitness | gym | 健身 | 健身房
        Bakery | bakery | 烘焙 | 面包店
        Bookshop | bookshop | 书店 | 书店
        Laundry | laundry | 洗衣 | 洗衣店
        Milk Tea | milk tea shop | 奶茶 | 奶茶店
        Optical | optician | 眼镜 | 眼镜店
        Fruit | fruit shop | 水果 | 水果店
        Flowers | florist | 花坊 | 花店
        """
    ),
    "mall": place_types(
        """
        Shopping Centre | shopping mall | 购物中心 | 商场 | 座
        Plaza Mall | shopping mall | 购物广场 | 商场 | 座
        Department Store | department store | 百货 | 百货商场 | 座
        Mall | shopping mall | 商城 | 商场 | 座
        """
    ),
    "tower": place_types(
        """
        Tower | office tower | 大厦 | 写字楼 | 栋
        International Building | office building | 国际大厦 | 写字楼 | 栋
        Business Building | office building | 商务楼 | 办公楼 | 栋
        Finance Tower | office tower | 金融大厦 | 写字楼 | 栋
        Centre Building | office building | 中心大楼 | 办公楼 | 栋
        """
    ),
    "school": place_types(
        """
        Primary School | primary school | 小学 | 小学 | 所
        Middle School | middle school | 中学 | 中学 | 所
        Experimental School | school | 实验学校 | 学校 | 所
        Vocational College | vocational college | 职业技术学院 | 职业学院 | 所
        University | university | 大学 | 大学 | 所
        Foreign Language School | school | 外国语学校 | 学校 | 所
        """
    ),
    "hospital": place_types(
        """
        Hospital | hospital | 医院 | 医院
        People's Hospital | hospital | 人民医院 | 综合医院
        Women and Children's Hospital | maternity and children's hospital | 妇幼保健院 | 妇幼医院
        Hospital of Chinese Medicine | Chinese medicine hospital | 中医院 | 中医院
        """
    ),
    "industrial": place_types(
        """
        Industrial Park | industrial park | 工业园 | 工业园区 | 个
        Technology Park | industrial park | 科技产业园 | 产业园 | 个
        Logistics Park | logistics and industrial park | 物流产业园 | 物流产业园 | 个
        Manufacturing Park | industrial park | 智造产业园 | 产业园 | 个
        """
    ),
    "parking": place_types(
        """
        Car Park | car park | 停车场 | 停车场 | 个
        Parking Building | multi-storey car park | 停车楼 | 立体停车楼 | 个
        Public Parking | public car park | 公共停车场 | 公共停车场 | 个
        """
    ),
}

# --------------------------------------------------------------------------
# Remarks about a place, as (English, Chinese)
# --------------------------------------------------------------------------

NOTES: dict[str, tuple[Bilingual, ...]] = {
    "restaurant": bilingual(
        """
        seats about {small} | 约{small}个座位
        queue outside most Fridays | 周五晚上基本要排队
        bring your own wine | 可自带酒水
        last orders half an hour before closing | 打烊前半小时停止点单
        dogs allowed on the terrace | 露台可以带狗
        red awning | 门头是红色雨棚
        way in is round the back | 入口在后面小巷
        two private rooms | 有两个包间
        lunch set {price} | 午市套餐{price_zh}
        no bookings for fewer than four | 四人以下不接受预订
        takeaway from the side hatch | 侧面窗口可外带
        the owner speaks Cantonese | 老板会讲粤语
        vegetarian menu on request | 可做素食
        has high chairs | 有儿童餐椅
        green tiles round the door | 门框贴着绿瓷砖
        ramp at the side door | 侧门有坡道
        only counter seats at lunch | 中午只有吧台位
        next to the launderette | 洗衣店隔壁
        opposite the post office | 邮局对面
        they add 10% for groups | 多人聚餐收一成服务费
        chalkboard menu, changes weekly | 黑板菜单，每周换
        ask for {person} if the door is locked | 门锁着就找{person_zh}老板
        """
    ),
    "hotel": bilingual(
        """
        {rooms} rooms | 共{rooms}间客房
        breakfast from 6:30 | 早餐6:30开始
        late check-in by arrangement | 晚到请提前联系
        no lift to the top floor | 顶层不通电梯
        back rooms are quieter | 靠后的房间安静些
        free bikes for guests | 住客可免费借自行车
        check-in from 3 pm | 下午3点后办理入住
        small gym on the roof | 楼顶有个小健身房
        guest laundry in the basement | 地下室有自助洗衣
        pets by request | 带宠物要提前说
        airport shuttle twice a day | 每天两班机场接驳
        nobody at the desk after midnight | 零点后前台没人
        renovated in {later} | {later}年翻新过
        rooms facing {cross} are noisy | 临{cross_zh}的房间有点吵
        family rooms sleep four | 家庭房可住四人
        towels cost extra | 毛巾另收费
        manager: {person} | 店长姓{person_zh}
        """
    ),
    "clinic": bilingual(
        """
        by appointment | 需提前预约
        walk-ins before 11 | 11点前可以直接来
        ask for Dr {person} | 可挂{person_zh}医生的号
        second door past the chemist | 过了药店第二个门
        X-ray on site | 可以现场拍片
        ring the lower bell | 按下面那个门铃
        shut on public holidays | 法定节假日休息
        lift at the rear | 电梯在后面
        sign in at the kiosk | 先在自助机签到
        {few} consulting rooms | {few}间诊室
        leave prams in the porch | 婴儿车放在门廊
        interpreter on request | 可预约翻译
        takes most insurance | 支持多数商业保险
        evening slots on Tuesdays | 周二有晚间号
        stairs only from the {cross} side | {cross_zh}一侧只有楼梯
        new patients welcome | 接收新患者
        """
    ),
    "shop": bilingual(
        """
        student discount | 学生有折扣
        collect orders at the till | 网上订单在收银台取
        blue shutters | 蓝色卷帘门
        by the bus stop | 公交站旁边
        cards only | 不收现金
        loading bay behind | 后面可以卸货
        deliveries arrive on Wednesdays | 每周三到货
        smaller than it looks | 店面不大
        mezzanine opened last spring | 去年春天加了夹层
        ask the counter for {person} | 有事找{person_zh}店长
        parcel pick-up inside | 店里可以取快递
        corner unit | 转角铺位
        loyalty stamps accepted | 可以集章
        step at the door | 门口有台阶
        gets busy after five | 五点以后人多
        sign is hard to see from {cross} | 从{cross_zh}过来不太看得到招牌
        """
    ),
    "mall": bilingual(
        """
        {shops} shops over {levels} levels | {levels}层共{shops}家店铺
        atrium with a glass lift | 中庭有观光电梯
        ice rink in winter | 冬天有冰场
        customer desk on the ground floor | 一楼有服务台
        free wifi, patchy | 有免费WiFi，信号一般
        toilets by the west escalator | 西侧扶梯旁有洗手间
        metro exit C comes up in the basement | 地铁C口直通负一层
        late shopping on Thursdays | 周四延长营业
        management office on the top level | 物业办公室在顶层
        play area for toddlers | 有儿童游乐区
        the main tenant is a supermarket | 主力店是超市
        wheelchairs to borrow at the desk | 服务台可借轮椅
        opened in {year} | {year}年开业
        doors on {cross} shut at nine | {cross_zh}一侧的门九点关
        """
    ),
    "tower": bilingual(
        """
        {tall} floors | 共{tall}层
        lobby faces {cross} | 大堂朝{cross_zh}
        visitors sign in at the turnstiles | 访客登记后过闸机
        goods lift at the rear | 货梯在后面
        lobby redone last year | 大堂去年刚翻新
        completed in {year} | {year}年建成
        post room in the basement | 收发室在地下一层
        letting office on the 2nd floor | 2楼是招租处
        bike store for tenants | 租户有自行车库
        guard on duty all night | 保安24小时值班
        glass front, hard to miss | 玻璃外墙，很好认
        reception goes home at seven | 前台晚七点下班
        two banks of lifts | 有两组电梯
        managing agent: {person} | 物业经理姓{person_zh}
        """
    ),
    "parking": bilingual(
        """
        {spaces} spaces | {spaces}个车位
        height limit {height} m | 限高{height}米
        {rate} an hour | {rate_zh}/小时
        drive in from {cross} | 车辆从{cross_zh}进
        {few} EV bays | {few}个充电车位
        number plate camera, no ticket | 车牌识别，不用取卡
        exit barrier is slow | 出口抬杆慢
        first 30 minutes free | 前30分钟免费
        season tickets sold | 可办月卡
        no lorries | 货车禁入
        pay at the machine by the lift | 在电梯旁的机器缴费
        wide bays near the lift | 电梯口有宽车位
        """
    ),
    "gate": bilingual(
        """
        taxis may drop off here | 出租车可以在这儿落客
        barrier down after 22:00 | 22点后落杆
        guard hut on the left | 左手边有岗亭
        press the intercom | 按对讲机叫门
        closest way in from the bus stop | 离公交站最近的入口
        badge needed at weekends | 周末要刷卡
        opens on to {cross} | 正对{cross_zh}
        couriers wait outside | 快递在门外等
        """
    ),
    "wing": bilingual(
        """
        its own lobby | 有独立大堂
        {low} floors | 共{low}层
        separate lifts | 电梯单独
        enter from {cross} | 从{cross_zh}进
        footbridge to the main block | 有连廊通主楼
        mostly start-ups | 多是创业公司
        its own reception on 2 | 前台在2楼
        keypad door after six | 六点后要按密码
        """
    ),
    "school": bilingual(
        """
        about {pupils} students | 约{pupils}名学生
        reception through the blue gate | 蓝色大门进去是传达室
        shut outside term | 寒暑假不开放
        visitors sign in | 访客需登记
        library open to residents at weekends | 周末图书馆对居民开放
        sports hall behind | 后面是体育馆
        no stopping outside 8:15-9:00 | 8:15到9:00门口禁停
        founded in {year} | {year}年建校
        buses stop on {cross} | 校车停在{cross_zh}
        admissions office by the bike racks | 招生办在自行车棚旁
        principal: {person} | 校长姓{person_zh}
        evening classes on Tuesdays | 周二有夜校课程
        """
    ),
    "hospital": bilingual(
        """
        A&E is round the side | 急诊在侧面
        {beds} beds | {beds}张床位
        outpatients on the 2nd floor | 门诊在二楼
        visiting 2 to 8 pm | 探视时间14:00-20:00
        maternity wing on the left | 左边是产科
        pharmacy by the main doors | 药房在大门旁
        blood tests from 7 | 7点开始抽血
        emergency open all night | 急诊24小时
        ambulances turn in from {cross} | 救护车从{cross_zh}进
        booking desk closes at four | 四点停止挂号
        ward phones off at ten | 病区十点熄灯
        """
    ),
    "industrial": bilingual(
        """
        {spaces} units | {spaces}个厂房单元
        gatehouse on {cross} | 门岗在{cross_zh}
        weighbridge at the north end | 北头有地磅
        lorries use the west gate | 货车走西门
        cold stores and light assembly | 冷库和轻型组装
        estate office in block {few} | 管理处在{few}号楼
        small labs and workshops | 小型实验室和工坊
        disused rail siding | 有条废弃的铁路专线
        tenants get in day and night | 租户24小时可进出
        printing, packaging and joinery firms | 以印刷、包装、木作企业为主
        yard floods after heavy rain | 大雨后场地容易积水
        """
    ),
}

# --------------------------------------------------------------------------
# Places
# --------------------------------------------------------------------------

OPENING_HOURS: dict[str, tuple[tuple[int, int, str], ...]] = {
    "restaurant": (
        (690, 1320, "daily"),
        (660, 1260, "closed Mon"),
        (480, 960, "Mon-Sat"),
        (690, 1290, "closed Tue"),
        (600, 1290, "daily"),
    ),
    "clinic": (
        (510, 1050, "Mon-Fri"),
        (480, 1080, "Mon-Sat"),
        (540, 1020, "Mon-Fri"),
        (480, 1200, "daily"),
    ),
    "shop": (
        (540, 1260, "daily"),
        (480, 1200, "Mon-Sat"),
        (420, 1140, "daily"),
        (600, 1320, "daily"),
        (570, 1050, "closed Mon"),
    ),
    "mall": ((600, 1320, "daily"), (540, 1260, "daily"), (600, 1200, "daily")),
    "tower": ((420, 1140, "Mon-Fri"), (450, 1200, "Mon-Sat")),
    "parking": ((360, 1440, "daily"), (420, 1320, "daily"), (390, 1410, "Mon-Sat")),
    "gate": ((360, 1320, "daily"), (420, 1200, "Mon-Fri")),
    "wing": ((480, 1140, "Mon-Fri"),),
    "school": ((450, 1020, "Mon-Fri"), (480, 1050, "Mon-Fri")),
    "industrial": ((360, 1200, "Mon-Sat"),),
}
HOURS_LABEL_ZH = {
    "clinic": "门诊时间",
    "tower": "大堂开放时间",
    "parking": "开放时间",
    "gate": "开放时间",
    "wing": "开放时间",
    "school": "开放时间",
    "industrial": "办公时间",
}
DAYS_EN = {
    "daily": ("daily", "every day", "7 days", "Mon-Sun"),
    "Mon-Sat": ("Mon-Sat", "Monday to Saturday", "not Sundays"),
    "Mon-Fri": ("Mon-Fri", "weekdays", "Monday to Friday"),
    "closed Mon": ("closed Mondays", "Tue-Sun"),
    "closed Tue": ("closed Tuesdays", "not Tue"),
}
DAYS_ZH = {
    "daily": ("每天", "周一至周日", "全年无休"),
    "Mon-Sat": ("周一至周六", "周日休息"),
    "Mon-Fri": ("工作日", "周一至周五"),
    "closed Mon": ("周一休息", "周二至周日"),
    "closed Tue": ("周二休息",),
}
CHINESE_DIGITS = "零一二三四五六七八九十"
PHONE_SHARE = 0.70


def types_of(kind: str, city: City) -> tuple[PlaceType, ...]:
    """Return the sorts of place of a kind that a city has."""
    return (CHINA_TYPES if city.country == "cn" else WEST_TYPES)[kind]


@dataclass
class Place:
    """One real-world place and everything a description of it may mention."""

    kind: str
    sort: PlaceType
    names: Names
    city: City
    district: Bilingual
    street: Bilingual
    number: int
    cross: Bilingual
    phone: str
    hours: tuple[int, int, str] | None
    year: int
    unit: tuple[int, int] | None
    notes: list[Bilingual] = field(default_factory=list)
    inside: Place | None = None

    @property
    def post_code(self) -> str:
        """The partial post code, the same all over a district; empty in China."""
        area = self.city.districts.index(self.district) + 3
        endings = {"uk": f"{area * 2}", "au": f"{area:02d}", "us": f"{area}1", "ca": f"{area}K"}
        ending = endings.get(self.city.country)
        return self.city.post_code + ending if ending else ""


@dataclass(frozen=True)
class Record:
    """One written description of a place, with what a reader can compare in it."""

    text: str
    language: str
    place: int
    city: City
    has_address: bool
    has_phone: bool
    subtle: bool


class PhoneBook:
    """Hands out each phone number once, from ranges that reach no subscriber."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.used: set[str] = set()

    def new_number(self, city: City) -> str:
        """Return an unused number as space-separated digit groups, area code first."""
        while True:
            number = self._draw(city)
            if number not in self.used:
                self.used.add(number)
                return number

    def _draw(self, city: City) -> str:
        code = self.rng.choice(city.phone_codes)
        if city.country == "uk":
            return f"{code} 0{self.rng.randrange(1000):03d}"
        if city.country == "au":
            return f"{code} {self.rng.randrange(10000):04d}"
        if city.country in ("us", "ca"):
            return f"{code} 01{self.rng.randrange(100):02d}"
        return f"{code} 9{self.rng.randrange(1000):03d} {self.rng.randrange(10000):04d}"


def write_phone(number: str, city: City, rng: random.Random) -> str:
    """Format a phone number in one of the ways people write it."""
    code, *rest = number.split(" ")
    if city.country == "cn":
        local = "".join(rest) if chance_of(rng, 0.75) else " ".join(rest)
        shapes = ("{code}-{local}", "({code}){local}", "{local}", "+86 {short} {local}")
        weights = (80, 8, 7, 5)
    elif city.country in ("us", "ca"):
        local = "-".join(rest)
        shapes = ("({code}) {local}", "{code}-{local}", "{code} {local}", "+1 {code} {local}")
        weights = (35, 45, 13, 7)
    else:
        local = " ".join(rest)
        abroad = "+44 {short} {local}" if city.country == "uk" else "+61 {short} {local}"
        shapes = ("{code} {local}", "({code}) {local}", "{code}-{local}", abroad)
        weights = (65, 18, 9, 8)
    shape = rng.choices(shapes, weights)[0]
    return shape.format(code=code, short=code.lstrip("0"), local=local)


def clock_en(minutes: int, twelve_hours: bool) -> str:
    """Write a time of day the English way."""
    hour, minute = divmod(minutes % 1440, 60)
    if minutes == 1440:
        return "midnight"
    if not twelve_hours:
        return f"{hour}:{minute:02d}"
    suffix = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}{f':{minute:02d}' if minute else ''}{suffix}"


def write_hours(hours: tuple[int, int, str], language: str, rng: random.Random) -> str:
    """Write opening hours in English or Chinese."""
    return (hours_zh if language == "zh" else hours_en)(*hours, rng)


def hours_en(start: int, end: int, days: str, rng: random.Random) -> str:
    """Write opening hours in English."""
    twelve_hours = chance_of(rng, 0.5)
    opening, closing = clock_en(start, twelve_hours), clock_en(end, twelve_hours)
    span = f"{opening}{rng.choice(('-', '-', ' to ', ' - '))}{closing}"
    day = rng.choice(DAYS_EN[days])
    if day.startswith(("closed", "not")):
        return f"{span}, {day}"
    return rng.choice((f"{span} {day}", f"{day} {span}", f"{span}, {day}"))


def hours_zh(start: int, end: int, days: str, rng: random.Random) -> str:
    """Write opening hours in Chinese."""
    day = rng.choice(DAYS_ZH[days])
    on_the_hour = start % 60 == end % 60 == 0 and end < 1440
    if on_the_hour and chance_of(rng, 0.25):
        span = f"早{start // 60}点到晚{end // 60 - 12}点"
    else:
        dash = rng.choice(("-", "-", "—", "至"))
        span = f"{start // 60}:{start % 60:02d}{dash}{end // 60}:{end % 60:02d}"
    return f"{span}（{day}）" if "休" in day else f"{day}{span}"


def unit_en(floor: int, unit: int, *, by_level: bool, in_mall: bool, rng: random.Random) -> str:
    """Write a floor and unit in English."""
    room = f"{floor}{unit:02d}"
    if not by_level:
        whole_floor = f"{ordinal(floor)} floor"
        return rng.choice(
            (f"Unit {unit}", f"Suite {room}", whole_floor, f"{whole_floor}, Unit {unit}")
        )
    level = rng.choice((f"Level {floor}", f"L{floor}", f"{floor}/F", f"{ordinal(floor)} floor"))
    shop = f"Shop L{floor}-{unit:02d}" if in_mall else f"Rm {room}"
    return rng.choice((level, f"Unit {room}", f"{level}, Unit {unit}", shop))


def unit_zh(floor: int, unit: int, *, in_mall: bool, rng: random.Random) -> str:
    """Write a floor and unit in Chinese."""
    level = rng.choice((f"{floor}楼", f"{floor}层", f"{floor}F", f"{CHINESE_DIGITS[floor]}楼"))
    room = f"{floor}{unit:02d}室"
    if in_mall:
        return rng.choice((level, level, f"L{floor}-{unit:02d}铺", f"{level}{unit:02d}号铺"))
    return rng.choice((level, level, room, f"{level}{room}"))


def ordinal(number: int) -> str:
    """Return an English ordinal such as 2nd."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def abbreviate(text: str) -> str:
    """Shorten street and place words such as Street or Centre."""
    for word, short in ABBREVIATIONS.items():
        text = re.sub(rf"\b{word}\b", short, text)
    return text


def address_en(place: Place, host: str, with_unit: bool, number: int, rng: random.Random) -> str:
    """Write an address in English, leaving out parts but never street or number."""
    city, street = place.city, place.street[0]
    chinese = city.country == "cn"
    line = f"{number} {street}"
    if chinese:
        line = rng.choice((line, f"No. {number} {street}", f"{street} {number}"))
    parts = [abbreviate(line) if chance_of(rng, 0.3) else line]
    if with_unit and place.unit:
        by_level = chinese or place.kind == "clinic" or place.inside is not None
        unit = unit_en(*place.unit, by_level=by_level, in_mall=place.inside is not None, rng=rng)
        parts.insert(0 if chance_of(rng, 0.7) else 1, unit)
    if host:
        parts.insert(rng.randrange(len(parts)), host)
    if chance_of(rng, 0.45):
        parts.append(f"{place.district[0]} District" if chinese else place.district[0])
    if chance_of(rng, 0.7) or len(parts) == 1:
        post_code = place.post_code if chance_of(rng, 0.4) else ""
        parts.append(f"{city.en} {post_code}".strip())
    address = ", ".join(parts)
    if len(parts) < 4 and not place.unit and chance_of(rng, 0.15):
        near = rng.choice((", near {}", ", off {}", ", corner of {}", ", behind {}"))
        address += near.format(place.cross[0])
    return address


def address_zh(place: Place, host: str, with_unit: bool, number: int, rng: random.Random) -> str:
    """Write an address in Chinese, leaving out parts but never street or number."""
    province, city, district = f"{place.city.post_code}省", place.city.zh, f"{place.district[1]}区"
    wholes = (
        "",
        f"{city}市",
        city,
        f"{city}市{district}",
        district,
        f"{province}{city}市{district}",
    )
    address = f"{rng.choice(wholes)}{place.street[1]}{number}号"
    address += host
    if with_unit and place.unit:
        return address + unit_zh(*place.unit, in_mall=place.inside is not None, rng=rng)
    if not place.unit and chance_of(rng, 0.15):
        address += rng.choice(("，近{}", "，靠近{}", "，{}路口")).format(place.cross[1])
    return address


# --------------------------------------------------------------------------
# Writing descriptions
# --------------------------------------------------------------------------


@dataclass
class Facts:
    """The pieces of one description, written in its language; empty pieces are left out."""

    kind: str
    name: str
    noun: str
    measure: str
    address: str
    phone: str
    hours: str
    notes: list[str]
    year: int
    plain: bool


OPENINGS_EN = lines(
    """
    {name}, {address}.
    {name} is at {address}.
    {name} - {address}.
    You'll find {name} at {address}.
    {address}: {name}.
    {name} ({address}).
    Saved: {name}, {address}.
    {name}. Address: {address}.
    {address} is the address for {name}.
    If you want {name}, go to {address}.
    Sat nav for {name}: {address}.
    {name}, that's {address}.
    {name}: find it at {address}.
    """
)
OPENINGS_NOUN_EN = lines(
    """
    {name} is {a_noun} at {address}.
    {Noun} called {name}, {address}.
    {name}, {a_noun} at {address}.
    {Noun}: {name}. {address}.
    {Noun} at {address}: {name}.
    {name} ({noun}), {address}.
    At {address} there is {a_noun}, {name}.
    """
)
OPENINGS_KIND_EN: dict[str, tuple[str, ...]] = {
    "restaurant": lines(
        """
        Had lunch at {name}, {address}.
        We ate at {name} ({address}) on Sunday.
        Table booked at {name}, {address}.
        {name} at {address}, third visit, still good.
        My sister keeps going back to {name}, {address}.
        Order from {name}, {address}.
        Opened in {year}: {name}, {address}.
        Birthday dinner is at {name}, {address}.
        """
    ),
    "hotel": lines(
        """
        Two nights at {name}, {address}.
        Booking confirmed: {name}, {address}.
        Stayed at {name} ({address}) for work.
        Taxi to {name}, {address} please.
        {name} has taken guests at {address} since {year}.
        The team is sleeping at {name}, {address}.
        Check in at {name}, {address}.
        """
    ),
    "clinic": lines(
        """
        My appointment is at {name}, {address}.
        Registered with {name}, {address}.
        {name} moved to {address} in {year}.
        Referral to {name}, {address}.
        Letters from {name} come from {address}.
        """
    ),
    "shop": lines(
        """
        Picked up an order at {name}, {address}.
        {name} has a shop at {address}.
        Branch: {name}, {address}.
        {name} opened at {address} in {year}.
        Return it to {name}, {address}.
        Post the parcel to {name}, {address}.
        {name}, same row as the bank, {address}.
        """
    ),
    "mall": lines(
        """
        Meeting the kids at {name}, {address}.
        {name} opened at {address} in {year}.
        All of {name}: {address}.
        Saturday shopping at {name}, {address}.
        """
    ),
    "tower": lines(
        """
        Our office moved to {name}, {address}.
        Post for us goes to {name}, {address}.
        {name} stands at {address}.
        Interview at {name}, {address}.
        Whole building: {name}, {address}.
        """
    ),
    "school": lines(
        """
        Open day at {name}, {address}.
        Talk tonight at {name}, {address}.
        Classes are held at {name}, {address}.
        She teaches at {name}, {address}.
        """
    ),
    "hospital": lines(
        """
        Dad was taken to {name}, {address}.
        Visiting someone at {name}, {address}.
        {name} serves the whole district from {address}.
        """
    ),
    "industrial": lines(
        """
        Our unit is on {name}, {address}.
        Collections from {name}, {address}.
        {name} was laid out in {year}; post goes to {address}.
        """
    ),
    "parking": lines(
        """
        Left the car at {name}, {address}.
        Try {name}, {address}.
        Drivers: {name}, {address}.
        """
    ),
    "gate": lines(
        """
        Driver, please use {name}, {address}.
        Wait for me at {name}, {address}.
        """
    ),
    "wing": lines(
        """
        We're in {name}, {address}.
        Deliver to {name}, {address}.
        """
    ),
}
OPENINGS_ZH = lines(
    """
    {name}，{address}。
    {name}位于{address}。
    {name}在{address}。
    {address}，{name}。
    {name}（{address}）。
    {name}就在{address}。
    导航搜“{name}”，{address}。
    收藏：{name}，{address}。
    打车到{address}，找{name}。
    {name}，地址{address}。
    地址发你：{address}，{name}。
    去{name}的话，地址是{address}。
    {name}，具体位置{address}。
    {name}的位置：{address}。
    """
)
OPENINGS_NOUN_ZH = lines(
    """
    {address}有{one}{noun}，叫{name}。
    {noun}：{name}，{address}。
    {name}是{one}{noun}，地址{address}。
    {name}（{noun}），{address}。
    {name}，{noun}，在{address}。
    """
)
OPENINGS_KIND_ZH: dict[str, tuple[str, ...]] = {
    "restaurant": lines(
        """
        周末去{name}吃饭，{address}。
        订了{name}的位子，{address}。
        在{name}（{address}）吃过三次，味道稳定。
        生日聚餐定在{name}，{address}。
        {name}，{year}年开的，{address}。
        同事推荐的{name}，{address}。
        外卖从{name}送出，{address}。
        """
    ),
    "hotel": lines(
        """
        入住{name}，{address}。
        订好了{name}两晚，{address}。
        出差住{name}，{address}。
        {name}，{year}年开业，{address}。
        师傅，去{name}，{address}。
        """
    ),
    "clinic": lines(
        """
        约了{name}，{address}。
        在{name}看的诊，{address}。
        {name}{year}年搬到{address}。
        复诊去{name}，{address}。
        """
    ),
    "shop": lines(
        """
        {name}在{address}开了店。
        门店：{name}，{address}。
        到{name}取货，{address}。
        {address}新开了{name}。
        退货寄{name}，{address}。
        """
    ),
    "mall": lines(
        """
        周末逛{name}，{address}。
        {name}{year}年开业，{address}。
        在{name}门口集合，{address}。
        {name}整个商场都在{address}。
        """
    ),
    "tower": lines(
        """
        公司搬到{name}了，{address}。
        快递寄到{address}，{name}收发室。
        面试地点：{name}，{address}。
        {name}整栋，{address}。
        {address}那栋就是{name}。
        """
    ),
    "school": lines(
        """
        {name}开放日，{address}。
        讲座在{name}，{address}。
        孩子在{name}上学，{address}。
        考点设在{name}，{address}。
        """
    ),
    "hospital": lines(
        """
        老人住在{name}，{address}。
        去{name}探病，{address}。
        {name}挂号，{address}。
        """
    ),
    "industrial": lines(
        """
        工厂在{name}，{address}。
        提货到{name}，{address}。
        {name}{year}年建园，{address}。
        """
    ),
    "parking": lines(
        """
        车停{name}，{address}。
        可以停{name}，{address}。
        开车的停这里：{name}，{address}。
        """
    ),
    "gate": lines(
        """
        从{name}进，{address}。
        司机到{name}等我，{address}。
        """
    ),
    "wing": lines(
        """
        我们在{name}，{address}。
        送到{name}，{address}。
        """
    ),
}


@dataclass(frozen=True)
class Phrasebook:
    """The sentence shapes, labels and punctuation of one language."""

    openings: tuple[str, ...]
    noun_openings: tuple[str, ...]
    name_openings: tuple[str, ...]
    kind_openings: dict[str, tuple[str, ...]]
    phone_sentences: tuple[str, ...]
    phone_tags: tuple[str, ...]
    hours_sentences: tuple[str, ...]
    hours_tags: tuple[str, ...]
    named: tuple[str, ...]
    separators: tuple[str, ...]
    field_names: tuple[tuple[str, str, str, str, str], ...]
    colons: tuple[str, ...]
    field_separators: tuple[str, ...]
    comma: str
    full_stop: str
    sentence_gap: str


ENGLISH = Phrasebook(
    openings=OPENINGS_EN,
    noun_openings=OPENINGS_NOUN_EN,
    name_openings=("{name}.", "{name} ({noun}).", "{Noun}: {name}.", "{name}, {noun}."),
    kind_openings=OPENINGS_KIND_EN,
    phone_sentences=lines(
        """
        Tel {phone}.
        Call {phone}.
        Phone: {phone}.
        Ph {phone}.
        T: {phone}.
        {phone}.
        Ring {phone}.
        Their number is {phone}.
        """
    ),
    phone_tags=("tel {phone}", "T {phone}", "ph. {phone}", "{phone}", "{phone}", "☎ {phone}"),
    hours_sentences=("Open {hours}.", "Hours: {hours}.", "Open {hours}.", "{hours}."),
    hours_tags=("{hours}", "open {hours}"),
    named=("{name} ({noun})", "{name}, {noun}"),
    separators=(", ", ", ", "; ", " | ", " - ", " / ", " · ", ". "),
    field_names=(
        ("Name", "Address", "Phone", "Hours", "Notes"),
        ("name", "addr", "tel", "hrs", "note"),
        ("PLACE", "ADDR", "TEL", "OPEN", "INFO"),
    ),
    colons=(": ", "=", ": "),
    field_separators=("; ", " | ", ", ", " / "),
    comma=", ",
    full_stop=".",
    sentence_gap=" ",
)
CHINESE = Phrasebook(
    openings=OPENINGS_ZH,
    noun_openings=OPENINGS_NOUN_ZH,
    name_openings=("{name}。", "{name}（{noun}）。", "{noun}：{name}。", "{name}，{noun}。"),
    kind_openings=OPENINGS_KIND_ZH,
    phone_sentences=lines(
        """
        电话{phone}。
        电话：{phone}。
        联系电话{phone}。
        有事打{phone}。
        咨询{phone}。
        座机{phone}。
        """
    ),
    phone_tags=("电话{phone}", "{phone}", "电话：{phone}", "☎{phone}"),
    hours_sentences=("{label}{hours}。", "{label}：{hours}。", "{hours}。"),
    hours_tags=("{hours}", "{label}{hours}"),
    named=("{name}（{noun}）", "{noun}“{name}”"),
    separators=("，", "，", "；", " ", " ", "｜", "/"),
    field_names=(
        ("名称", "地址", "电话", "时间", "备注"),
        ("地点", "地址", "电话", "开放时间", "备注"),
        ("名称", "地址", "联系电话", "时间", "说明"),
    ),
    colons=("：", ":"),
    field_separators=("；", " ", "\u3000", "｜"),
    comma="，",
    full_stop="。",
    sentence_gap="",
)
PHRASEBOOKS = {"en": ENGLISH, "zh": CHINESE}


def article(noun: str) -> str:
    """Put a or an before a noun."""
    return f"{'an' if noun[:1].lower() in tuple('aeiou') else 'a'} {noun}"


def sentence_case(text: str) -> str:
    """Raise the first letter and leave the rest alone."""
    return text[:1].upper() + text[1:]


def vary(shape: str, rng: random.Random) -> str:
    """Choose one of the alternatives in every [this/that] of a sentence shape."""
    varied = re.sub(r"\[([^]]*)\]", lambda match: rng.choice(match[1].split("/")), shape)
    return re.sub(r" +(?=[,.?])|(?<= ) +", "", varied)


def fill(shape: str, facts: Facts) -> str:
    """Fill a sentence shape from the facts."""
    text = shape.format(
        name=facts.name,
        address=facts.address,
        noun=facts.noun,
        Noun=sentence_case(facts.noun),
        a_noun=article(facts.noun),
        phone=facts.phone,
        hours=facts.hours,
        year=facts.year,
        one=f"一{facts.measure}",
        label=HOURS_LABEL_ZH.get(facts.kind, "营业时间"),
    )
    return text.replace("..", ".")


def opening_shapes(facts: Facts, book: Phrasebook) -> tuple[str, ...]:
    """Return the opening sentences that suit the facts."""
    if not facts.address:
        return book.name_openings if facts.noun else book.name_openings[:1]
    shapes = book.openings
    if facts.noun:
        shapes += book.noun_openings
    return shapes if facts.plain else shapes + book.kind_openings.get(facts.kind, ())


def prose(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as sentences."""
    details = []
    if facts.phone:
        details.append(fill(rng.choice(book.phone_sentences), facts))
    if facts.hours:
        details.append(fill(rng.choice(book.hours_sentences), facts))
    if book is CHINESE or chance_of(rng, 0.3):
        details += [book.comma.join(facts.notes) + book.full_stop] if facts.notes else []
    else:
        details += [note + book.full_stop for note in facts.notes]
    rng.shuffle(details)
    opening = fill(rng.choice(opening_shapes(facts, book)), facts)
    return book.sentence_gap.join(sentence_case(sentence) for sentence in (opening, *details))


def listing(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as a directory line."""
    name = facts.name
    if facts.noun and chance_of(rng, 0.35):
        name = fill(rng.choice(book.named), facts)
    phone = fill(rng.choice(book.phone_tags), facts) if facts.phone else ""
    hours = fill(rng.choice(book.hours_tags), facts) if facts.hours else ""
    details = [part for part in (facts.address, phone, hours, *facts.notes) if part]
    if chance_of(rng, 0.45):
        rng.shuffle(details)
    at = 1 if chance_of(rng, 0.15) and details[:1] == [facts.address] else 0
    details.insert(at, name)
    return rng.choice(book.separators).join(details)


def fields(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts as labelled fields."""
    name = facts.name
    if facts.noun and chance_of(rng, 0.4):
        name = fill(book.named[0], facts)
    values = (name, facts.address, facts.phone, facts.hours, book.comma.join(facts.notes))
    labels, colon = rng.choice(book.field_names), rng.choice(book.colons)
    pairs = [f"{label}{colon}{value}" for label, value in zip(labels, values, strict=True) if value]
    return rng.choice(book.field_separators).join(pairs)


def scrappy(facts: Facts, book: Phrasebook, rng: random.Random) -> str:
    """Write the facts the way people type them into a search box."""
    address, phone = facts.address, facts.phone
    if book is ENGLISH:
        address = abbreviate(address).replace(",", "")
        phone = phone.replace("-", " ") if chance_of(rng, 0.3) else phone
    parts = [facts.name, address, phone, *(facts.notes[:1] if chance_of(rng, 0.5) else [])]
    if chance_of(rng, 0.2):
        parts[0], parts[1] = parts[1], parts[0]
    text = " ".join(part for part in parts if part)
    return text.lower() if book is ENGLISH and chance_of(rng, 0.75) else text


Style = Callable[[Facts, Phrasebook, random.Random], str]
STYLES: tuple[tuple[Style, float], ...] = (
    (prose, 0.46),
    (listing, 0.32),
    (fields, 0.08),
    (scrappy, 0.14),
)


def mangle(word: str, rng: random.Random) -> str:
    """Swap, drop or double one inner letter of a word."""
    at = rng.randrange(1, len(word) - 2)
    before, letter, following, after = word[:at], word[at], word[at + 1], word[at + 2 :]
    middles = (following + letter, following, letter + letter + following)
    return before + rng.choice(middles) + after


def add_typo(text: str, protected: Iterable[str], rng: random.Random) -> str:
    """Misspell one long word that is not protected."""
    shielded = {word.lower() for phrase in protected for word in re.findall(r"[A-Za-z]+", phrase)}
    found = re.finditer(r"[A-Za-z]?[a-z]{5,}", text)
    words = [match for match in found if match.group().lower() not in shielded]
    if not words:
        return text
    match = rng.choice(words)
    return text[: match.start()] + mangle(match.group(), rng) + text[match.end() :]


TYPOS_ZH = bilingual(
    """
    订 | 定
    附近 | 付近
    需要 | 须要
    隔壁 | 隔璧
    旁边 | 旁便
    预约 | 预月
    座位 | 坐位
    电话 | 电活
    地址 | 地扯
    号 | 號
    登记 | 登计
    """
)
FULL_WIDTH_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")


def add_noise(text: str, language: str, protected: Iterable[str], rng: random.Random) -> str:
    """Add the small accidents of typed text to some descriptions."""
    chance = rng.random()
    if language == "en":
        if chance < 0.12:
            return add_typo(text, protected, rng)
        return text.rstrip(".") if chance < 0.25 else text
    if chance < 0.07:
        options = [typo for typo in TYPOS_ZH if typo[0] in text]
        return text.replace(*rng.choice(options), 1) if options else text
    if chance < 0.10:
        return text.translate(FULL_WIDTH_DIGITS)
    if chance < 0.20:
        return re.sub(r"[，。；]", " ", text).strip()
    return text.rstrip("。") if chance < 0.40 else text


@dataclass(frozen=True)
class Options:
    """What a description must or must not hold; None leaves it to chance."""

    name: str = ""
    phone: bool | None = None
    unit: bool | None = None
    address: bool = True
    number: int | None = None
    noun: bool = True
    plain: bool = False
    required_notes: int = 0
    most_notes: int = 2


def chosen_notes(place: Place, side: int, options: Options, rng: random.Random) -> list[str]:
    """Return the required remarks and some of the others, in random order."""
    notes = [note[side] for note in place.notes]
    needed = options.required_notes
    kept = notes[:needed] + [note for note in notes[needed:] if rng.random() < 0.35]
    return shuffled(kept[: max(needed, options.most_notes)], rng)


def gather_facts(place: Place, language: str, options: Options, rng: random.Random) -> Facts:
    """Write the pieces of a description in one language."""
    side = LANGUAGES.index(language)
    phone = rng.random() < PHONE_SHARE if options.phone is None else options.phone
    unit = rng.random() < 0.65 if options.unit is None else options.unit
    names = place.names[language]
    name = options.name or (names[0] if chance_of(rng, 0.6) else rng.choice(names))
    noun = place.sort.noun_zh if language == "zh" else place.sort.noun
    write_address = address_zh if language == "zh" else address_en
    host = place.inside.names[language][0] if place.inside else ""
    host = "" if host in name else host
    return Facts(
        kind=place.kind,
        name=name,
        noun=noun if options.noun and noun.lower() not in name.lower() else "",
        measure=place.sort.measure,
        address=write_address(place, host, unit, options.number or place.number, rng)
        if options.address
        else "",
        phone=write_phone(place.phone, place.city, rng) if place.phone and phone else "",
        hours=write_hours(place.hours, language, rng)
        if place.hours and chance_of(rng, 0.3)
        else "",
        notes=chosen_notes(place, side, options, rng),
        year=place.year,
        plain=options.plain,
    )


def describe(
    place: Place, place_number: int, language: str, options: Options, rng: random.Random
) -> Record:
    """Write one record of a place."""
    facts = gather_facts(place, language, options, rng)
    styles, weights = zip(*STYLES, strict=True)
    style = rng.choices(styles, weights)[0]
    if style is scrappy and (options.required_notes or not options.address):
        style = prose if chance_of(rng, 0.6) else listing
    text = style(facts, PHRASEBOOKS[language], rng)
    return Record(
        text=add_noise(text, language, (facts.name, place.street[0]), rng),
        language=language,
        place=place_number,
        city=place.city,
        has_address=options.address and options.number in (None, place.number),
        has_phone=bool(facts.phone),
        subtle=options.plain,
    )


# --------------------------------------------------------------------------
# Inventing places
# --------------------------------------------------------------------------

HIGHER_EDUCATION = ("university", "college", "vocational college")


class World:
    """Invents places that do not repeat names, phone numbers or street addresses."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.phones = PhoneBook(rng)
        self.used: set[str] = set()

    def new_place(
        self,
        kind: str,
        city: City,
        *,
        sort: PlaceType | None = None,
        names: Names | None = None,
        at: Place | None = None,
        number: int | None = None,
        district: Bilingual | None = None,
        unit: tuple[int, int] | None = None,
        phone: str | None = None,
        note_count: int = 4,
    ) -> Place:
        """Invent one place, at another one's address if given; the rest is drawn at random."""
        rng = self.rng
        sort = sort or rng.choice(types_of(kind, city))
        if at:
            street, district = at.street, at.district
            number = number or at.number
        else:
            street, number = self.new_address(city)
        place = Place(
            kind=kind,
            sort=sort,
            names=names or self.new_names(kind, sort, city),
            city=city,
            district=district or rng.choice(city.districts),
            street=street,
            number=number,
            cross=self.draw_street(city, street),
            phone=self.phones.new_number(city) if phone is None else phone,
            hours=rng.choice(OPENING_HOURS[kind]) if kind in OPENING_HOURS else None,
            year=rng.randrange(1994, 2022),
            unit=unit,
        )
        drawn = rng.sample(NOTES[kind], min(note_count, len(NOTES[kind])))
        place.notes = self.fill_notes(drawn, place)
        return place

    def new_address(self, city: City) -> tuple[Bilingual, int]:
        """Draw a street and a house number nobody has yet."""
        while True:
            street = self.draw_street(city)
            number = self.rng.choice((self.rng.randrange(2, 60), self.rng.randrange(10, 400)))
            key = f"{city.en} {street[0]} {number}"
            if key not in self.used:
                self.used.add(key)
                return street, number

    def draw_street(self, city: City, other_than: Bilingual = ("", "")) -> Bilingual:
        """Draw a street with another name than the given one."""
        while True:
            if city.country == "cn":
                zh, en = self.rng.choice(CHINESE_STREETS)
            else:
                en, zh = f"{self.rng.choice(STREET_STEMS)} {self.rng.choice(STREET_TYPES)}", ""
            if en != other_than[0]:
                return en, zh

    def fill_notes(self, notes: Sequence[Bilingual], place: Place) -> list[Bilingual]:
        """Fill the slots of some remarks with the same values in both languages."""
        values = self.note_values(place)
        return [(en.format(**values), zh.format(**values)) for en, zh in notes]

    def note_values(self, place: Place) -> dict[str, object]:
        """Draw the numbers and names that remarks about a place may mention."""
        rng = self.rng
        chinese = place.city.country == "cn"
        person = rng.choice(CHINESE_PEOPLE) if chinese else (rng.choice(SURNAMES), "")
        money = CURRENCY[place.city.country]
        amount = rng.randrange(18, 46) if chinese else rng.randrange(9, 19)
        rate = rng.choice((3, 4, 5, 6, 8, 10)) if chinese else rng.choice((2, 3, 4, 5))
        first = rng.randrange(9, 15)
        last = first + rng.randrange(5, 15)
        return {
            "small": rng.randrange(3, 13) * 5,
            "few": rng.randrange(2, 9),
            "low": rng.randrange(3, 9),
            "levels": rng.randrange(4, 7),
            "deep": rng.randrange(2, 5),
            "first": first,
            "last": last,
            "tall": last + rng.randrange(2, 12),
            "rooms": rng.randrange(14, 180),
            "shops": rng.randrange(40, 210),
            "spaces": rng.randrange(40, 600),
            "height": rng.choice(("1.9", "2.0", "2.1", "2.2")),
            "pupils": rng.randrange(18, 160) * (100 if place.sort.noun in HIGHER_EDUCATION else 10),
            "beds": rng.randrange(8, 90) * 10,
            "year": place.year,
            "later": rng.randrange(place.year + 1, 2024),
            "person": person[0],
            "person_zh": person[1],
            "cross": place.cross[0],
            "cross_zh": place.cross[1],
            "price": f"{money}{amount}",
            "price_zh": f"{amount}元",
            "rate": f"{money}{rate}",
            "rate_zh": f"{rate}元",
        }

    def new_names(self, kind: str, sort: PlaceType, city: City) -> Names:
        """Invent names nobody has yet, in every language used for the city."""
        while True:
            names = self.draw_names(kind, sort, city)
            key = names.get("zh", names["en"])[0]
            if key not in self.used:
                self.used.add(key)
                return names

    def draw_names(self, kind: str, sort: PlaceType, city: City) -> Names:
        """Invent names that may exist already."""
        if city.country == "cn":
            return self.chinese_names(kind, sort)
        return self.western_names(kind, sort)

    def western_names(self, kind: str, sort: PlaceType) -> Names:
        """Invent an English name with its short forms."""
        stem = self.western_stem(kind)
        full = f"{stem} {sort.suffix}"
        variants = [full, full, abbreviate(full)]
        if kind in ("restaurant", "hotel", "shop"):
            variants.append(stem)
        if sort.suffix in ("Hotel", "Café"):
            variants.append(f"{sort.suffix} {stem}")
        if sort.suffix == "University":
            variants.append(f"University of {stem}")
        if sort.suffix in ("High School", "Primary School"):
            variants.append(full.removesuffix(" School"))
        return {"en": tuple(variants)}

    def western_stem(self, kind: str) -> str:
        """Invent what an English name begins with."""
        rng = self.rng
        if kind == "parking" and chance_of(rng, 0.7):
            return f"{rng.choice(STREET_STEMS)} {rng.choice(STREET_TYPES)}"
        if kind == "clinic":
            return rng.choice(TOPONYMS + SURNAMES)
        return self.brand() if kind in ("restaurant", "hotel", "shop") else rng.choice(TOPONYMS)

    def brand(self) -> str:
        """Invent an English brand."""
        rng = self.rng
        brands = (
            f"{rng.choice(FIRST_WORDS)} {rng.choice(SECOND_WORDS)}",
            " & ".join(rng.sample(SECOND_WORDS, 2)),
            f"The {rng.choice(SECOND_WORDS)}",
            f"{rng.choice(SURNAMES)}'s",
            " & ".join(rng.sample(SURNAMES, 2)),
            rng.choice(CHAIN_NAMES),
        )
        return rng.choices(brands, (45, 10, 10, 18, 9, 8))[0]

    def chinese_names(self, kind: str, sort: PlaceType) -> Names:
        """Invent a Chinese name with its English forms."""
        rng = self.rng
        stems = CHINESE_STEMS + HOUSEHOLD_STEMS * 2 if kind == "restaurant" else CHINESE_STEMS
        zh, pinyin, meaning = rng.choice(stems)
        if kind == "parking":
            zh, pinyin = rng.choice(CHINESE_STREETS)
            meaning = pinyin
        if (
            kind in ("restaurant", "hotel")
            and (zh, pinyin, meaning) in CHINESE_STEMS
            and chance_of(rng, 0.55)
        ):
            tail, tail_pinyin = rng.choice(NAME_TAILS)
            zh, pinyin = zh + tail, pinyin + tail_pinyin
        full = f"{zh}{sort.suffix_zh}"
        translated = kind not in ("school", "hospital", "industrial") and chance_of(rng, 0.35)
        english = f"{meaning if translated else pinyin} {sort.suffix}"
        return {
            "zh": (full, full, zh if kind == "restaurant" else full),
            "en": (english, english, f"{english} ({full})", f"{pinyin} {sort.suffix} ({zh})"),
        }


# --------------------------------------------------------------------------
# Choosing wrong labels
# --------------------------------------------------------------------------


def pick_errors(scores: Sequence[float], rate: float, noise: float, rng: random.Random) -> set[int]:
    """Pick the given share of positions, those with the highest score plus Gaussian noise."""
    noisy = sorted(
        range(len(scores)), key=lambda at: scores[at] + rng.gauss(0, noise), reverse=True
    )
    return set(noisy[: round(rate * len(scores))])


def stated_confidence(wrong: bool, rng: random.Random) -> str:
    """Draw an overconfident confidence, only slightly lower when the label is wrong."""
    low_tail = chance_of(rng, 0.10 if wrong else 0.05)
    value = rng.uniform(0.52, 0.80) if low_tail else 1 - rng.betavariate(1.3, 15 if wrong else 20)
    if chance_of(rng, 0.35):
        value = round(value * 20) / 20
    return f"{min(max(value, 0.50), 1.0):.2f}"


def draw_splits(count: int) -> list[str]:
    """Return split names in the wanted proportions, unshuffled."""
    train, validation = round(count * SPLITS[0][1]), round(count * SPLITS[1][1])
    return ["train"] * train + ["validation"] * validation + ["test"] * (count - train - validation)


# --------------------------------------------------------------------------
# poi_pairs
# --------------------------------------------------------------------------

SAME, DIFFERENT = "same", "different"
MALL, PARKING = "mall vs shop inside", "building vs parking"
PAIR_ERROR_SHARE = {
    "restaurant": 0.025,
    "hotel": 0.030,
    "clinic": 0.025,
    "branch of a chain": 0.037,
    "renamed shop": 0.035,
    "campus": 0.030,
    MALL: 0.31,
    PARKING: 0.29,
}
CLUMPS = (MALL, PARKING)


@dataclass(frozen=True)
class PairPlan:
    """How many pairs a category has: in all, truly the same, and different but alike."""

    total: int
    same: int
    alike: int


PAIR_PLANS = {
    "restaurant": PairPlan(360, 195, 65),
    "hotel": PairPlan(280, 150, 52),
    "clinic": PairPlan(240, 128, 48),
    "branch of a chain": PairPlan(300, 126, 130),
    "renamed shop": PairPlan(180, 104, 34),
    "campus": PairPlan(200, 102, 60),
    MALL: PairPlan(220, 45, 166),
    PARKING: PairPlan(220, 50, 162),
}
PAIR_KINDS = {
    "restaurant": ("restaurant",),
    "hotel": ("hotel",),
    "clinic": ("clinic",),
    "branch of a chain": ("shop", "shop", "restaurant"),
    "campus": ("school",),
}
ANYTHING = Options()
SETTING_WEIGHTS = (46, 5, 29, 20)
RIVALS = {
    "restaurant": (("lookalike", 0.4), ("neighbour", 0.3), ("sibling", 0.3)),
    "hotel": (("lookalike", 0.45), ("neighbour", 0.15), ("sibling", 0.4)),
    "clinic": (("lookalike", 0.3), ("neighbour", 0.4), ("sibling", 0.3)),
    "branch of a chain": (("sibling", 1.0),),
    "campus": (("sibling", 0.6), ("lookalike", 0.4)),
}
FORMERLY_EN = lines(
    """
    {new} (formerly {old})
    {new} (ex {old})
    {new} (was {old})
    {new} (old name {old})
    {old} (now {new})
    """
)
FORMERLY_ZH = lines(
    """
    {new}（原{old}）
    {new}（原名{old}）
    {new}（以前叫{old}）
    {old}（现更名为{new}）
    """
)
FORMERLY_NOTES = bilingual(
    """
    used to be {old}, same owners | 以前叫{old}，老板没换
    traded as {old} until last year | 去年以前叫{old}
    the sign still says {old} | 招牌还没换，仍写着{old}
    {old} under a new name | 就是改了名的{old}
    previously {old}, number unchanged | 前身是{old}，电话没变
    """
)
SUCCESSOR_NOTES = bilingual(
    """
    moved in after {old} closed | {old}关门后搬进来的
    not {old}, they left last year | 不是{old}，那家去年搬走了
    new business where {old} used to be | 原址是{old}，现在是另一家店
    nothing to do with {old} | 和以前的{old}没有关系
    took over the lease from {old} | 接手了{old}的铺面，老板不同
    """
)
CAMPUS_TAGS = (
    ("North Campus", "北校区"),
    ("East Campus", "东校区"),
    ("South Campus", "南校区"),
    ("Old Campus", "老校区"),
    ("West Campus", "西校区"),
)
GATES = (
    ("North Gate", "北门"),
    ("South Gate", "南门"),
    ("East Gate", "东门"),
    ("West Gate", "西门"),
    ("Goods Gate", "货运门"),
)
WINGS = (
    ("East Wing", "东翼"),
    ("Block B", "B座"),
    ("Block C", "C座"),
    ("West Annexe", "西附楼"),
    ("Block D", "D座"),
)

SHOP_IN_MALL_NOTES = (("the one with {old} in it", "就是里面有{old}那个商场"),)
BUILDING_KINDS = ("tower", "tower", "tower", "mall", "hospital", "industrial", "school")
PARTS = (("parking", "gate"), ("parking", "wing"), ("parking", "wing"), ("gate", "wing"))
CAR_PARK = PlaceType("", "car park", "", "停车场", "个")
CAR_PARK_NAMES = (
    ("{} Car Park", "{}停车场"),
    ("{} underground car park", "{}地下车库"),
    ("Car park, {}", "{}地下停车场"),
    ("{} Parking", "{}停车库"),
)
SUBTLE_CAR_PARKS = (
    ("{} P1", "{}P1"),
    ("{}, basement", "{}地下一层"),
    ("{} (P)", "{}（P）"),
    ("{} B2", "{}B2层"),
)


@dataclass(frozen=True)
class Pair:
    """Two records and whether they describe the same place; alike marks hard negatives."""

    a: Record
    b: Record
    same: bool
    alike: bool


@dataclass(frozen=True)
class Setting:
    """The city of a group of pairs and the share of its records that is in Chinese."""

    city: City
    chinese_share: float


def per_language(place: Place, make: Callable[[str, int], tuple[str, ...]]) -> Names:
    """Build names in each language a place has, given the main name and the language's index."""
    return {
        language: make(names[0], LANGUAGES.index(language))
        for language, names in place.names.items()
    }


class PairWriter:
    """Writes small groups of related places and pairs up their records."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.world = World(rng)
        self.places = 0
        self.texts: set[str] = set()

    def setting(self) -> Setting:
        """Draw a city and a language mix."""
        settings = (
            Setting(self.rng.choice(WEST), 0.0),
            Setting(self.rng.choice(CHINA), 0.0),
            Setting(self.rng.choice(CHINA), 1.0),
            Setting(self.rng.choice(CHINA), 0.5),
        )
        return self.rng.choices(settings, SETTING_WEIGHTS)[0]

    def new_records(
        self, place: Place, count: int, setting: Setting, options: Options = ANYTHING
    ) -> list[Record]:
        """Write some records of a place that has none yet."""
        self.places += 1
        return self.more_records(place, count, setting, options)

    def more_records(
        self, place: Place, count: int, setting: Setting, options: Options = ANYTHING
    ) -> list[Record]:
        """Write some records of the latest place, all with different texts."""
        found: list[Record] = []
        while len(found) < count:
            language = "zh" if chance_of(self.rng, setting.chinese_share) else "en"
            if setting.chinese_share == 0.5 and found and chance_of(self.rng, 0.5):
                language = "en" if found[-1].language == "zh" else "zh"
            adjusted = self.with_accidents(place, setting, options)
            record = describe(place, self.places, language, adjusted, self.rng)
            if record.text not in self.texts:
                self.texts.add(record.text)
                found.append(record)
        return found

    def with_accidents(self, place: Place, setting: Setting, options: Options) -> Options:
        """Now and then ask for a wrong house number or no address, always with a phone number."""
        rng = self.rng
        if setting.chinese_share == 0.5 and options.phone is None and chance_of(rng, 0.75):
            options = replace(options, phone=True)
        if not place.phone or place.inside or options != replace(ANYTHING, phone=options.phone):
            return options
        accident = rng.random()
        if accident < 0.05 and place.number > 9:
            return replace(options, phone=True, number=mistype_number(place.number, rng))
        return replace(options, phone=True, address=False) if 0.05 < accident < 0.10 else options

    def same(self, records: Sequence[Record], most: int) -> list[Pair]:
        """Pair up records of one place whose sameness a reader can decide."""
        pairs = [
            (a, b)
            for a, b in combinations(records, 2)
            if (a.has_address and b.has_address) or (a.has_phone and b.has_phone)
        ]
        return [self.pair(a, b, False) for a, b in self.rng.sample(pairs, min(most, len(pairs)))]

    def alike(
        self, records_a: Sequence[Record], records_b: Sequence[Record], most: int
    ) -> list[Pair]:
        """Pair up records of two places that are easy to confuse."""
        pairs = [(a, b) for a in records_a for b in records_b if a.has_address and b.has_address]
        return [self.pair(a, b, True) for a, b in self.rng.sample(pairs, min(most, len(pairs)))]

    def pair(self, a: Record, b: Record, alike: bool) -> Pair:
        """Put two records in random order."""
        if chance_of(self.rng, 0.5):
            a, b = b, a
        return Pair(a, b, a.place == b.place, alike)

    def group(self, category: str) -> list[Pair]:
        """Write one group of related pairs of a category."""
        if category == MALL:
            return self.mall_group()
        if category == PARKING:
            return self.building_group()
        if category == "renamed shop":
            return self.renamed_group()
        return self.rival_group(category)

    # Places and their rivals

    def rival_group(self, category: str) -> list[Pair]:
        """Write a place and a rival that looks like it."""
        setting = self.setting()
        place = self.world.new_place(self.rng.choice(PAIR_KINDS[category]), setting.city)
        hows, weights = zip(*RIVALS[category], strict=True)
        how = self.rng.choices(hows, weights)[0]
        options = ANYTHING
        if how == "sibling":
            rival = self.sibling(place, chain=category == "branch of a chain")
        elif how == "lookalike":
            rival = self.lookalike(place)
        else:
            rival = self.neighbour(place)
            options = Options(phone=True, unit=True)
        records = self.new_records(place, 3, setting, options)
        rivals = self.new_records(rival, 2, setting, options)
        return self.same(records, 2) + self.same(rivals, 1) + self.alike(records, rivals, 3)

    def sibling(self, place: Place, *, chain: bool) -> Place:
        """Invent a place of the same name at another address in the same city."""
        rng = self.rng
        if chain:
            place.names = self.chain_names(place)
        districts = [district for district in place.city.districts if district != place.district]
        rival = self.world.new_place(
            place.kind,
            place.city,
            sort=place.sort,
            names=place.names,
            district=rng.choice(districts),
        )
        if place.kind == "school":
            tags = rng.sample(CAMPUS_TAGS, 2)
        elif chance_of(rng, 0.6):
            tags = [place.street, rival.street]
        else:
            tags = [place.district, rival.district]
        if chain or chance_of(rng, 0.6):
            for one, tag in zip((place, rival), tags, strict=True):
                one.names = self.tagged_names(one, tag)
        return rival

    def chain_names(self, place: Place) -> Names:
        """Invent the name of a chain."""
        if place.city.country == "cn":
            return per_language(place, lambda name, _: (name,))
        chain = self.rng.choice(CHAIN_NAMES)
        return {"en": (f"{chain} {place.sort.suffix}", chain)}

    def tagged_names(self, place: Place, tag: Bilingual) -> Names:
        """Add a campus, a street or a district to the name of a branch."""
        if place.kind == "school":
            return per_language(place, lambda name, side: (f"{name}{(' ', '')[side]}{tag[side]}",))
        branch = "分院" if place.kind == "clinic" else "店"
        shapes = (
            ("{name} {tag}", "{name} ({tag})", "{name} - {tag}"),
            ("{name}（{tag}{branch}）", "{name}{tag}{branch}", "{name}·{tag}{branch}"),
        )
        return per_language(
            place,
            lambda name, side: (
                name,
                *(shape.format(name=name, tag=tag[side], branch=branch) for shape in shapes[side]),
            ),
        )

    def lookalike(self, place: Place) -> Place:
        """Invent a place with a name one word away, often on the same street."""
        rng = self.rng
        sort, names = self.similar_names(place)
        same_street = chance_of(rng, 0.4)
        number = rng.choice([n for n in range(2, 240) if abs(n - place.number) > 12])
        return self.world.new_place(
            place.kind,
            place.city,
            sort=sort,
            names=names,
            at=place if same_street else None,
            number=number if same_street else None,
        )

    def similar_names(self, place: Place) -> tuple[PlaceType, Names]:
        """Change one word of the brand, or else the sort of place, and keep the rest of a name."""
        rng = self.rng
        name = place.names["en"][0]
        words = [word for word in SECOND_WORDS if word in name.split()]
        if words:
            others = [word for word in SECOND_WORDS if word not in words]
            return place.sort, {"en": (name.replace(words[-1], rng.choice(others)),)}
        kinds = types_of(place.kind, place.city)
        sort = rng.choice([kind for kind in kinds if kind != place.sort])
        names: Names = {"en": (name.replace(place.sort.suffix, sort.suffix),)}
        if "zh" in place.names:
            zh = place.names["zh"][0]
            names["zh"] = (zh.removesuffix(place.sort.suffix_zh) + sort.suffix_zh,)
        return sort, names

    def neighbour(self, place: Place) -> Place:
        """Invent another business of the same kind in the same building."""
        rng = self.rng
        floor, other_floor = rng.sample(range(2, 9), 2)
        place.unit = (floor, rng.randrange(1, 20))
        unit = (other_floor, rng.randrange(20, 40))
        return self.world.new_place(place.kind, place.city, at=place, unit=unit)

    # Shops that change their name

    def renamed_group(self) -> list[Pair]:
        """Write a shop under its old and its new name, and the shop that came after it."""
        rng = self.rng
        setting = self.setting()
        kind = rng.choice(("restaurant", "shop"))
        old = self.world.new_place(kind, setting.city)
        new = self.world.new_place(kind, setting.city, sort=old.sort, at=old, phone=old.phone)
        successor = self.world.new_place(
            "shop" if kind == "restaurant" else "restaurant", setting.city, at=old
        )
        successor.notes.insert(0, self.old_name_note(SUCCESSOR_NOTES, old))
        records = self.new_records(old, 2, setting, Options(phone=True))
        records += self.more_records(new, 2, setting, self.new_name_options(old, new))
        with_note = Options(phone=True, required_notes=int(chance_of(rng, 0.7)))
        later = self.new_records(successor, 2, setting, with_note)
        return self.same(records, 4) + self.same(later, 1) + self.alike(records, later, 2)

    def new_name_options(self, old: Place, new: Place) -> Options:
        """Mention the old name of a place in its new name, in a remark, or not at all."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.4:
            shapes = (rng.choice(FORMERLY_EN), rng.choice(FORMERLY_ZH))
            new.names = per_language(
                new,
                lambda name, side: (
                    shapes[side].format(new=name, old=old.names[LANGUAGES[side]][0]),
                ),
            )
            return Options(phone=True, noun=False)
        if chance < 0.9:
            new.notes.insert(0, self.old_name_note(FORMERLY_NOTES, old))
            return Options(phone=True, required_notes=1)
        return Options(phone=True)

    def old_name_note(self, notes: Sequence[Bilingual], place: Place) -> Bilingual:
        """Write a remark that mentions the name a place used to have."""
        en, zh = self.rng.choice(notes)
        old_zh = place.names["zh"][0] if "zh" in place.names else ""
        return en.format(old=place.names["en"][0]), zh.format(old=old_zh)

    # Malls and buildings, the two categories whose labels go wrong in clumps

    def mall_group(self) -> list[Pair]:
        """Write a mall and three shops inside it."""
        setting = self.setting()
        mall = self.world.new_place("mall", setting.city)
        shops = [self.shop_inside(mall) for _ in range(3)]
        mall.notes.insert(0, self.old_name_note(SHOP_IN_MALL_NOTES, shops[0]))
        mall_records = self.new_records(mall, 3, setting)
        pairs = self.same(mall_records, 2)
        for shop in shops:
            records = self.new_records(shop, self.rng.choice((1, 2)), setting, Options(unit=True))
            pairs += self.same(records, int(chance_of(self.rng, 0.3)))
            pairs += self.alike(mall_records, records, 2)
        return pairs

    def shop_inside(self, mall: Place) -> Place:
        """Invent a shop or restaurant on a floor of a mall, sometimes named after the mall."""
        rng = self.rng
        shop = self.world.new_place(
            rng.choice(("shop", "shop", "restaurant")),
            mall.city,
            at=mall,
            unit=(rng.randrange(1, 5), rng.randrange(1, 46)),
            phone=mall.phone if chance_of(rng, 0.25) else None,
        )
        shop.inside = mall
        shapes = (("{shop} ({mall})", "{mall} {shop}"), ("{shop}（{mall}店）", "{mall}{shop}"))
        shop.names = per_language(
            shop,
            lambda name, side: (
                name,
                name,
                *(
                    shape.format(shop=name, mall=mall.names[LANGUAGES[side]][0])
                    for shape in shapes[side]
                ),
            ),
        )
        return shop

    def building_group(self) -> list[Pair]:
        """Write a building and two of its parts: car park, gate or wing."""
        rng = self.rng
        setting = self.setting()
        building = self.world.new_place(rng.choice(BUILDING_KINDS), setting.city)
        building_records = self.new_records(building, 3, setting)
        pairs = self.same(building_records, 2 if chance_of(rng, 0.6) else 1)
        for kind in rng.choice(PARTS):
            if kind == "parking":
                records = self.car_park_records(building, setting)
            else:
                records = self.entrance_or_wing_records(building, kind, setting)
            pairs += self.same(records, int(chance_of(rng, 0.4)))
            pairs += self.alike(building_records, records, 3)
        return pairs

    def part_phone(self, building: Place) -> str | None:
        """Give a part the number of its building, its own number, or none."""
        return self.rng.choice((building.phone, building.phone, "", None))

    def car_park_records(self, building: Place, setting: Setting) -> list[Record]:
        """Write two records of a building's car park, some named by nothing but a level."""
        rng = self.rng
        subtle = chance_of(rng, 0.45)
        level = rng.choice(SUBTLE_CAR_PARKS)
        part = self.world.new_place(
            "parking",
            building.city,
            sort=CAR_PARK,
            names=per_language(
                building,
                lambda name, side: (
                    (level[side].format(name),)
                    if subtle
                    else tuple(shape[side].format(name) for shape in CAR_PARK_NAMES)
                ),
            ),
            at=building,
            phone=self.part_phone(building),
        )
        telling = rng.sample(NOTES["parking"][:4], 2) + rng.sample(NOTES["parking"][4:], 1)
        part.notes = self.world.fill_notes(telling, part)
        if subtle:
            options = Options(noun=False, plain=True, required_notes=2)
        else:
            options = Options(noun=chance_of(rng, 0.3), most_notes=1)
        return self.new_records(part, 2, setting, options)

    def entrance_or_wing_records(
        self, building: Place, kind: str, setting: Setting
    ) -> list[Record]:
        """Write two records of a gate or a wing."""
        tag = self.rng.choice(GATES if kind == "gate" else WINGS)
        part = self.world.new_place(
            kind,
            building.city,
            sort=CAR_PARK,
            names=per_language(
                building, lambda name, side: (f"{name}{(' ', '')[side]}{tag[side]}",)
            ),
            at=building,
            phone=self.part_phone(building),
        )
        return self.new_records(part, 2, setting, Options(noun=False, most_notes=1))


def mistype_number(number: int, rng: random.Random) -> int:
    """Swap or change a digit of a house number."""
    digits = str(number)
    swapped = digits[:-2] + digits[-1] + digits[-2]
    if swapped != digits and swapped[0] != "0" and chance_of(rng, 0.5):
        return int(swapped)
    return number + rng.choice((-1, 1, 2, 10))


@dataclass
class PairRow:
    """One row of poi_pairs with its labels."""

    pair: Pair
    category: str
    split: str
    truth: str
    label: str = ""
    others: tuple[str, str, str] = ("", "", "")


def sample_pairs(
    category: str, plan: PairPlan, writer: PairWriter, rng: random.Random
) -> list[Pair]:
    """Write groups until they hold the planned pairs, and draw those."""
    same: list[Pair] = []
    alike: list[Pair] = []
    while len(same) < plan.same or len(alike) < plan.alike:
        group = writer.group(category)
        same += [pair for pair in group if pair.same]
        alike += [pair for pair in group if pair.alike]
    chosen = rng.sample(same, plan.same) + rng.sample(alike, plan.alike)
    return chosen + unrelated_pairs(chosen, plan.total - len(chosen), rng)


def unrelated_pairs(chosen: Sequence[Pair], count: int, rng: random.Random) -> list[Pair]:
    """Pair up records of different places, in the same city where possible."""
    sides = (record for pair in chosen for record in (pair.a, pair.b))
    records = list({record.text: record for record in sides if record.has_address}.values())
    seen = {frozenset((pair.a.text, pair.b.text)) for pair in chosen}
    pairs: list[Pair] = []
    while len(pairs) < count:
        a, *others = rng.sample(records, min(12, len(records)))
        others = [
            record
            for record in others
            if record.place != a.place
            and (record.city in CHINA) == (a.city in CHINA)
            and frozenset((a.text, record.text)) not in seen
        ]
        if others:
            b = min(others, key=lambda record: record.city != a.city)
            seen.add(frozenset((a.text, b.text)))
            pairs.append(Pair(a, b, False, False))
    return pairs


def plan_for_split(plan: PairPlan, share: float) -> PairPlan:
    """Scale a plan to the share of a split."""
    return PairPlan(round(plan.total * share), round(plan.same * share), round(plan.alike * share))


def trigrams(text: str) -> set[str]:
    """Return the character trigrams of a text, or bigrams where it is Chinese."""
    squeezed = re.sub(r"[\W_]+", "", text.lower())
    size = 2 if re.search(r"[\u4e00-\u9fff]", squeezed) else 3
    return {squeezed[at : at + size] for at in range(len(squeezed) - size + 1)}


def overlap(a: str, b: str) -> float:
    """Return the share of the shorter text's trigrams that the other text has too."""
    first, second = trigrams(a), trigrams(b)
    return len(first & second) / max(1, min(len(first), len(second)))


def misleading(row: PairRow) -> float:
    """Score how strongly the surface of a pair points to the wrong label."""
    score = overlap(row.pair.a.text, row.pair.b.text)
    if row.truth == SAME:
        return 0.35 - score
    return score + 0.25 * (row.pair.a.subtle or row.pair.b.subtle) + 0.2 * row.pair.alike


def flip(label: str) -> str:
    """Return the other pair label."""
    return DIFFERENT if label == SAME else SAME


def annotate_pairs(rows: Sequence[PairRow], rng: random.Random) -> None:
    """Give every pair the label-maker's label and those of three other annotators."""
    for category, share in PAIR_ERROR_SHARE.items():
        members = [row for row in rows if row.category == category]
        if category not in CLUMPS:
            annotate_group(members, share, 0.25, rng)
            continue
        for split, _ in SPLITS:
            annotate_group([row for row in members if row.split == split], share, 0.16, rng)


def annotate_group(rows: Sequence[PairRow], share: float, noise: float, rng: random.Random) -> None:
    """Get the given share of some pairs wrong, those with the most misleading surface first."""
    wrong = pick_errors([misleading(row) for row in rows], share, noise, rng)
    for at, row in enumerate(rows):
        row.label = flip(row.truth) if at in wrong else row.truth
        row.others = other_annotators(row.truth, at in wrong, row.category in CLUMPS, rng)


def other_annotators(
    truth: str, label_wrong: bool, clump: bool, rng: random.Random
) -> tuple[str, str, str]:
    """Draw three more labels, the first close to the label-maker and the third unrelated."""
    if clump:
        first_rate, second_rate = (0.80, 0.28) if label_wrong else (0.06, 0.09)
    else:
        first_rate, second_rate = (0.35, 0.05) if label_wrong else (0.015, 0.02)
    first, second, third = (
        flip(truth) if rng.random() < rate else truth for rate in (first_rate, second_rate, 0.06)
    )
    return first, second, "" if chance_of(rng, 0.05) else third


def make_pairs(seed: object = SEED) -> list[PairRow]:
    """Write, annotate and shuffle the rows of poi_pairs; another seed invents other places."""
    rng = random.Random(f"{seed} poi_pairs")
    writer = PairWriter(rng)
    rows = []
    for category, plan in PAIR_PLANS.items():
        for split, share in SPLITS:
            for pair in sample_pairs(category, plan_for_split(plan, share), writer, rng):
                rows.append(PairRow(pair, category, split, SAME if pair.same else DIFFERENT))
    annotate_pairs(rows, rng)
    rng.shuffle(rows)
    return rows


# --------------------------------------------------------------------------
# poi_categories
# --------------------------------------------------------------------------

CATEGORIES = (
    "building",
    "mall",
    "industrial park",
    "restaurant",
    "hotel",
    "car park",
    "school",
    "hospital",
)
KIND_OF_CATEGORY = {
    "building": "tower",
    "industrial park": "industrial",
    "car park": "parking",
}
CATEGORY_PLAN: dict[tuple[str, ...], int] = {
    ("building",): 95,
    ("mall",): 90,
    ("industrial park",): 135,
    ("restaurant",): 165,
    ("hotel",): 110,
    ("car park",): 125,
    ("school",): 140,
    ("hospital",): 130,
    ("building", "hotel"): 60,
    ("building", "mall"): 40,
    ("building", "restaurant"): 30,
    ("building", "car park"): 35,
    ("mall", "car park"): 40,
    ("mall", "restaurant"): 25,
    ("hotel", "restaurant"): 45,
    ("hotel", "car park"): 25,
    ("industrial park", "car park"): 25,
    ("industrial park", "restaurant"): 15,
    ("school", "car park"): 10,
    ("hospital", "car park"): 15,
    ("hospital", "school"): 10,
    ("building", "mall", "car park"): 30,
    ("building", "hotel", "restaurant"): 35,
    ("building", "mall", "hotel"): 20,
    ("hotel", "restaurant", "car park"): 20,
    ("mall", "restaurant", "car park"): 15,
    ("building", "restaurant", "car park"): 15,
}
OMITTED_BUILDING_SHARE = 0.35
ADDED_MALL_SHARE = 0.30
OTHER_CELL_ERROR_SHARE = 0.005
RETAIL_WING_SHARE = 0.80
TOWER_HOTELS = ("Hotel", "Suites", "Serviced Apartments")

FACETS: dict[str, tuple[Bilingual, ...]] = {
    "building": bilingual(
        """
        the whole {tall}-storey tower is theirs | 独占一栋{tall}层塔楼
        all {tall} floors of the tower belong to it | 整栋大楼{tall}层都归它
        the building itself has {tall} storeys | 整栋楼{tall}层
        it comes with its own office building of {tall} floors | 自带一栋{tall}层办公楼
        it is also an office building, finished in {year} | 本身也是写字楼，{year}年建成
        part of the listing is the {tall}-floor tower above | 楼上是{tall}层的写字楼，同属一个项目
        the tower over it has its own office lobby | 上面塔楼另有写字楼大堂
        """
    ),
    "mall": bilingual(
        """
        shopping mall on the lower {deep} floors | 低区{deep}层是购物中心
        podium mall with {shops} shops | 裙楼商场有{shops}家店
        {deep} levels of mall at its foot | 底部{deep}层为商场
        the podium is a shopping centre | 裙楼是购物中心
        lifts go straight down into its own mall | 电梯直达自有商场
        the mall downstairs belongs to it | 楼下商场属于同一项目
        """
    ),
    "restaurant": bilingual(
        """
        rooftop restaurant, book ahead | 顶楼餐厅需提前订位
        dim sum restaurant on the 2nd floor | 二楼有粤菜餐厅
        it has a restaurant open to everyone | 设有对外营业的餐厅
        brasserie off the lobby | 大堂旁有西餐厅
        has a noodle restaurant on the ground floor | 一楼自带面馆
        grill restaurant on the top floor | 顶层有烧烤餐厅
        {few} restaurants inside | 内有{few}家餐厅
        hotpot place in the basement | 地下一层有火锅店
        breakfast and dinner in the restaurant downstairs | 楼下餐厅供应早晚餐
        """
    ),
    "hotel": bilingual(
        """
        hotel on floors {first}-{last} | {first}至{last}层是酒店
        {rooms} hotel rooms above | 上面是{rooms}间客房的酒店
        hotel check-in on floor {first} | 酒店前台在{first}层
        a business hotel has floors {first} and up | {first}层以上是商务酒店
        hotel guests use the {cross} door | 酒店住客走{cross_zh}一侧的门
        also holds a hotel ({rooms} rooms) | 内设酒店，{rooms}间房
        """
    ),
    "car park": bilingual(
        """
        own car park with {spaces} spaces | 自带停车场，{spaces}个车位
        {deep} basement levels of public parking | 地下{deep}层都是公共停车场
        multi-storey car park attached | 附带立体停车楼
        pay car park underneath, {rate} an hour | 楼下就是收费停车场，{rate_zh}/小时
        visitor car park, drive in from {cross} | 设访客停车场，从{cross_zh}进
        parking garage on site, height limit {height} m | 有地下车库，限高{height}米
        its car park is open to anyone | 停车场对社会开放
        """
    ),
    "school": bilingual(
        """
        medical college on site | 院内有医学院
        nursing school in the north block | 北楼是护士学校
        {pupils} nursing students are taught here | 校区有{pupils}名护理专业学生
        """
    ),
}
RETAIL_WING = bilingual(
    """
    row of factory shops by the gate | 门口一排工厂店
    retail wing with {few} trade counters | 临街有{few}个批发门市
    factory outlet open on Saturdays | 周六工厂直营店对外开放
    retail wing along {cross}, {few} shops | 沿{cross_zh}有{few}家临街小店
    showroom and a few shops at the front | 前排有展厅和几家店铺
    small retail wing: tiles, paint, bathroom fittings | 有个小商业区，卖瓷砖、油漆、卫浴
    some units sell to the public | 部分厂房有零售门市
    shops for staff in the front block | 前楼有供员工购物的小店
    seconds shop, cheap pans and towels | 有尾货店，锅具毛巾很便宜
    """
)
NEARBY: dict[str, tuple[Bilingual, ...]] = {
    "building": bilingual(
        """
        next to the new office tower | 新写字楼旁边
        in the shadow of the insurance building | 保险大楼后面
        across from a block of offices | 对面是一栋办公楼
        """
    ),
    "mall": bilingual(
        """
        beside the old shopping mall | 老商场旁边
        ten minutes on foot from the mall | 离购物中心步行十分钟
        bus stop is outside the shopping centre opposite | 公交站在对面商场门口
        """
    ),
    "industrial park": bilingual(
        """
        last stop before the industrial park | 再往前一站是工业园
        behind it the industrial estate begins | 后面就是产业园
        many customers come from the industrial estate | 来的多是附近工业园的人
        """
    ),
    "restaurant": bilingual(
        """
        opposite a noodle restaurant | 对面有家面馆
        no restaurant on site, try the grill next door | 本身没有餐厅，隔壁有烧烤店
        turn left at the curry house | 看到川菜馆左转
        """
    ),
    "hotel": bilingual(
        """
        behind the railway hotel | 铁路宾馆后面
        coaches stop at the hotel across the road | 大巴停在马路对面的酒店
        two doors from a small hotel | 离一家小旅馆两个门面
        """
    ),
    "car park": bilingual(
        """
        no parking here, use the car park on {cross} | 不能停车，可停{cross_zh}的停车场
        five minutes from the public car park | 离公共停车场五分钟
        opposite the station car park | 对面是车站停车场
        """
    ),
    "school": bilingual(
        """
        two minutes from the primary school | 离小学两分钟
        busy when the school opposite lets out | 对面学校放学时很堵
        the lane beside the college | 职校旁边那条巷子
        """
    ),
    "hospital": bilingual(
        """
        opposite the general hospital | 综合医院对面
        one stop past the hospital | 过了医院再坐一站
        next to the hospital's back gate | 医院后门旁边
        """
    ),
}
CATEGORY_SENTENCES_EN: dict[str, tuple[str, ...]] = {
    "building": lines(
        """
        {name} is the tall one on {street}, {district}, tenants only above the lobby.
        [Offices/Two floors/Desks] to let at {name}, {street}, {city}.
        Most of the insurance firms in {district} rent in {name}.
        [Meeting/Interview/Training] moved to {name} on {street}; sign in, take the left lift.
        {name}: an office building off {street}, built {year}.
        Cleaner wanted for {name}, {district}, {city}, all office floors.
        From the river {name} is the grey tower over {street}.
        The tenants of {name} on {street} share one loading bay.
        """
    ),
    "mall": lines(
        """
        {name} in {district}: clothes, phones, a big supermarket at the bottom.
        Sales start [Friday/tomorrow/on the 1st] across {name}, {street}, {city}.
        We killed [two hours/an afternoon] in {name} on {street}, half the shops were shut.
        {name} is where {district} shops when it rains.
        Lost [a glove/my keys/a toy rabbit] somewhere between the escalators of {name}, {street}.
        Escalators at {name} ({street}, {city}) are being replaced one by one.
        Shop units from 30 m2 in {name}, {district}.
        Two floors of fashion, one of toys: {name} on {street}.
        """
    ),
    "industrial park": lines(
        """
        {name}: workshops and warehouses behind {street}, {district}.
        Our press shop sits on {name}, {street}, {city}.
        Lorries for {name} must not queue on {street}.
        [Units/Workshops/Cold stores] to rent on {name}, {district}, three-phase power, yard.
        {name} off {street} is where most of {city}'s joiners have moved.
        Collect [pallets/steel offcuts/the castings] from {name}, {street}, bring the paperwork.
        Nobody walks to {name}; the bus from {district} goes twice a day.
        A brewery, two printers and a lift maker share {name} in {district}.
        """
    ),
    "restaurant": lines(
        """
        The [lamb/crab/pie/fish soup] at {name} on {street} sold out by eight.
        {name}, {street}: decent food, slow service, loud room.
        Small menu at {name} in {district}, everything cooked in front of you.
        Ate too much at {name} again, {street}, {city}.
        Set lunch at {name} ({street}) is soup, a main and tea.
        {name} in {district} does not deliver, you eat there or take it home.
        Ask for the window table at {name} on {street}.
        Chef from {city} runs {name} on {street}, eight tables, one sitting.
        """
    ),
    "hotel": lines(
        """
        We stayed [three nights/a week/one night] at {name} on {street}, [kind staff/many stairs].
        {name} in {district}: check-in till late, rooms over the courtyard.
        Conference guests are booked into {name}, {street}, {city}.
        The night porter at {name} ({street}) keeps spare umbrellas.
        Single rooms at {name} look on to {street}.
        {name}, {city}: clean beds, small bathrooms, good tea.
        No vacancies at {name} on {street} during the fair.
        Left my [charger/scarf/glasses] in room [214/308/511/107/20] of {name}, {district}.
        """
    ),
    "car park": lines(
        """
        {name} fills up before [nine/eight/ten], drive in from {street}.
        Long-stay drivers use {name} in {district}, {city}.
        Lost ticket at {name} costs a full day; office on {street}.
        Ramps at {name} ({street}) are tight for vans.
        {name}: pay by phone, no cash, {district}.
        Level [3/2/5] of {name} on {street} is shut for repainting.
        Bays at {name} off {street} are narrow but dry.
        The barrier at {name} in {district} reads your plate.
        """
    ),
    "school": lines(
        """
        {name} on {street} takes children from all over {district}.
        Term at {name} starts [on Monday/next week/in two weeks], gates open on {street}.
        {name} in {district} is looking for a [maths/music/chemistry] teacher.
        Exams are sat in the hall of {name}, {street}, {city}.
        The choir of {name} sings in {district} every spring.
        {name}, {city}: lessons till three, clubs till five.
        Year six of {name} planted the trees along {street}.
        Parents of {name} wait on {street}, engines off.
        """
    ),
    "hospital": lines(
        """
        {name} on {street} takes emergencies from {district} and beyond.
        [Heart/Eye] ward at {name}, {city}, [third/first] floor, ring to be let in.
        They kept her overnight at {name} on {street} for observation.
        Outpatients of {name} queue from {street}.
        {name}, {district}: surgery, children, eyes, a small burns unit.
        Nurses from {name} eat their lunch on the wall on {street}.
        [Scan/Blood test/Operation] booked at {name} ({street}), bring the letter.
        Volunteers run the library trolley at {name}, {city}.
        """
    ),
}
CATEGORY_SENTENCES_ZH: dict[str, tuple[str, ...]] = {
    "building": lines(
        """
        {name}在{street}，{district}这一片最高的写字楼。
        {name}招租，{street}，精装办公室。
        {district}好几家会计所都在{name}办公。
        [会议/面试/培训]改到{name}，{street}，登记后坐左边电梯。
        {name}是{year}年建的老写字楼，在{city}{street}。
        从江边看，{street}上那栋灰色的就是{name}。
        {name}物业通知：{street}一侧外墙清洗。
        """
    ),
    "mall": lines(
        """
        {name}在{district}，服装、手机、超市都有。
        {city}{street}的{name}周五开始打折。
        下雨天就在{name}逛，{street}那边有门。
        {name}的扶梯在换，{street}入口暂时走楼梯。
        {district}{name}招商，30平起租。
        {name}两层服装一层玩具，在{street}。
        [孩子的手套/一把雨伞/钥匙]丢在{name}[二楼/三楼/扶梯口]了，{street}那个商场。
        """
    ),
    "industrial park": lines(
        """
        {name}在{street}后面，厂房和仓库为主，属{district}。
        我们的车间在{city}{name}，{street}进。
        去{name}的货车不要停在{street}上等。
        {name}厂房出租，{district}，三相电，带院子。
        {name}里有印刷厂、啤酒厂和电梯厂，在{street}。
        到{name}提[托盘/钢材/配件]，{street}，带好单据。
        从{district}到{name}的班车一天两趟。
        """
    ),
    "restaurant": lines(
        """
        {street}的{name}，[羊肉/招牌鱼/蟹粉豆腐]八点前就卖完了。
        {name}味道不错，上菜慢，在{district}。
        {name}菜单很短，都是现炒，{street}。
        又在{name}吃撑了，{city}{street}。
        {name}午市有汤有主菜还有茶，{street}。
        {district}的{name}不送外卖，只能堂食或自取。
        {name}就八张桌子，{street}，去晚了要等。
        """
    ),
    "hotel": lines(
        """
        在{street}的{name}住了[三晚/一周/两晚]，[隔音一般，人很好/床很舒服/早餐一般]。
        {name}在{district}，很晚也能入住，房间朝院子。
        参会的人都住{name}，{city}{street}。
        {name}的夜班前台备了雨伞，{street}。
        {name}单人间朝{street}，早上有点吵。
        展会期间{street}的{name}满房。
        [充电器/外套/眼镜]落在{name}[214/308/506]房了，{district}那家。
        """
    ),
    "car park": lines(
        """
        {name}[九点/八点半/十点]前就停满，从{street}进。
        {district}长时间停车一般停{name}。
        {name}丢卡按全天收费，收费处在{street}。
        {name}坡道很窄，面包车小心，{street}。
        {name}扫码缴费，不收现金，{district}。
        {street}{name}三层在刷地坪，暂停使用。
        {name}车位窄，但不淋雨，{city}{street}。
        """
    ),
    "school": lines(
        """
        {street}的{name}，{district}的孩子大多在这儿上学。
        {name}[周一/下周/九月一号]开学，{street}一侧开门。
        {name}招[数学/英语/体育]老师，{district}。
        考试在{name}礼堂，{city}{street}。
        {name}三点放学，社团到五点，{street}。
        {street}两边的树是{name}的学生种的。
        接孩子请在{street}等，{name}门口不让停。
        """
    ),
    "hospital": lines(
        """
        {street}的{name}，{district}的急诊都送这儿。
        {name}[心内科/骨科/儿科]在[三楼/二楼/五楼]，{city}。
        她在{name}留观一晚，{street}。
        {name}门诊排队排到了{street}。
        {name}有外科、儿科、眼科，在{district}。
        约了{name}的[核磁/胃镜/手术]，{street}，带好单子。
        {name}住院部探视要登记，{city}{street}。
        """
    ),
}


@dataclass
class CategoryRow:
    """One row of poi_categories with its labels and what misleads an annotator."""

    text: str
    language: str
    truth: frozenset[str]
    leading: str
    retail_wing: bool
    nearby: str
    label: frozenset[str] = frozenset()
    split: str = ""


def join_categories(categories: Iterable[str]) -> str:
    """Join category names in the fixed order."""
    return "|".join(category for category in CATEGORIES if category in set(categories))


def leading_category(truth: tuple[str, ...], rng: random.Random) -> str:
    """Choose the category a place is introduced as."""
    if truth[:2] in (("building", "hotel"), ("building", "mall")):
        return rng.choice(truth[:2])
    return truth[0]


def invent_place(truth: tuple[str, ...], leading: str, language: str, world: World) -> Place:
    """Invent a place of a category, in a hotel tower only where a tower is plausible."""
    rng = world.rng
    city = rng.choice(CHINA if language == "zh" or chance_of(rng, 0.12) else WEST)
    kind = KIND_OF_CATEGORY.get(leading, leading)
    sorts = types_of(kind, city)
    if kind == "hotel" and "building" in truth:
        sorts = tuple(sort for sort in sorts if sort.suffix in TOWER_HOTELS)
    place = world.new_place(kind, city, sort=rng.choice(sorts), note_count=0)
    if truth == ("restaurant",) and chance_of(rng, 0.25):
        place.inside = world.new_place(rng.choice(("mall", "tower")), city)
        place.unit = (rng.randrange(1, 5), rng.randrange(1, 46))
    return place


def write_category_row(truth: tuple[str, ...], world: World, language: str) -> CategoryRow:
    """Invent a place with the given categories and describe it."""
    rng = world.rng
    leading = leading_category(truth, rng)
    place = invent_place(truth, leading, language, world)
    wing = truth[0] == "industrial park" and chance_of(rng, RETAIL_WING_SHARE)
    others = [name for name in CATEGORIES if name not in truth]
    nearby = rng.choice(others) if chance_of(rng, 0.25) else ""
    told = [rng.choice(FACETS[name]) for name in truth if name != leading]
    told += [rng.choice(RETAIL_WING)] if wing else []
    told += [rng.choice(NEARBY[nearby])] if nearby else []
    place.notes = world.fill_notes(told + rng.sample(NOTES[place.kind], 2), place)
    college = place.sort.noun in HIGHER_EDUCATION
    if chance_of(rng, 0.42) and not place.inside and not college:
        text = category_sentence(place, leading, len(told), language, rng)
    else:
        options = Options(required_notes=len(told), most_notes=len(told) + 1)
        text = describe(place, 0, language, options, rng).text
    return CategoryRow(text, language, frozenset(truth), leading, wing, nearby)


def category_sentence(
    place: Place, category: str, needed: int, language: str, rng: random.Random
) -> str:
    """Describe a place in a sentence of its category followed by what must be told."""
    side = LANGUAGES.index(language)
    book = PHRASEBOOKS[language]
    name = place.names[language][0]
    shapes = CATEGORY_SENTENCES_ZH if language == "zh" else CATEGORY_SENTENCES_EN
    sentence = vary(rng.choice(shapes[category]), rng).format(
        name=name,
        street=place.street[side],
        year=place.year,
        district=f"{place.district[1]}区" if language == "zh" else place.district[0],
        city=place.city.zh if language == "zh" else place.city.en,
    )
    notes = [note[side] for note in place.notes[: needed + chance_of(rng, 0.4)]]
    notes = shuffled(notes, rng)
    if language == "zh" or chance_of(rng, 0.5):
        notes = [book.comma.join(notes)] if notes else []
    sentences = [sentence, *(sentence_case(note) + book.full_stop for note in notes)]
    if place.phone and chance_of(rng, 0.2):
        phone = write_phone(place.phone, place.city, rng)
        sentences.append(f"电话{phone}" if language == "zh" else phone)
    text = book.sentence_gap.join(sentences)
    return add_noise(text, language, (name, place.street[0]), rng)


def label_categories(rows: Sequence[CategoryRow], rng: random.Random) -> None:
    """Give every row the label-maker's categories, wrong in two clumps and in scattered cells."""
    for row in rows:
        row.label = row.truth
    towers = [row for row in rows if in_tower_clump(row)]
    scores = [1.0 * (row.leading != "building") for row in towers]
    for at in pick_errors(scores, OMITTED_BUILDING_SHARE, 0.8, rng):
        towers[at].label -= {"building"}
    parks = [row for row in rows if row.retail_wing]
    scores = [1.0 * bool(re.search("outlet|shop|商|店", row.text)) for row in parks]
    for at in pick_errors(scores, ADDED_MALL_SHARE, 0.8, rng):
        parks[at].label |= {"mall"}
    flip_cells(rows, rng)


def in_tower_clump(row: CategoryRow) -> bool:
    """Tell whether a row is a tower that holds a hotel or a mall."""
    return "building" in row.truth and bool(row.truth & {"hotel", "mall"})


def in_clump_cell(row: CategoryRow, category: str) -> bool:
    """Tell whether a cell belongs to one of the two clumps."""
    if category == "building":
        return in_tower_clump(row)
    return category == "mall" and row.retail_wing


def flip_cells(rows: Sequence[CategoryRow], rng: random.Random) -> None:
    """Flip scattered cells outside the clumps, most often something that is only nearby."""
    cells = [(row, name) for row in rows for name in CATEGORIES if not in_clump_cell(row, name)]
    keyed = [(rng.random() ** (1 / cell_weight(row, name)), row, name) for row, name in cells]
    keyed.sort(key=lambda item: item[0], reverse=True)
    left = round(OTHER_CELL_ERROR_SHARE * len(cells))
    for _, row, category in keyed:
        changed = row.label ^ {category}
        if left and changed:
            row.label = changed
            left -= 1


def cell_weight(row: CategoryRow, category: str) -> float:
    """Weigh how easily an annotator gets a cell wrong."""
    if category == row.nearby:
        return 30
    if category in row.truth:
        return 1 if category == row.leading else 12
    return 3 if category == "building" else 1


def make_categories() -> list[CategoryRow]:
    """Write, label and shuffle the rows of poi_categories."""
    rng = random.Random(f"{SEED} poi_categories")
    world = World(rng)
    plan = [truth for truth, count in CATEGORY_PLAN.items() for _ in range(count)]
    rng.shuffle(plan)
    rows: list[CategoryRow] = []
    texts: set[str] = set()
    while len(rows) < len(plan):
        language = "en" if len(rows) < 0.6 * len(plan) else "zh"
        row = write_category_row(plan[len(rows)], world, language)
        if row.text not in texts:
            texts.add(row.text)
            rows.append(row)
    label_categories(rows, rng)
    rng.shuffle(rows)
    for row, split in zip(rows, shuffled(draw_splits(len(rows)), rng), strict=True):
        row.split = split
    return rows


# --------------------------------------------------------------------------
# intents
# --------------------------------------------------------------------------

INTENT_PLAN = {
    "navigate": 300,
    "opening_hours": 250,
    "book_table": 220,
    "parking": 280,
    "report_problem": 210,
    "recommend": 240,
}
PARKING_WITH_DESTINATION_SHARE = 0.70
RECOMMEND_FOOD_SHARE = 0.60
PARKING_CLUMP, RECOMMEND_CLUMP = "parking with a destination", "recommend with food or tables"
INTENT_ERROR_SHARE = {PARKING_CLUMP: 0.30, RECOMMEND_CLUMP: 0.25}
OTHER_INTENT_ERROR_SHARE = 0.03
LIKELY_MISTAKES = {
    "navigate": ("parking", "recommend"),
    "opening_hours": ("book_table", "navigate", "report_problem"),
    "book_table": ("recommend", "opening_hours"),
    "parking": ("report_problem", "opening_hours", "recommend"),
    "report_problem": ("navigate", "opening_hours", "parking"),
    "recommend": ("navigate", "opening_hours"),
}

QUESTIONS_EN: dict[str, tuple[str, ...]] = {
    "navigate": lines(
        """
        [Take me/Bring me/Drive me] to {place}.
        [How do I get/How would you go/What's the best way] to {place} from {area}?
        [Fastest/Quickest/Easiest] way to {place}, [avoiding tolls/no ferries/not the ring road]?
        Directions to {address} [please/on foot/by car/by bus].
        [Navigate/Route me/Guide me] to {address}.
        I [have to/must/need to] be at {place} by {time}, which way [should I go/is quickest]?
        [Walking route/Pavement route/Way on foot] to {place}.
        Is there a [step-free/pushchair friendly/flat] way to {place}?
        Start navigation, {address}.
        Which [bus/tram/line] goes from {area} to {place}?
        Give me a bike route to {area} that [isn't all uphill/stays off main roads/has lights].
        Get me [home/back to the hotel/to work] but go past {place} first.
        Add a stop at {place} before {eatery}.
        How [far/long] is [it to {place}/the walk to {place}] from {area}?
        Which exit do I take for {place}?
        I'm on {street}, do I turn left or right for {place}?
        Can I still make {place} by {time} if I leave now?
        Show me the way to the back entrance of {place}.
        Drive to {address}, no motorways.
        My [mum/brother/boss] is waiting at {place}, [route me there/how do I get there].
        [Missed my turn at {street}/Went past {street} by mistake], what now?
        Where exactly is {place}? I'm standing on {street}.
        What's the quickest way across {city} to {area} at {time}?
        {place}, go.
        Send me round {street}, I want to reach {area} without the bridge.
        Which side of {street} is number {number} on, and how do I walk there?
        Plot a route {area} to {area2} and stay off {street}.
        [Tram or walk/Bus or bike/Train or taxi], what's quicker to {place}?
        I'm [lost/stuck/standing] near {street}. Get me to {place}.
        Shortest walk between {eatery} and {place}?
        How many minutes to {place} [with traffic right now/at this hour/if I cycle]?
        We want to go from {place} to {place2}, [train if possible/no changes/cheapest way].
        Guide me to {area}, quiet roads only, [I'm towing a horse box/learner driver/old tractor].
        Is it quicker to reach {place} via {street} or via {street2}?
        Turn by turn to {address}, [voice on/voice off/big arrows].
        Go back to the place I was at on {day}, {place}.
        What train do I need for {area}? Leaving from {place}.
        Could you lead me to {place} through the park?
        Continue to {place} but skip the stop at {eatery}.
        On foot from the ferry to {street}, how?
        """
    ),
    "opening_hours": lines(
        """
        [What time/When] does {place} [close/shut/open] on {day}?
        Is {place} [open now/still open/open yet/shut already]?
        [When/What time] does {eatery} open [/tomorrow/on {day}]?
        Is {place} open on [bank holidays/New Year's Day/Good Friday/public holidays]?
        {place} [opening times/opening hours/hours today/closing time]
        How late is {eatery} open [tonight/on {day}/this week]?
        Does {place} [shut for lunch/close early on {day}/open at weekends]?
        Are they open on {day} at {place}?
        Do I have time to get into {place} before it closes at the weekend?
        Hours for {place} on {street} [please/today/this {day}]?
        [Last entry/Latest I can walk in/Last admission] at {place}?
        What are the [visiting/ward visiting/evening visiting] hours at {hospital}?
        Is the kitchen at {eatery} [still serving/open/already going] at {time}?
        Earliest I can get into {place} on {day}?
        Is anything at {place} open before {time}?
        Does {eatery} do Sundays?
        Is {place} closed this week or just {day}?
        When do they lock the doors at {place}?
        [Christmas/Easter/Boxing Day] opening for {place} in {area}?
        Until when is {eatery} open, the one in {area}?
        I finish work at {time}, will {place} still be open?
        [What day is {eatery} closed/Which day does {eatery} take off]?
        Are the {day} hours for {place} different?
        Is {place} 24 hours?
        Check whether {place} opens before {time} tomorrow.
        When does breakfast stop at {eatery}?
        Does reception at {place} [stay open late/open before {time}/work weekends]?
        Which days does {place} stay open past {time}?
        {eatery} {day} [hours/opening/closing time]?
        [Half term/Summer/Holiday] hours for {place}?
        Is there [anyone/somebody] at {place} on a {day} [morning/evening]?
        What time do last orders finish in {eatery}?
        The sign says closed, when does {place} open again?
        How long is {place} open today?
        Do the shops on {street} open on {day}?
        """
    ),
    "book_table": lines(
        """
        [Book/Get/Reserve] a table for {n} at {eatery}, {day} {time}.
        [Can you get/Could you find/Please book] us a table at {eatery} on {day}, we are {n}.
        Reserve {eatery} for {n} on {day}.
        Table for {n}, {time}, {eatery} please.
        I'd like to [reserve/book in/make a reservation] at {eatery} on {day} around {time}.
        Change my booking at {eatery} from {time} to an hour later.
        Cancel the [table/booking/reservation] I have at {eatery} on {day}.
        Is there a free table at {eatery} at {time}? If so take it.
        We are {n} plus a baby, book {eatery} for {day}.
        Put [me/us/my parents] down for {time} at {eatery}, name's {person}.
        Any slots left at {eatery} {day} evening? Need {n} seats, please reserve.
        Get me a [window seat/corner table/booth/table outside] at {eatery} for {day}.
        Reserve the [private room/back room/long table] at {eatery} for {many}.
        Make it {many} instead of four at {eatery}, same time.
        Booking for {person}, {n} people, {eatery}, {time}.
        Could you hold a table at {eatery} until {time}?
        Two high chairs and {n} adults at {eatery}, {day} lunch, book it.
        Ring {eatery} and book us in for {time}.
        I want to book {eatery} on {street} for my [dad's birthday/mum's party], {many} of us.
        [Confirm/Double-check] my reservation at {eatery} for {day}.
        Please move our {day} dinner reservation at {eatery} to {time}.
        Add one more person to tonight's table at {eatery}.
        Book [dinner/lunch], {eatery}, {n} of us, [outside if dry/not by the toilets].
        Need a booking at {eatery} {day}, anything between {time} and nine.
        Reserve two tables next to each other at {eatery}, {many} people in total.
        Try to get {n} seats at the counter of {eatery} for {time}.
        Book the usual at {eatery}, {day}.
        Can {eatery} fit {n} of us in at {time}? Book if yes.
        Make a [lunch/dinner/brunch] reservation at {eatery} for {day}.
        Join the waiting list for a table at {eatery} tonight.
        Reserve under {person}: {eatery}, {day}, {n} guests.
        Swap my booking at {eatery} to the {area} branch.
        """
    ),
    PARKING_CLUMP: lines(
        """
        Where can I [park/leave the car/put the van] near {place}?
        Going to {place}, where do I leave the car?
        Is there [parking/a car park/free parking] at {place}?
        Driving to {place} [at {time}/on {day}/just now], any spaces?
        Heading to {eatery} [tonight/on {day}/for lunch], is there somewhere to park?
        How much is parking at {place} [/for two hours/on {day}/overnight]?
        Closest car park to {place}, we're on our way there.
        Can I park on {street} when I visit {place}?
        I'm taking my [gran/neighbour/dad] to {place}, [need a disabled bay/where is the bay].
        Need to get to {place} with a van, which car park is tall enough?
        Does {place} have a multi-storey or just street parking?
        On the way to {place}: cheapest place to leave the car for three hours?
        Parking for {address}?
        If I drive to {eatery}, will I find a spot on {street}?
        I need a car park by {place}.
        Where do people park for {place}?
        We arrive at {place} around {time}, where's the garage entrance?
        Can I charge the car while I'm at {place}? Looking for an EV bay.
        [Free/Cheap/Covered] parking within [five/ten] minutes of {place}?
        How full is the car park at {place} [right now/around {time}/on a {day}]?
        Which level should I park on for {eatery} in {mall}?
        Is the lot behind {place} open to visitors?
        Somewhere safe to [leave a motorbike/park a scooter/leave a camper] by {place}?
        I'm going to {place} on {day}, can I reserve a parking space?
        Is the garage of {place} entered from {street}?
        Height limit for the garage under {place}?
        Got a trailer, going to {place}, where does it fit?
        Do I need a permit to park outside {address}?
        Park on the edge and walk in: any lot near {place}?
        Coach parking for {mall}, 40 pupils on board?
        """
    ),
    "parking": lines(
        """
        Where's the [nearest/cheapest/next] car park?
        Is it [free/legal/OK] to park on {street} [after {time}/on {day}/overnight]?
        Any [spaces/bays/spots] left [round here/in {area}/near me]?
        How much is it [per hour/per day] to park in {area}?
        What is the cheapest hourly parking you can find?
        Can I leave the car on {street} overnight?
        I need a [disabled bay/bay with a charger/loading bay] [near {street}/in {area}/round here].
        Is street parking allowed in {area} on {day}?
        Parking with an EV charger, please.
        Where did I [park/leave the car] [/on {day}/this morning]?
        Remind me when my ticket runs out on {street}.
        Do they tow cars on {street}?
        Multi-storey in {area} that takes vans?
        Which car parks in {city} let you leave after midnight?
        Covered parking, it's about to hail.
        Extend my parking [by an hour/until {time}].
        Resident permit zones in {area}?
        Somewhere I can park a motorhome in {city}?
        Does the meter on {street} take coins?
        Are there any cheap all-day garages in {area}?
        Is a single yellow line OK after {time}?
        Long stay parking for two weeks in {city}?
        """
    ),
    "report_problem": lines(
        """
        The map puts {place} on the wrong side of {street}.
        {street} has been closed since {day} and you keep sending me down it.
        The [phone number/website/address] for {place} is wrong.
        {eatery} shut down [months ago/last year/for good], please [take it off/delete it/update].
        You told me to turn into a one-way street at {street}.
        The app [freezes/crashes/goes blank] when I [search for/tap on] {place}.
        Wrong [opening hours/menu/price range] shown for {eatery}.
        There's a missing street next to {place}.
        Address for {place} should say {number}, not what you have.
        Your voice says {street} as if it were two words, fix it.
        There has been [an accident/a burst pipe] on {street}, [both lanes blocked/road shut].
        The pin for {eatery} is in the river.
        I want to report a speed limit error on {street}.
        {place} has moved to {street}, your listing is old.
        GPS thinks I'm in {area} but I'm in {area2}.
        Two entries for {place}, one of them is a duplicate.
        [Big pothole/Fallen tree/Open manhole] on {street}, outside number {number}.
        The entrance you show for {place} is a brick wall.
        My [saved places/home address/favourites] vanished [after the update/since {day}/overnight].
        Traffic lights out at {street} and {street2}.
        The booking button for {eatery} does nothing.
        You show a car park on {street} that was built over.
        Photos under {place} are of a different building.
        Route recalculates every ten seconds, what's broken?
        The bridge on {street} has a height limit you don't know about.
        {eatery} is now called something else, update the name.
        Bus times at {area} are all an hour off.
        Somebody put a fake review on {place}, flag it.
        No sound from the directions since {day}.
        You said {place} was open and it was locked. Correct that.
        The footpath behind {place} doesn't exist any more.
        Street name sign says {street}, map says {street2}.
        """
    ),
    RECOMMEND_CLUMP: lines(
        """
        Where should we eat in {area} [tonight/on {day}/before a film]?
        [Good/Decent/Proper] {food} near {place}?
        [Best/Your favourite] place for {food} in {city}?
        Which restaurant has tables outside in {area}?
        We're {n} people, what's a nice spot for dinner around {street}?
        Somewhere for lunch that isn't {eatery}.
        [Cheap/Spicy/Halal] {food} in {area}, any [ideas/tips/favourites]?
        Is {eatery} any good or should we try another place?
        Recommend a [quiet/romantic/cosy] restaurant for [a first date/a work dinner] in {area}.
        Where do locals go for {food}?
        Any restaurant near {place} where I don't need to book?
        Suggest a place with big tables for {many} in {city}.
        What's like {eatery} but cheaper?
        Vegan dinner in {area}, what would you pick?
        Kids want {food}, grandma wants soup, where do we go?
        Which café on {street} has the best cake?
        Top three {food} spots in {city}, please.
        I'm [starving/hungry] and near {place}, what's [decent/good/quick]?
        Late night {food}, anything worth the walk?
        Somewhere with a big round table for a family meal on {day}?
        Looking for a {day} brunch place in {area}, not too loud.
        What's the best table with a view in {city}?
        Any new restaurants in {area} you'd suggest?
        Somewhere for dinner at {time} with gluten-free food?
        """
    ),
    "recommend": lines(
        """
        What's worth seeing in {area}?
        Which hotel in {city} would you pick for [two nights/a family of five/a business trip]?
        Any nice [walks/parks/viewpoints] near {place}?
        Something to do with [kids/teenagers/my in-laws] in {area} when it rains?
        Is {area} or {area2} better to stay in?
        Suggest a quiet café to work from near {street}.
        Good [bookshop/record shop/tailor/cinema] in {city}?
        What's a decent barber around {street}?
        Recommend a gym in {area} that isn't packed at {time}.
        Where can I watch the sunset in {city}?
        Best market [on a {day}/in {area}]?
        Which dentist in {area} is good with nervous people?
        I've got two hours near {place}, what should I do?
        Any pretty [villages/beaches/lakes] within an hour of {city}?
        Where do you go for presents in {area}?
        Know a reliable bike repair place near {place}?
        Which museum in {city} is good for a five year old?
        Somewhere dog friendly to spend the afternoon in {area}?
        Live music on {day} in {city}, what do you suggest?
        Which mall is better for shoes, {mall} or {mall2}?
        A hostel that's not a dump, {city}?
        Prettiest street in {area} for photos?
        """
    ),
}
QUESTIONS_ZH: dict[str, tuple[str, ...]] = {
    "navigate": lines(
        """
        [导航到/带我去/我要去/出发去]{place}。
        [去/到]{place}怎么[走/过去/坐车]？
        从{area}到{place}坐几路车？
        带我去{address}。
        [走路/骑车/打车]去{place}要多久？
        [不走高速/不走收费路/避开学校路段]，去{address}。
        我[在/走到]{street}了，去{place}往哪边[拐/走]？
        {time}前[要到/得赶到]{place}，走哪条路来得及？
        到{place}最近的地铁口是哪个？
        先去{eatery}接人，再去{place}。
        有没有不爬坡的骑行路线去{area}？
        规划一下{area}到{area2}的路线，避开{street}。
        现在去{place}[堵不堵/路上好走吗]，大概几分钟到？
        {place}后门怎么进？
        错过{street}路口了，重新规划。
        [我妈/朋友/客户]在{place}等我，[直接导航过去/怎么走最快]。
        打开步行导航，{address}。
        {place}到{place2}怎么坐车？
        去{place}走{street}快还是走{street2}快？
        {place}具体在哪儿，我已经到{street}了。
        回家，路上经过{place}。
        轮椅能走的路线，去{place}。
        去{area}，别过江。
        {street}{number}号在路的哪一侧，怎么走过去？
        从{eatery}走到{place}最近怎么走？
        继续去{place}，中间那站取消。
        {city}站到{place}，公交优先。
        语音导航，目的地{place}。
        到{place}还有多远？
        骑车到{place}，走小路。
        """
    ),
    "opening_hours": lines(
        """
        {place}[几点关门/几点下班/开到几点]？
        {eatery}[现在/这会儿]还[开着/营业]吗？
        {place}{day}[上班吗/开门吗/休不休息]？
        {place}[营业时间/几点开门/开放时间/今天开吗]
        {eatery}[早上几点开门/明天几点开/几点开始营业]？
        {place}[节假日/国庆/元旦/端午]休息吗？
        {time}去{place}还来得及进吗？
        {eatery}晚上最晚几点能点菜？
        {place}中午休息不？
        {hospital}的探视时间是几点到几点？
        {eatery}周几休息？
        我{time}下班，{place}那时候还开门吗？
        {place}最早几点能进？
        {place}是24小时的吗？
        {eatery}{day}几点打烊？
        [过年期间/五一/中秋那天]{place}开不开？
        {area}那家{eatery}开到几点？
        {place}今天是不是提前关门？
        查一下{place}明天的开放时间。
        {place}前台几点下班？
        {street}上的店一般几点开？
        {eatery}早餐到几点？
        {place}{day}和平时时间一样吗？
        {place}门锁着，几点才开？
        {mall}最晚几点[入场/清场]？
        {eatery}下午三点还营业吗？
        """
    ),
    "book_table": lines(
        """
        [帮我订/给我订/想订]{eatery}，{day}{time}，{n}个人。
        {eatery}今晚还有位子吗？有就订一个，{n}位。
        在{eatery}预订一张{n}人桌。
        订{eatery}的包间，{day}晚上，{n}个人。
        把{eatery}的预订改到{time}。
        [取消/退掉]我在{eatery}订的[位子/桌/包间]。
        {eatery}[靠窗的位子/角落的卡座/露台的桌子]留一个，{day}{time}到。
        给{eatery}打电话订位，姓{person}，{n}人。
        {day}中午{eatery}，{n}大一小，要儿童椅，帮我订。
        订位：{eatery}，{time}，{n}人。
        {eatery}加一个人，一共{n}个。
        [我爸生日/公司聚餐/孩子满月]，想在{eatery}订个大桌，{many}人左右。
        {eatery}能不能帮我把位子留到{time}？
        帮我排{eatery}的号。
        确认一下我{day}在{eatery}的预订。
        {eatery}{area}店，订{day}{time}两桌。
        预约{eatery}，今晚{time}，露台。
        {eatery}{time}还能坐下{n}个人的话就订。
        {eatery}的订位改成{many}个人，时间不变。
        麻烦订{eatery}，{day}晚饭，名字写{person}女士。
        订{eatery}吧台位，{n}个。
        想换到{eatery}{area}那家，原来的桌子退掉。
        {eatery}{day}那桌帮我往后推半小时。
        老样子，{eatery}，{day}，订好发我。
        帮忙在{eatery}约个午餐位。
        """
    ),
    PARKING_CLUMP: lines(
        """
        {place}附近[哪儿能停车/好停车吗/有地方停车吗]？
        去{place}车[停哪儿/停哪里方便/停哪边不贴条]？
        {place}有停车场吗？
        开车去{eatery}，附近好停车吗？
        {place}停车[多少钱一小时/一天多少钱/收费贵不贵]？
        我[现在/一会儿/{day}]开车去{place}，还有车位没？
        离{place}最近的停车场在哪？
        到{place}办事，{street}边上能停吗？
        带老人去{place}，要个无障碍车位。
        {place}地库限高多少？我开面包车过去。
        去{place}，哪个停车场便宜？
        {place}停车场入口在{street}吗？
        {time}到{place}，停车场会不会满？
        去{place}，先帮我找个停车场。
        去{place}的路上找个能充电的车位。
        {address}门口能临时停一下吗？
        {place}停车有没有免费时长？
        在{eatery}吃饭能免停车费吗？
        大巴去{place}停哪里？
        去{place}停哪一层离电梯近？
        {day}去{place}，能提前预约车位吗？
        {place}的车库从{street}能进吗？
        摩托车去{place}可以停哪儿？
        {place}后面那块空地让停车吗？
        """
    ),
    "parking": lines(
        """
        [附近/这一带/{street}附近]哪里有停车场？
        {street}晚上{time}以后停车收费吗？
        {area}停车一小时多少钱？
        我的车[停哪儿了/昨天停哪儿了/停在几层来着]？
        找个便宜点的停车场，能停一整天的。
        {street}路边能过夜停车吗？
        有带充电桩的车位吗？
        [周围/{street}这边/这个点]还有空车位吗？
        {area}哪个停车楼能停高一点的车？
        {street}会拖车吗？
        帮我续[一小时/半小时/两小时]停车费。
        要下冰雹了，找个室内停车场。
        {city}哪里能停房车？
        {area}的路边车位{day}免费吗？
        停车快到点了提醒我。
        {street}的咪表能用手机付吗？
        出差两周，车停哪里划算？
        {area}有没有24小时的停车场？
        """
    ),
    "report_problem": lines(
        """
        {place}的位置标错了，应该在{street}对面。
        {street}{day}就封路了，还一直让我走。
        {place}的电话[是空号/打不通/换了]，改一下。
        {eatery}[早就关门了/上个月倒闭了/已经不在了]，请删掉。
        {street}是单行道，你让我逆行。
        一[搜/点开]{place}[软件就闪退/就卡死/就白屏]。
        {eatery}的营业时间写错了。
        {place}旁边少了一条路。
        {place}门牌应该是{number}号。
        {street}[出车祸了/水管爆了/有树倒了]，两条道都堵死。
        {eatery}的定位跑到江里去了。
        {street}限速标错，报个错。
        {place}搬到{street}了，信息没更新。
        定位一直飘，显示我在{area}，其实在{area2}。
        {place}重复了两条，麻烦合并。
        {street}{number}号门口有个大坑。
        {place}标的入口是一堵墙。
        更新之后[收藏/家的地址/历史记录]全没了[/，怎么回事/，请处理]。
        {street}和{street2}路口红绿灯坏了。
        {eatery}的订位按钮点了没反应。
        {place}下面的照片不是这栋楼。
        导航没声音，从{day}开始的。
        {eatery}改名了，请更新。
        {street}的限高杆地图上没有。
        你说{place}开着，结果锁门，请更正。
        {area}公交到站时间全不准。
        """
    ),
    RECOMMEND_CLUMP: lines(
        """
        [今晚/中午/{day}]在{area}吃什么好？
        {place}附近有什么好吃的{food}？
        {city}哪家{food}最[正宗/好吃/实惠]？
        {area}有没有带露台座位的餐厅推荐？
        {n}个人[聚餐/吃晚饭/过生日]，{street}附近去哪家合适？
        除了{eatery}，中午还能去哪儿吃？
        {area}便宜的{food}，推荐几家。
        {eatery}怎么样，值得去吗？
        想找个安静的餐厅约会，{area}的。
        本地人都去哪儿吃{food}？
        {place}旁边有没有不用订位的馆子？
        有大圆桌的饭店推荐一家，{many}个人。
        跟{eatery}差不多但便宜点的店有吗？
        {area}素食晚饭，你选哪家？
        孩子想吃{food}，老人要喝汤，去哪儿好？
        {city}前三的{food}是哪几家？
        在{place}饿了，有啥推荐？
        夜宵想吃{food}，哪家值得跑一趟？
        {day}家里人吃饭，哪家包间好一点？
        {city}哪家餐厅的靠窗位风景最好？
        """
    ),
    "recommend": lines(
        """
        {area}有什么[好逛的/好玩的/值得看的]？
        {city}住[两晚/一周/一晚]，哪家酒店好？
        {place}附近有适合散步的地方吗？
        下雨天带[孩子/老人/外地朋友]在{area}玩什么？
        住{area}还是住{area2}方便？
        {street}附近推荐个能办公的安静地方。
        {city}有什么不错的[书店/唱片店/茶馆/展览]？
        {street}一带哪家理发店靠谱？
        {area}人少一点的健身房推荐一下。
        {city}哪里看日落好？
        {day}有什么集市可以去？
        {area}哪个牙医温柔一点？
        在{place}有两个小时空闲，去哪儿好？
        {city}周边一小时车程有什么[古镇/山/水库]？
        {city}哪个博物馆适合五岁的孩子？
        {area}有没有能带狗的公园？
        {place}附近修自行车哪家好？
        {city}拍照好看的老街推荐一条。
        """
    ),
}
FOODS = bilingual(
    """
    ramen | 拉面
    hand-pulled noodles | 手拉面
    dumplings | 饺子
    sushi | 寿司
    hotpot | 火锅
    fish and chips | 烤鱼
    tacos | 串串
    curry | 咖喱
    pizza | 披萨
    dim sum | 早茶
    roast duck | 烤鸭
    barbecue | 烧烤
    pho | 米粉
    tapas | 小龙虾
    pancakes | 煎饼
    lamb skewers | 羊肉串
    """
)
DAYS_ASKED = bilingual(
    """
    Monday | 周一
    Tuesday | 周二
    Thursday | 周四
    Friday | 周五
    Saturday | 周六
    Sunday | 周日
    """
)
TIMES_ASKED = bilingual(
    """
    six | 六点
    half past seven | 七点半
    8 pm | 晚上8点
    19:30 | 19:30
    noon | 中午
    6:15 | 6:15
    quarter to nine | 八点三刻
    5pm | 下午5点
    """
)
GREETINGS = bilingual(
    """
    hey, | 你好，
    hi there, | 嗨，
    OK so | 哎，
    quick one: | 麻烦问下，
    um, | 那个，
    hello, | 喂，
    sorry, | 不好意思，
    right, | 对了，
    """
)
ENDINGS = bilingual(
    """
    Thanks. | 谢谢
    Cheers! | 谢啦
    Kids are in the car. | 带着孩子
    It's raining by the way. | 外面下雨
    First time in {city}. | 第一次来{city}
    I'm in a rush. | 有点急
    Ta. | 拜托了
    My phone is nearly dead. | 手机快没电了
    Asking for my dad. | 帮我爸问的
    No hurry. | 不急
    """
)
TRAVEL_CUES = re.compile(
    r"\b(get to|going to|heading|driving|drive to|on the way|route|take me|arrive)\b|去|到|导航",
    re.I,
)
TABLE_CUES = re.compile(
    r"\btables?\b|\btonight\b|\bpeople\b|\bbook\b|\bdinner\b|今晚|个人|位|桌|包间", re.I
)


@dataclass
class IntentRow:
    """One row of intents with its labels and its clump."""

    text: str
    language: str
    truth: str
    clump: str
    label: str = ""
    split: str = ""


def slot_values(world: World, language: str) -> dict[str, object]:
    """Invent the places, streets and times a question may mention."""
    rng = world.rng
    side = LANGUAGES.index(language)
    city = rng.choice(CHINA if language == "zh" else WEST)
    kinds = ("mall", "hospital", "tower", "school", "hotel", "clinic", "shop", "restaurant")

    def name(kind: str) -> str:
        names = world.draw_names(kind, rng.choice(types_of(kind, city)), city)[language]
        return rng.choice(names)

    street = world.draw_street(city)
    other = world.draw_street(city, street)
    area, area2 = rng.sample(city.districts, 2)
    number = rng.randrange(2, 260)
    person = rng.choice(CHINESE_PEOPLE)[1] if language == "zh" else rng.choice(SURNAMES)
    return {
        "hospital": name("hospital"),
        "mall": name("mall"),
        "mall2": name("mall"),
        "many": rng.choice(("八", "十", "十二", "9"))
        if side
        else rng.choice(("eight", "9", "ten")),
        "place": name(rng.choice(kinds)),
        "place2": name(rng.choice(kinds)),
        "eatery": name("restaurant"),
        "street": street[side],
        "street2": other[side],
        "area": area[side] + "区" * side,
        "area2": area2[side] + "区" * side,
        "city": city.zh if side else city.en,
        "number": number,
        "address": f"{street[side]}{number}号" if side else f"{number} {street[side]}",
        "time": rng.choice(TIMES_ASKED)[side],
        "day": rng.choice(DAYS_ASKED)[side],
        "n": rng.choice(("三", "四", "五", "六", "八", "6", "10"))
        if side
        else rng.choice(("three", "four", "5", "six", "8", "12")),
        "food": rng.choice(FOODS)[side],
        "person": person,
    }


def decorate_question(
    text: str, language: str, values: dict[str, object], rng: random.Random
) -> str:
    """Add greetings, endings, lost punctuation and typos to a question."""
    side = LANGUAGES.index(language)
    protected = [str(value) for value in values.values()]
    greeting = rng.choice(GREETINGS)[side] if chance_of(rng, 0.16) else ""
    ending = rng.choice(ENDINGS)[side].format(**values) if chance_of(rng, 0.17) else ""
    if language == "zh":
        body = text.rstrip("。") if chance_of(rng, 0.6) else text
        body = body.replace("，", " ").rstrip("？") if chance_of(rng, 0.1) else body
        joint = "" if not ending or body[-1] in "。？" else "，"
        return greeting + body + joint + ending
    if greeting and not text.startswith(("I ", "I'", "GPS", *protected)):
        text = text[0].lower() + text[1:]
    text = " ".join(part for part in (greeting and sentence_case(greeting), text, ending) if part)
    chance = rng.random()
    text = text.rstrip(".?") if chance < 0.35 else text
    text = text.lower() if chance_of(rng, 0.3) else text
    return add_typo(text, protected, rng) if chance_of(rng, 0.07) else text


def planned_groups(intent: str, count: int) -> list[str]:
    """Return the question list each of an intent's rows is drawn from."""
    shares = {
        "parking": (PARKING_CLUMP, PARKING_WITH_DESTINATION_SHARE),
        "recommend": (RECOMMEND_CLUMP, RECOMMEND_FOOD_SHARE),
    }
    if intent not in shares:
        return [intent] * count
    clump, share = shares[intent]
    return [clump] * round(count * share) + [intent] * (count - round(count * share))


def write_questions(
    intent: str, count: int, language: str, world: World, texts: set[str]
) -> list[IntentRow]:
    """Write questions of one intent, going through all shapes before any comes again."""
    rng = world.rng
    shapes = QUESTIONS_ZH if language == "zh" else QUESTIONS_EN
    decks: dict[str, list[str]] = {}
    rows = []
    for group in planned_groups(intent, count):
        while True:
            if not decks.get(group):
                decks[group] = rng.sample(shapes[group], len(shapes[group]))
            values = slot_values(world, language)
            text = decorate_question(
                vary(decks[group].pop(), rng).format(**values), language, values, rng
            )
            if text not in texts:
                break
        texts.add(text)
        rows.append(IntentRow(text, language, intent, group if group != intent else ""))
    return rows


def label_intents(rows: Sequence[IntentRow], rng: random.Random) -> None:
    """Give every question the label-maker's intent, wrong in two clumps and now and then."""
    for row in rows:
        row.label = row.truth
    for clump, cues, wrong in (
        (PARKING_CLUMP, TRAVEL_CUES, "navigate"),
        (RECOMMEND_CLUMP, TABLE_CUES, "book_table"),
    ):
        members = [row for row in rows if row.clump == clump]
        scores = [1.0 * bool(cues.search(row.text)) for row in members]
        for at in pick_errors(scores, INTENT_ERROR_SHARE[clump], 0.8, rng):
            members[at].label = wrong
    others = [row for row in rows if not row.clump]
    for at in pick_errors([0.0] * len(others), OTHER_INTENT_ERROR_SHARE, 1.0, rng):
        others[at].label = rng.choice(LIKELY_MISTAKES[others[at].truth])


def make_intents() -> list[IntentRow]:
    """Write, label and shuffle the rows of intents."""
    rng = random.Random(f"{SEED} intents")
    world = World(rng)
    texts: set[str] = set()
    rows: list[IntentRow] = []
    for intent, count in INTENT_PLAN.items():
        english = round(0.6 * count)
        for language, part in (("en", english), ("zh", count - english)):
            rows += write_questions(intent, part, language, world, texts)
        splits = shuffled(draw_splits(count), rng)
        for row, split in zip(rows[-count:], splits, strict=True):
            row.split = split
    label_intents(rows, rng)
    rng.shuffle(rows)
    return rows


# --------------------------------------------------------------------------
# Files and the printed summary
# --------------------------------------------------------------------------


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file as UTF-8 with line feeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_set(
    name: str,
    prefix: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    truth: Sequence[str],
) -> None:
    """Write the CSV file of a set and the truth beside it."""
    ids = [f"{prefix}-{number:05d}" for number in range(1, len(rows) + 1)]
    numbered = [(row_id, *row) for row_id, row in zip(ids, rows, strict=True)]
    write_csv(DATA / name / f"{name}.csv", ("id", *header), numbered)
    write_csv(DATA / name / "truth.csv", ("id", "label"), zip(ids, truth, strict=True))


def write_pairs(rows: Sequence[PairRow], rng: random.Random) -> None:
    """Write poi_pairs."""
    header = (
        "text_a",
        "text_b",
        "label",
        "llm_confidence",
        "llm_1",
        "llm_2",
        "llm_3",
        "category",
        "split",
    )
    cells = [
        (
            row.pair.a.text,
            row.pair.b.text,
            row.label,
            stated_confidence(row.label != row.truth, rng),
            *row.others,
            row.category,
            row.split,
        )
        for row in rows
    ]
    write_set("poi_pairs", "pp", header, cells, [row.truth for row in rows])


def write_categories(rows: Sequence[CategoryRow], rng: random.Random) -> None:
    """Write poi_categories."""
    header = ("text", "label", "llm_confidence", "language", "split")
    cells = [
        (
            row.text,
            join_categories(row.label),
            stated_confidence(row.label != row.truth, rng),
            row.language,
            row.split,
        )
        for row in rows
    ]
    truth = [join_categories(row.truth) for row in rows]
    write_set("poi_categories", "pc", header, cells, truth)


def write_intents(rows: Sequence[IntentRow], rng: random.Random) -> None:
    """Write intents."""
    header = ("text", "label", "llm_confidence", "language", "split")
    cells = [
        (
            row.text,
            row.label,
            stated_confidence(row.label != row.truth, rng),
            row.language,
            row.split,
        )
        for row in rows
    ]
    write_set("intents", "in", header, cells, [row.truth for row in rows])


def share_line(name: str, wrong: Sequence[bool]) -> str:
    """Format one line of the summary: a group, its size and its share of wrong labels."""
    share = sum(wrong) / len(wrong) if wrong else 0.0
    return f"  {name:<38}{len(wrong):>7}{sum(wrong):>7}{share:>9.1%}"


def print_heading(name: str, rows: int, texts: int, counts: Counter[str]) -> None:
    """Print the heading of one set's part of the summary."""
    print(f"\n{name}: {rows} rows, {texts} distinct texts")
    print("  true labels: " + ", ".join(f"{label} {count}" for label, count in counts.items()))
    print(f"  {'group':<38}{'rows':>7}{'wrong':>7}{'share':>9}")


def summarise_pairs(rows: Sequence[PairRow]) -> None:
    """Print the counts of poi_pairs."""
    texts = {text for row in rows for text in (row.pair.a.text, row.pair.b.text)}
    counts = Counter(sorted(row.truth for row in rows))
    print_heading("poi_pairs", len(rows), len(texts), counts)
    print(share_line("all", [row.label != row.truth for row in rows]))
    for category in PAIR_PLANS:
        wrong = [row.label != row.truth for row in rows if row.category == category]
        print(share_line(category, wrong))
    for at in range(3):
        for name, clump in (("in the clumps", True), ("elsewhere", False)):
            given = [
                row.others[at] != row.truth
                for row in rows
                if row.others[at] and (row.category in CLUMPS) == clump
            ]
            print(share_line(f"llm_{at + 1} {name}", given))
    mixed = sum(row.pair.a.language != row.pair.b.language for row in rows)
    chinese = sum(side.language == "zh" for row in rows for side in (row.pair.a, row.pair.b))
    print(f"  Chinese sides {chinese / (2 * len(rows)):.0%}, pairs in two languages {mixed}")


def summarise_categories(rows: Sequence[CategoryRow]) -> None:
    """Print the counts of poi_categories."""
    counts = Counter({name: sum(name in row.truth for row in rows) for name in CATEGORIES})
    print_heading("poi_categories", len(rows), len({row.text for row in rows}), counts)
    print(share_line("all rows", [row.label != row.truth for row in rows]))
    towers = ["building" not in row.label for row in rows if in_tower_clump(row)]
    print(share_line("building left out, tower with hotel/mall", towers))
    parks = ["mall" in row.label for row in rows if row.retail_wing]
    print(share_line("mall added, park with retail wing", parks))
    others = [
        (name in row.label) != (name in row.truth)
        for row in rows
        for name in CATEGORIES
        if not in_clump_cell(row, name)
    ]
    print(share_line("cells outside the clumps", others))
    sizes = Counter(len(row.truth) for row in rows)
    print("  labels per row: " + ", ".join(f"{size}: {sizes[size]}" for size in sorted(sizes)))


def summarise_intents(rows: Sequence[IntentRow]) -> None:
    """Print the counts of intents."""
    counts = Counter({intent: sum(row.truth == intent for row in rows) for intent in INTENT_PLAN})
    print_heading("intents", len(rows), len({row.text for row in rows}), counts)
    print(share_line("all", [row.label != row.truth for row in rows]))
    for clump in INTENT_ERROR_SHARE:
        print(share_line(clump, [row.label != row.truth for row in rows if row.clump == clump]))
    print(share_line("elsewhere", [row.label != row.truth for row in rows if not row.clump]))


def main() -> None:
    """Write all three sets and print their counts."""
    pairs, categories, intents = make_pairs(), make_categories(), make_intents()
    rng = random.Random(f"{SEED} confidence")
    write_pairs(pairs, rng)
    write_categories(categories, rng)
    write_intents(intents, rng)
    summarise_pairs(pairs)
    summarise_categories(categories)
    summarise_intents(intents)


if __name__ == "__main__":
    main()
