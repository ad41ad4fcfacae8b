"""The pilot at a glance, for the ministry: what came in, who holds it, and whether the promises are kept."""

from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Query, Section, bars, lines, stat, table
from dev.generate.dashboards.promql import census, pace, placed, total

_OPENED: Final = 'legalaid_routing_case_events_total{type=~"vn.legalaid.case.opened.v[0-9]+"}'
_OPEN: Final = census("legalaid_routing_open_cases", "kind", "owner", "province", "status")
_DUE: Final = census("legalaid_routing_open_cases_due", "owner", "due")

_CAME_IN: Final = Section(
    "Đã đến · what came in",
    (
        stat(
            "Cuộc gọi đến",
            "calls",
            total('legalaid_intake_calls_total{state="STARTED"}'),
            names.CALLS,
            "Số cuộc gọi đến 1800 1233 trong khoảng thời gian đang xem. Bằng 0 trong giờ làm việc: "
            "xem cảnh báo HotlineSilent.",
        ),
        stat(
            "Yêu cầu mới",
            "new requests",
            total('legalaid_intake_requests_total{answer="new"}'),
            names.REQUESTS,
            "Số yêu cầu trợ giúp pháp lý đã nhận và đã lưu. Giảm hẳn so với tuần trước: "
            "hỏi tổng đài và đơn vị vận hành ứng dụng.",
        ),
        stat(
            "Phải gọi lại",
            "callbacks owed",
            total("legalaid_intake_callbacks_owed_total"),
            names.CALLS,
            "Cuộc gọi nhỡ hoặc ngoài giờ mà ta đã hứa gọi lại. Nhiều so với số cuộc gọi đến: "
            "cần thêm người trực tổng đài.",
        ),
        stat(
            "Tin nhắn đã giao cổng SMS",
            "messages sent",
            total('legalaid_notify_outcomes_total{state="SENT_TO_GATEWAY"}'),
            names.MESSAGES,
            "Tin đã giao cho nhà cung cấp; không ai biết máy của người dân đã nhận chưa. "
            "Bằng 0 khi có vụ việc mới: xem bảng Thông báo.",
        ),
        lines(
            "Yêu cầu theo kênh",
            "requests by channel",
            (
                Query(
                    pace('legalaid_intake_requests_total{answer="new"}', "channel") + " * 3600",
                    "{{channel}}",
                ),
            ),
            names.PER_HOUR,
            "Nhịp của một ngày. Một kênh tụt về 0 khi kênh kia vẫn chạy: gọi người phụ trách kênh đó.",
            names=names.CHANNELS,
            width=12,
        ),
        lines(
            "Cuộc gọi",
            "calls by state",
            (Query(pace("legalaid_intake_calls_total", "state") + " * 3600", "{{state}}"),),
            names.PER_HOUR,
            "Đường 'có người trả lời' thấp hơn hẳn đường 'đến': thiếu người trực, người dân phải chờ gọi lại.",
            names={"STARTED": "Đến (STARTED)", "ANSWERED": "Có người trả lời (ANSWERED)", "ENDED": "Kết thúc (ENDED)"},
            width=12,
        ),
    ),
)

_WAITING: Final = Section(
    "Đang chờ, theo tỉnh và nơi giữ · waiting, by province and holder",
    (
        bars(
            "Vụ việc mới theo tỉnh",
            "cases opened by province",
            Query(placed(f"{total(_OPENED, 'province')} > 0"), "{{province}}"),  # all 34 are counted, from 0 on
            names.CASES,
            "Nhiều ở 'Chưa rõ tỉnh': địa chỉ không hiểu được, Bàn tiếp nhận phải tìm nơi; "
            "báo nhóm phát triển các tên chưa hiểu.",
            names=names.PROVINCES,
            width=6,
        ),
        bars(
            "Vụ việc đang mở theo tỉnh",
            "open cases by province",
            Query(placed(f"sum by (province) ({_OPEN})"), "{{province}}"),
            names.CASES,
            "Tăng nhiều ngày ở một tỉnh: Trung tâm ở đó thiếu người hoặc không mở danh sách; gọi cho Trung tâm.",
            names=names.PROVINCES,
            width=6,
        ),
        bars(
            "Vụ việc đang mở theo nơi giữ",
            "open cases by holder",
            Query(f"sum by (owner) ({_OPEN})", "{{owner}}"),
            names.CASES,
            "Nhiều ở Bàn tiếp nhận quốc gia: vụ việc chưa có Trung tâm; Bàn phải giao ngay.",
            names=names.OWNERS,
            width=6,
        ),
        bars(
            "Vụ việc đang mở theo trạng thái",
            "open cases by status",
            Query(f"sum by (status) ({_OPEN})", "{{status}}"),
            names.CASES,
            "Nhiều ở 'Đã giao': Trung tâm chưa thụ lý. Nhiều ở 'Cần bổ sung': "
            "người dân còn thiếu giấy tờ, phải hỏi lại.",
            names=names.STATUSES,
            width=6,
        ),
        table(
            "Vụ việc đang mở: tỉnh, nơi giữ, trạng thái",
            "open cases in detail",
            f"sort_desc({placed(f'sum by (province, owner, status) ({_OPEN})')})",
            names.CASES,
            "Để biết gọi cho ai: tỉnh nào, Trung tâm hay Chi nhánh, đang ở bước nào. "
            "Số theo từng Trung tâm có trong báo cáo.",
            names={**names.PROVINCES, **names.OWNERS, **names.STATUSES},
            width=12,
        ),
        bars(
            "Hạn xử lý",
            "open cases by due time",
            Query(f"sum by (due) ({_DUE})", "{{due}}"),
            names.CASES,
            "Có vụ việc quá hạn: nơi giữ phải làm ngay; xem hướng dẫn CaseOverdue.",
            names=names.DUE,
            width=12,
        ),
    ),
)

