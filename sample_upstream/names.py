"""Names as they are met at a Korean university festival, the awkward ones included."""

from collections.abc import Iterator
from itertools import count, product

_FIRST_BOOTHS = (
    "엘레펜테 - 만해광장",
    "공과대학 (원흥관)",
    "북한학과",
    "문과대학 야간주점 '달밤에'",
    "철학과 × 사학과",
    "국어국문문예창작학부",
    "프론티어 🚀",
    "푸름누리",
    "멋쟁이사자처럼 DGU 주점",
    "총학생회 직영 부스",
    "경영대학  포차",
    "바이오시스템대학 'Bio-Pub'",
    "불교대학 연등주점",
    "영화영상학과 <심야상영>",
    '컴퓨터·AI학부 "404 Not Drunk"',
)
_DEPARTMENTS = (
    "경제학과",
    "광고홍보학과",
    "국제통상학과",
    "기계로봇에너지공학과",
    "물리학과",
    "미디어커뮤니케이션학전공",
    "법학과",
    "사회복지학과",
    "산업시스템공학과",
    "수학과",
    "식품생명공학과",
    "영어영문학부",
    "일본학과",
    "정보통신공학과",
    "정치외교학전공",
    "중어중문학과",
    "통계학과",
    "행정학전공",
    "화공생물공학과",
    "회계학과",
)
NICKNAMES = (
    "평양냉면",
    "한잔해",
    "청춘포차",
    "심야식당",
    "별이 빛나는 밤",
    "낭만주점",
    "코끼리 쉼터",
    "남산골",
    "취중진담",
    "불야성",
    "오늘도 무사히",
    "막차 끊긴 밤",
)
_DISHES = (
    "김치전",
    "오뎅탕",
    "파전",
    "두부김치",
    "콜라",
    "과일화채",
    "떡볶이",
    "치즈계란말이",
    "제육볶음",
    "사이다",
    "소시지야채볶음",
    "생수",
    "계란말이",
    "라면",
    "나초&치즈",
    "먹태",
    "닭꼬치",
    "감자튀김",
    "타코야끼",
    "골뱅이무침",
    "황도",
    "불닭볶음면",
    "소떡소떡",
    "콘치즈",
)


def iterate_booth_names() -> Iterator[str]:
    """Yield booth names without end, no two of them alike."""
    yield from _FIRST_BOOTHS
    yield from _DEPARTMENTS
    for number in count(1):
        for nickname, department in product(NICKNAMES, _DEPARTMENTS):
            yield f"{department} {nickname} {number}호점"


def iterate_menu_names() -> Iterator[str]:
    """Yield names of single menus without end, no two of them alike."""
    yield from _DISHES
    for number in count(2):
        for dish in _DISHES:
            yield f"{dish} ({number}인분)"
