"""What people call the values of labels, and the units."""

from collections.abc import Mapping
from typing import Final

from legalaid.vietnam import units

COUNT: Final = "short"
SECONDS: Final = "s"
SHARE: Final = "percentunit"
BYTES: Final = "bytes"
CASES: Final = "suffix: vụ việc"
VND: Final = "suffix: đồng"
CALLS: Final = "suffix: cuộc gọi"
REQUESTS: Final = "suffix: yêu cầu"
MESSAGES: Final = "suffix: tin"
EVENTS: Final = "suffix: sự kiện"
PER_SECOND: Final = "suffix: /giây"
PER_HOUR: Final = "suffix: /giờ"

NOWHERE: Final = "?"
"""How ``promql.placed`` calls the empty province: a series without any label has no name of its own."""
PROVINCES: Final[Mapping[str, str]] = {
    NOWHERE: "Chưa rõ tỉnh",
    **{code: f"{province.name} ({code})" for code, province in sorted(units.provinces().items())},
}
OWNERS: Final = {
    "DESK": "Bàn tiếp nhận quốc gia (DESK)",
    "CENTRE": "Trung tâm (CENTRE)",
    "BRANCH": "Chi nhánh (BRANCH)",
    "NONE": "Đã kết thúc (NONE)",
}
STATUSES: Final = {
    "RECEIVED": "Mới nhận (RECEIVED)",
    "CHECKING": "Đang kiểm tra (CHECKING)",
    "NEED_MORE_INFO": "Cần bổ sung (NEED_MORE_INFO)",
    "ASSIGNED": "Đã giao (ASSIGNED)",
    "ACCEPTED": "Đã thụ lý (ACCEPTED)",
    "IN_PROGRESS": "Đang thực hiện (IN_PROGRESS)",
}
CASE_EVENTS: Final = {
    "opened": "Mở (opened)",
    "reassessed": "Xét lại (reassessed)",
    "accepted": "Thụ lý (accepted)",
    "returned": "Trả về (returned)",
    "closed": "Kết thúc (closed)",
}
EFFECTS: Final = {
    "gained": "Xét lại theo luật mới (gained)",
    "told": "Báo cho nơi giữ, giữ quyết định (told)",
    "call-owed": "Đã kết thúc, phải gọi lại (call-owed)",
}
CHECKS: Final = {
    "told": "Đã trả lời (told)",
    "no-match": "Không khớp (no-match)",
    "too-many": "Quá nhiều lần (too-many)",
}
REFUSALS: Final = {
    "connections": "Hết chỗ (connections)",
    "head-size": "Phần đầu quá lớn (head-size)",
    "head-time": "Phần đầu quá chậm (head-time)",
    "body-time": "Nội dung quá chậm (body-time)",
    "answer-time": "Không nhận trả lời (answer-time)",
    "malformed": "Không phải HTTP (malformed)",
}
CHANNELS: Final = {
    "HOTLINE": "Tổng đài (HOTLINE)",
    "APP": "Ứng dụng (APP)",
    "SMS": "Tin nhắn (SMS)",
    "CALLBACK": "Gọi lại (CALLBACK)",
}
DUE: Final = {
    "overdue": "Quá hạn (overdue)",
    "day": "Trong một ngày (day)",
    "three_days": "Trong ba ngày (three_days)",
    "later": "Muộn hơn (later)",
}
CAPPED: Final = {"waits": "Chờ đến hôm sau (waits)", "call": "Thành cuộc gọi (call)"}
NOTICES: Final = {
    "PENDING": "Đang chờ gửi (PENDING)",
    "SENDING": "Đang gửi (SENDING)",
    "SENT_TO_GATEWAY": "Đã giao cổng SMS (SENT_TO_GATEWAY)",
    "FAILED": "Không gửi được (FAILED)",
    "UNKNOWN": "Không rõ đã gửi chưa (UNKNOWN)",
    "CANCELLED": "Đã huỷ (CANCELLED)",
    "CALLBACK_OWED": "Phải gọi lại (CALLBACK_OWED)",
    "CALLBACK_DONE": "Đã gọi lại (CALLBACK_DONE)",
}
