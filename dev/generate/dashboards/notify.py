"""Messages to people: what waits, what went, what a person must do."""

from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Query, Section, bars, lines, stat
from dev.generate.dashboards.promql import census, pace, quantile, total

_WAIT: Final = "legalaid_notify_wait_seconds_bucket"
_GATEWAY: Final = "legalaid_notify_gateway_duration_seconds"

_NOW: Final = Section(
    "Bây giờ · now",
    (
        stat(
            "Tin chờ lâu nhất",
            "oldest waiting",
            census("legalaid_notify_oldest_waiting_seconds"),
            names.SECONDS,
            "Tin được phép gửi mà chưa gửi. Trên 15 phút: xem hướng dẫn NoticesWaiting.",
            bad_from=900,
            width=8,
        ),
        stat(
            "Không rõ đã gửi chưa",
            "in doubt",
            census('legalaid_notify_notices{state="UNKNOWN"}'),
            names.MESSAGES,
            "Khác 0: một người phải quyết định từng tin ở GET /v1/notices; xem hướng dẫn NoticesInDoubt.",
            bad_from=1,
            width=8,
        ),
        stat(
            "Bỏ dở do lỗi của ta",
            "left in doubt by a failure",
            total("legalaid_notify_failures_total"),
            names.MESSAGES,
            "Khác 0: đọc dòng nhật ký notice_left_in_doubt. Tin được giải quyết khi hết thời hạn giữ.",
            bad_from=1,
            width=8,
        ),
        bars(
            "Cuộc gọi lại còn nợ",
            "calls owed",
            Query(census("legalaid_notify_calls_owed", "due"), "{{due}}"),
            names.CALLS,
            "Người không nhận được tin nhắn phải được gọi. Có 'quá hạn': gọi ngay; danh sách ở GET /v1/callbacks.",
            names=names.DUE,
        ),
        lines(
            "Thông báo còn việc phải làm",
            "notices by state",
            (Query(census("legalaid_notify_notices", "state", "channel"), "{{state}}"),),
            names.MESSAGES,
            "'Đang chờ' tăng ban ngày: cổng SMS lỗi hoặc chậm. Ban đêm tăng là đúng: "
            "từ 22:00 đến 07:00 không đánh thức ai.",
            names=names.NOTICES,
        ),
        lines(
            "Kết quả của tin nhắn",
            "outcomes",
            (Query(pace("legalaid_notify_outcomes_total", "state"), "{{state}}"),),
            names.PER_SECOND,
            "'Không gửi được' hoặc 'Phải gọi lại' tăng: cổng SMS từ chối; xem mã lỗi bên dưới.",
            names=names.NOTICES,
        ),
        lines(
            "Tin chưa gửi vì số đã nhận đủ trong ngày",
            "numbers that had all their messages",
            (Query(pace("legalaid_notify_capped_total", "how") + " * 3600", "{{how}}"),),
            names.PER_HOUR,
            "Trên 3 trong một giờ: có thể ai đó dùng số của người khác, hoặc một người giúp nhiều người; "
            "xem hướng dẫn NumberCapped.",
            names=names.CAPPED,
            width=12,
        ),
        lines(
            "Tin được báo chung trong một tin nhắn",
            "news told together",
            (Query(pace("legalaid_notify_joined_total") + " * 3600", "báo chung"),),
            names.PER_HOUR,
            "Nhiều: một số điện thoại có nhiều yêu cầu. Cùng tăng với ô bên: xem hướng dẫn NumberCapped.",
            width=12,
        ),
    ),
)

