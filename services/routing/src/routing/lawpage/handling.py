"""How a request is handled: what is accepted at once, how long each thing may take, and in which language."""

from datetime import date
from typing import Final

from routing.lawpage import words
from routing.lawpage.model import Item, Section, days_and_source
from routing.rules.law import Deadline, DeadlineKind, Law


def grounds(law: Law, on: date) -> Section:
    """What is accepted at once."""
    return Section(
        "Thụ lý ngay, giấy tờ bổ sung sau (Điều 30 khoản 4)",
        "Không phải điều kiện về diện người được trợ giúp; hỏi thì không làm chậm việc tiếp nhận.",
        tuple(
            Item(
                row.name_vi[:1].upper() + row.name_vi[1:],
                row.code,
                (
                    ("Điều", row.article),
                    ("Hỏi", row.ask_vi or "Không hỏi riêng."),
                    ("Tiêu chuẩn cử người", row.appoint),
                    *days_and_source(row),
                ),
                row.verified,
            )
            for row in law.grounds
            if row.is_in_force(on)
        ),
    )


_KINDS: Final = {
    DeadlineKind.LEGAL: ("Thời hạn của pháp luật", "Tính theo ngày thì hết lúc 24 giờ của ngày cuối."),
    DeadlineKind.SERVICE: ("Tiêu chuẩn phục vụ của phần mềm", "Không phải luật; hết khi cơ quan đóng cửa."),
}


def deadlines(law: Law, on: date, kind: DeadlineKind) -> Section:
    """The law's own limits, or our standards."""
    rows = [row for row in law.deadlines if row.kind is kind and row.is_in_force(on)]
    return Section(*_KINDS[kind], tuple(map(_deadline, rows)))


def _deadline(row: Deadline) -> Item:
    return Item(
        f"{words.STARTS[row.start]}: {words.UNITS[row.unit].format(row.amount)}",
        row.code,
        (("Căn cứ", row.basis), *days_and_source(row)),
        row.verified if row.kind is DeadlineKind.LEGAL else None,
    )


def ladder(law: Law, on: date) -> Section:
    """The rungs of the ladder of languages."""
    return Section(
        "Người không nói tiếng Việt: ai nói được tiếng của họ",
        "Thời gian là tiêu chuẩn của phần mềm, không phải luật.",
        tuple(
            Item(
                row.name_vi[:1].upper() + row.name_vi[1:],
                row.code,
                (
                    ("Chậm nhất", f"{row.minutes} phút trong giờ làm việc; việc gấp: {row.urgent_minutes} phút"),
                    *days_and_source(row),
                ),
                None,
            )
            for row in law.ladder.on(on)
        ),
    )
