"""One service, chosen at the top: is it up, how fast does it answer, what does it use."""

from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Choice, Query, Section, lines, stat, table
from dev.generate.dashboards.promql import pace, quantile
from dev.stack.installation import SERVICES

# Probes and scrapes are "unmatched": they belong to no route of the API.
_HTTP: Final = 'legalaid_http_request_duration_seconds_{part}{{job="$service", route!="unmatched"{more}}}'
_COUNT: Final = _HTTP.format(part="count", more="")
_FAILED: Final = _HTTP.format(part="count", more=', status=~"5.."')
_BUCKETS: Final = _HTTP.format(part="bucket", more="")

_ANSWERS: Final = Section(
    "Trả lời · answers",
    (
        stat(
            "Tiến trình đang chạy",
            "processes up",
            'sum(up{job="$service"})',
            "short",
            "Bằng 0: dịch vụ không hoạt động; xem hướng dẫn ServiceDown.",
            bad_below=1,
        ),
        stat(
            "Lỗi 5xx, 5 phút",
            "share of 5xx",
            f"(sum(rate({_FAILED}[5m])) or vector(0)) / sum(rate({_COUNT}[5m]))",
            names.SHARE,
            "Khác 0: đọc dòng nhật ký request_failed; phần lớn là kho dữ liệu không trả lời (503).",
            bad_from=0.001,
        ),
        table(
            "Bản đang chạy",
            "build",
            'count by (service, version, revision) (legalaid_build_info{job="$service"})',
            "short",
            "Hai bản cùng lúc là bình thường khi đang triển khai; kéo dài: triển khai bị kẹt, xem docs/upgrades.md.",
            width=12,
            height=4,
        ),
        lines(
            "Yêu cầu theo đường dẫn",
            "requests by route",
            (Query(pace(_COUNT, "method", "route"), "{{method}} {{route}}"),),
            names.PER_SECOND,
            "Tụt về 0 trong giờ làm việc: bên gọi không đến được ta; xem mạng và mã xác thực của bên gọi.",
            width=12,
        ),
        lines(
            "Mã trả lời",
            "answers by status",
            (Query(pace(_COUNT, "status"), "{{status}}"),),
            names.PER_SECOND,
            "5xx: lỗi của ta hoặc của kho dữ liệu. Nhiều 401/403: mã xác thực của bên gọi. Nhiều 422: bên gọi gửi sai.",
            width=12,
        ),
        lines(
            "Thời gian trả lời",
            "request duration",
            (
                Query(quantile(0.5, _BUCKETS), "50 %"),
                Query(quantile(0.95, _BUCKETS), "95 %"),
                Query(quantile(0.99, _BUCKETS), "99 %", exemplars=True),
            ),
            names.SECONDS,
            "Chậm: bấm một chấm để xem dấu vết của một yêu cầu, rồi xem kho dữ liệu và CPU.",
            width=12,
        ),
        lines(
            "Sự kiện đã xử lý",
            "events settled",
            (Query(pace('legalaid_consumer_events_total{job="$service"}', "topic"), "{{topic}}"),),
            names.PER_SECOND,
            "Chi tiết ở bảng Đường đi của sự kiện.",
            width=12,
        ),
        lines(
            "Kết nối bị từ chối hoặc cắt",
            "refused connections by reason",
            (Query(pace('legalaid_http_refused_connections_total{job="$service"}', "reason"), "{{reason}}"),),
            names.PER_SECOND,
            "'Hết chỗ': người gọi đến không được trả lời; xem hướng dẫn HttpConnectionsFull. "
            "Lý do khác, kéo dài: xem hướng dẫn HttpConnectionsRefused.",
            names=names.REFUSALS,
            width=24,
        ),
    ),
)

_USES: Final = Section(
    "Tài nguyên · resources",
    (
        lines(
            "CPU",
            "cpu",
            (
                Query(
                    pace('process_cpu_seconds_total{job="$service"}', "component", "instance"),
                    "{{component}} {{instance}}",
                ),
            ),
            "suffix: lõi",
            "Gần 1 lõi: một tiến trình Python không dùng hơn; thêm bản sao (docs/sizing.md).",
            width=12,
        ),
        lines(
            "Bộ nhớ",
            "memory",
            (
                Query(
                    'sum by (component, instance) (process_resident_memory_bytes{job="$service"})',
                    "{{component}} {{instance}}",
                ),
            ),
            names.BYTES,
            "Tăng mãi không dừng: rò rỉ; báo nhóm phát triển, khởi động lại thì không mất gì.",
            width=12,
        ),
        lines(
            "Tệp và kết nối đang mở",
            "open files",
            (
                Query(
                    'sum by (component, instance) (process_open_fds{job="$service"})',
                    "{{component}} {{instance}}",
                ),
            ),
            "short",
            "Tăng mãi: kết nối không được đóng; báo nhóm phát triển.",
            width=12,
        ),
        lines(
            "Chạy từ",
            "uptime",
            (
                Query(
                    'time() - max by (component, instance) (process_start_time_seconds{job="$service"})',
                    "{{component}} {{instance}}",
                ),
            ),
            names.SECONDS,
            "Hay về 0: tiến trình chết và được khởi động lại; đọc những dòng nhật ký cuối trước lúc đó.",
            width=12,
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-service",
    title="Một dịch vụ",
    english="one service",
    about="Chọn dịch vụ ở trên: có chạy không, trả lời nhanh không, dùng bao nhiêu.",
    sections=(_ANSWERS, _USES),
    choice=Choice("service", "Dịch vụ", SERVICES),
)