_GATEWAYS: Final = Section(
    "Cổng SMS · gateway",
    (
        lines(
            "Từ lúc được phép đến lúc giao cổng",
            "wait until the gateway had it",
            (
                Query(quantile(0.5, _WAIT), "50 %"),
                Query(quantile(0.95, _WAIT), "95 %"),
                Query(quantile(0.99, _WAIT), "99 %", exemplars=True),
            ),
            names.SECONDS,
            "Vài giây là bình thường. Dài: xem cổng trả lời nhanh không, rồi sender.at_once.",
        ),
        lines(
            "Cổng trả lời trong",
            "gateway duration",
            (
                Query(quantile(0.5, f"{_GATEWAY}_bucket", "gateway"), "{{gateway}} 50 %"),
                Query(quantile(0.99, f"{_GATEWAY}_bucket", "gateway"), "{{gateway}} 99 %", exemplars=True),
            ),
            names.SECONDS,
            "Chậm: tin phải chờ; gọi nhà cung cấp, đọc mã lỗi ở ô bên.",
        ),
        lines(
            "Lần gửi lỗi, theo mã",
            "gateway errors by code",
            (Query(pace("legalaid_notify_gateway_errors_total", "gateway", "code"), "{{gateway}}: {{code}}"),),
            names.PER_SECOND,
            "http-401, http-403 hoặc mã riêng của cổng về khoá, số dư, brand name (hướng dẫn GatewayFailing): sửa. "
            "Mã khác kéo dài: gọi nhà cung cấp.",
        ),
        lines(
            "Tỷ lệ lần gửi lỗi",
            "share of failed attempts",
            (
                Query(
                    pace("legalaid_notify_gateway_errors_total", "gateway")
                    + " / "
                    + pace(f"{_GATEWAY}_count", "gateway"),
                    "{{gateway}}",
                ),
            ),
            names.SHARE,
            "Trên 50 % trong mười phút: cảnh báo GatewayFailing reo. Không tin nào mất hoặc gửi hai lần.",
            bad_from=0.5,
            width=12,
        ),
        lines(
            "Lần gọi cổng",
            "attempts",
            (Query(pace(f"{_GATEWAY}_count", "gateway"), "{{gateway}}"),),
            names.PER_SECOND,
            "Phẳng ở 0 khi có tin chờ: không có tiến trình gửi nào chạy; xem ServiceDown cho notify worker.",
            width=12,
        ),
    ),
)

_ZALO: Final = Section(
    "Zalo",
    (
        lines(
            "Thời hạn còn lại của token",
            "access token left",
            (Query("min by (provider) (legalaid_notify_token_left_ratio)", "{{provider}}"),),
            names.SHARE,
            "Được gia hạn khi còn 20 %. Dưới 10 %: không gia hạn được; xem hướng dẫn TokenEnding.",
            width=12,
        ),
        lines(
            "Còn được gửi hôm nay",
            "quota left",
            (
                Query("min by (provider) (legalaid_notify_quota_left_messages)", "{{provider}}: còn"),
                Query("max by (provider) (legalaid_notify_quota_messages)", "{{provider}}: cả ngày"),
            ),
            names.MESSAGES,
            "Dưới một phần mười, hoặc mức cả ngày giảm: có người phàn nàn; xem hướng dẫn QuotaLow.",
            width=12,
        ),
        stat(
            "Quyền gửi hết hạn sau",
            "grant ends in",
            "min(legalaid_notify_grant_ends_seconds)",
            names.SECONDS,
            "Mỗi lần gia hạn lại được ba tháng. Dưới 14 ngày: không ai gia hạn; xem hướng dẫn TokenEnding.",
            width=12,
        ),
        stat(
            "Gia hạn không rõ kết quả",
            "renewals in doubt",
            "max(legalaid_notify_token_in_doubt)",
            names.COUNT,
            "Khác 0: quyền gửi có thể đã mất; một người phải cấp lại, xem hướng dẫn TokenEnding.",
            bad_from=1,
            width=12,
        ),
    ),
)

_PROVIDERS: Final = Section(
    "Nhà cung cấp SMS · providers",
    (
        lines(
            "Nhà cung cấp đang mở",
            "providers",
            (Query(census('legalaid_notify_provider_state{state="open"}', "gateway"), "{{gateway}}"),),
            names.COUNT,
            "1: đang mở. 0 ở mọi nhà cung cấp: cảnh báo ProvidersShut reo; GET /v1/providers nói vì sao.",
            width=12,
        ),
        lines(
            "Tin giao cho mỗi nhà cung cấp",
            "share of messages",
            (Query(pace("legalaid_notify_provider_chosen_total", "gateway"), "{{gateway}}"),),
            names.PER_SECOND,
            "Lệch xa bảng chia: nhà cung cấp ấy bị đóng một phần thời gian; GET /v1/providers nói vì sao.",
            width=12,
        ),
        lines(
            "Hạn mức tiền hôm nay đã dùng",
            "providers: money of today",
            (Query(census("legalaid_notify_provider_cap_used_ratio", "gateway"), "{{gateway}}"),),
            names.SHARE,
            "Từ 80 %: cảnh báo CostCapReached. Hết hạn mức thì không gửi qua đó nữa cho đến nửa đêm.",
            bad_from=0.8,
            width=12,
        ),
        lines(
            "Tiền tin nhắn hôm nay",
            "providers: spent today",
            (Query(census("legalaid_notify_provider_spent_vnd", "gateway"), "{{gateway}}"),),
            names.VND,
            "Nhiều hơn số vụ việc giải thích được: xem hướng dẫn CostCapReached.",
            width=12,
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-notify",
    title="Thông báo cho người dân",
    english="notify",
    about="Tin nhắn và cuộc gọi lại: gì đang chờ, gì đã đi, gì cần một người quyết định.",
    sections=(_NOW, _GATEWAYS, _PROVIDERS, _ZALO),
)