_PROMISES: Final = Section(
    "Lời hứa · promises kept",
    (
        stat(
            "Tiếp nhận được, 30 ngày",
            "availability, 30 days",
            "1 - slo:availability_errors:ratio_rate30d",
            names.SHARE,
            "Mục tiêu 99,9 %. Thấp hơn: người dân đã bị từ chối vì lỗi của ta; xem bảng Mục tiêu.",
            bad_below=0.999,
            width=4,
        ),
        stat(
            "Xử lý trong 30 giây, 30 ngày",
            "freshness, 30 days",
            "1 - slo:freshness_errors:ratio_rate30d",
            names.SHARE,
            "Mục tiêu 99 %. Thấp hơn: yêu cầu nằm chờ giữa các dịch vụ; xem bảng Đường đi của sự kiện.",
            bad_below=0.99,
            width=4,
        ),
        stat(
            "Vụ việc quá hạn",
            "cases overdue",
            'sum(max by (owner) (legalaid_routing_open_cases_due{due="overdue"}))',
            names.CASES,
            "Khác 0: có người chờ lâu hơn luật cho phép. Gọi nơi giữ; xem hướng dẫn CaseOverdue.",
            bad_from=1,
            width=4,
        ),
        stat(
            "Cuộc gọi lại quá hạn",
            "calls overdue",
            'max(legalaid_notify_calls_owed{due="overdue"})',
            names.CALLS,
            "Khác 0: có người không nhận được tin nhắn và chưa ai gọi. Bàn tiếp nhận gọi ngay; "
            "xem hướng dẫn CallOverdue.",
            bad_from=1,
            width=4,
        ),
        stat(
            "Sự kiện hỏng",
            "dead letters",
            total("legalaid_consumer_dead_letters_total") + " or vector(0)",
            names.EVENTS,
            "Khác 0: điều người dân kể đang bị để riêng, chưa ai xử lý. Báo người trực; xem hướng dẫn DeadLetters.",
            bad_from=1,
            width=4,
        ),
        stat(
            "Tổng đài đang mở",
            "office open",
            "max(legalaid_intake_office_open)",
            "bool_yes_no",
            "Theo lịch làm việc: thứ Hai đến thứ Sáu, 08:00–17:00, trừ ngày lễ. Sai: "
            "báo nhóm phát triển sửa bảng ngày nghỉ.",
            width=4,
        ),
        table(
            "Cảnh báo đang reo",
            "alarms firing",
            'ALERTS{alertstate="firing"}',
            names.COUNT,
            "Mỗi dòng có hướng dẫn mang tên của nó trong docs/runbooks. 'page': gọi người trực ngay; 'ticket': "
            "trong giờ làm việc.",
            width=24,
            height=5,
        ),
    ),
)

_MISUSED: Final = Section(
    "Dồn dập, dò tìm · floods and guesses",
    (
        lines(
            "Yêu cầu bị từ chối vì quá dồn dập",
            "requests refused by channel",
            (
                Query(
                    pace('legalaid_intake_requests_total{answer="too-many"}', "channel") + " * 3600",
                    "{{channel}}",
                ),
            ),
            names.PER_HOUR,
            "Khác 0: có người gửi ồ ạt, hoặc nhiều người cùng cần giúp mà bị mời gọi tổng đài; "
            "xem hướng dẫn RequestsRefused.",
            names=names.CHANNELS,
            width=12,
        ),
        lines(
            "Tra cứu tình trạng hồ sơ",
            "status checks by answer",
            (Query(pace("legalaid_intake_status_checks_total", "answer") + " * 3600", "{{answer}}"),),
            names.PER_HOUR,
            "Nhiều 'Không khớp' hoặc 'Quá nhiều lần': có người dò mã hồ sơ hoặc số điện thoại; "
            "xem hướng dẫn StatusChecksGuessed.",
            names=names.CHECKS,
            width=12,
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-glance",
    title="Toàn cảnh thí điểm",
    english="pilot at a glance",
    about="Cho Bộ và các Sở Tư pháp: điều gì đã đến, ai đang giữ, lời hứa có được giữ không.",
    sections=(_CAME_IN, _WAITING, _PROMISES, _MISUSED),
    since="now-24h",
)
