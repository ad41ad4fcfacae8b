"""Objectives and error budgets: how much may still go wrong this month, and how fast it is being used."""

from dataclasses import replace
from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Panel, Query, Section, bars, lines, stat
from dev.generate.dashboards.promql import pace, total

_WINDOWS: Final = ("5m", "30m", "1h", "6h", "3d")
_BURN_UNIT: Final = "suffix: lần"


def _burn(objective: str, allowed: str) -> tuple[Query, ...]:
    return tuple(Query(f"slo:{objective}_errors:ratio_rate{window} / {allowed}", window) for window in _WINDOWS)


def _budget(title: str, english: str, objective: str, allowed: str) -> Panel:
    return stat(
        title,
        english,
        f"1 - slo:{objective}_errors:ratio_rate30d / {allowed}",
        names.SHARE,
        "Phần còn lại của số lỗi được phép trong 30 ngày. Dưới 0: "
        "dừng thay đổi, chỉ sửa độ tin cậy cho đến khi dương trở lại.",
        bad_below=0,
    )


FRESHNESS_BURN: Final = lines(
    "Tốc độ tiêu ngân sách: xử lý",
    "freshness burn rate",
    _burn("freshness", "0.01"),
    _BURN_UNIT,
    "Trên 14,4 (1 giờ) hoặc 6 (6 giờ): reo ngay; xem hướng dẫn FreshnessBudgetBurnFast.",
    bad_from=14.4,
)

_LEFT: Final = Section(
    "Còn lại · what is left",
    (
        stat(
            "Tiếp nhận được, 30 ngày",
            "availability, 30 days",
            "1 - slo:availability_errors:ratio_rate30d",
            names.SHARE,
            "Mục tiêu 99,9 %. Thấp hơn: xem khi nào ở ô tốc độ, rồi mã trả lời của intake ở bảng Một dịch vụ.",
            bad_below=0.999,
        ),
        _budget("Ngân sách lỗi còn lại: tiếp nhận", "availability budget left", "availability", "0.001"),
        stat(
            "Xử lý trong 30 giây, 30 ngày",
            "freshness, 30 days",
            "1 - slo:freshness_errors:ratio_rate30d",
            names.SHARE,
            "Mục tiêu 99 %. Thấp hơn: nhóm nào chậm có ở ô bên dưới; rồi xem bảng Đường đi của sự kiện.",
            bad_below=0.99,
        ),
        _budget("Ngân sách lỗi còn lại: xử lý", "freshness budget left", "freshness", "0.01"),
    ),
)

_BURNING: Final = Section(
    "Đang dùng · how fast it is used",
    (
        lines(
            "Tốc độ tiêu ngân sách: tiếp nhận",
            "availability burn rate",
            _burn("availability", "0.001"),
            _BURN_UNIT,
            "1 lần: vừa hết trong 30 ngày. Trên 14,4 (1 giờ) hoặc 6 (6 giờ): reo ngay; "
            "xem hướng dẫn IntakeErrorBudgetBurnFast.",
            bad_from=14.4,
            width=12,
        ),
        replace(FRESHNESS_BURN, width=12),
        lines(
            "Lần tiếp nhận trả lời lỗi",
            "failed answers of intake",
            (
                Query(
                    pace(
                        'legalaid_http_request_duration_seconds_count{job="intake", status=~"5.."}', "route", "status"
                    ),
                    "{{route}} {{status}}",
                ),
            ),
            names.PER_SECOND,
            "Đường dẫn nào, lỗi gì. 503: kho dữ liệu không trả lời. 500: lỗi của ta, đọc dòng nhật ký request_failed; "
            "xem hướng dẫn IntakeErrorBudgetBurnFast.",
            width=12,
        ),
        bars(
            "Tỷ lệ đúng hạn theo nhóm",
            "freshness by group",
            Query(
                f"1 - {total('legalaid_consumer_late_events_total', 'group', 'topic')}"
                f" / {total('legalaid_consumer_events_total', 'group', 'topic')}",
                "{{group}} ← {{topic}}",
            ),
            names.SHARE,
            "Nhóm thấp nhất là nơi chậm.",
            bad_below=0.99,
            width=12,
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-slo",
    title="Mục tiêu và ngân sách lỗi",
    english="SLO and error budget",
    about="Được phép lỗi bao nhiêu trong 30 ngày, đã dùng bao nhiêu, và đang dùng nhanh thế nào.",
    sections=(_LEFT, _BURNING),
    since="now-24h",
)
