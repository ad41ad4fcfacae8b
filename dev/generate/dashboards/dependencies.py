"""Kafka and MongoDB as our services see them. No exporter of either is installed, so nothing here needs one."""

from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Query, Section, lines
from dev.generate.dashboards.promql import pace, quantile

_PUBLISH: Final = "legalaid_producer_publish_duration_seconds_bucket"
_FAILED_FOR_NOW: Final = 'legalaid_http_request_duration_seconds_count{status="503", route!="unmatched"}'

_KAFKA: Final = Section(
    "Kafka",
    (
        lines(
            "Bản ghi được Kafka xác nhận",
            "records acknowledged",
            (Query(pace("legalaid_producer_messages_total", "job"), "{{job}}"),),
            names.PER_SECOND,
            "Phẳng ở 0 khi có yêu cầu mới: xem 'Lần phát không được xác nhận' và các broker.",
        ),
        lines(
            "Thời gian một lần phát",
            "publish duration",
            (
                Query(quantile(0.5, _PUBLISH, "job"), "{{job}} 50 %"),
                Query(quantile(0.99, _PUBLISH, "job"), "{{job}} 99 %"),
            ),
            names.SECONDS,
            "Chậm: xem đĩa và việc nhân bản của các broker.",
        ),
        lines(
            "Lần phát không được xác nhận",
            "publish failures",
            (Query(pace("legalaid_producer_failures_total", "job"), "{{job}}"),),
            names.PER_SECOND,
            "Tăng: broker không trả lời hoặc từ chối ta. Không mất gì: sự kiện nằm trong kho và được phát lại.",
        ),
        lines(
            "Ghi vị trí (commit)",
            "commits by outcome",
            (Query(pace("legalaid_consumer_commits_total", "outcome"), "{{outcome}}"),),
            names.PER_SECOND,
            "Chỉ có 'failed' nhiều phút: bộ điều phối nhóm vắng mặt; việc vẫn chạy nhưng khởi động lại sẽ làm lại.",
        ),
        lines(
            "Mất thành viên",
            "lost memberships",
            (Query(pace("legalaid_consumer_lost_memberships_total", "group"), "{{group}}"),),
            names.PER_SECOND,
            "Tăng: broker vắng mặt hoặc từ chối ta; dòng nhật ký membership_lost nói lỗi gì.",
        ),
        lines(
            "Còn tồn, từng phân vùng",
            "lag by partition",
            (
                Query(
                    "max by (group, topic, partition) (legalaid_consumer_lag_records) > 0",
                    "{{group}} ← {{topic}}/{{partition}}",
                ),
                Query("max(legalaid_consumer_lag_records)", "nhiều nhất"),
            ),
            names.EVENTS,
            "Chỉ một phân vùng tăng: nó bị ngắt (BreakerOpen) hoặc một sự kiện trong đó không qua được.",
        ),
    ),
)

_MONGO: Final = Section(
    "MongoDB",
    (
        lines(
            "Lô phải thử lại",
            "batches retried",
            (Query(pace("legalaid_consumer_retries_total", "job"), "{{job}}"),),
            names.PER_SECOND,
            "Kho dữ liệu hoặc Kafka không trả lời; batch_retried trong nhật ký nói là cái nào.",
        ),
        lines(
            "Yêu cầu phải trả 503",
            "requests answered 503",
            (Query(pace(_FAILED_FOR_NOW, "job"), "{{job}}"),),
            names.PER_SECOND,
            "Kho dữ liệu không trả lời trong 5 giây: người dân được mời thử lại. Xem replica set có primary không.",
        ),
        lines(
            "Ghi trùng phải làm lại",
            "lost races",
            (Query(pace("legalaid_store_lost_races_total", "job", "collection"), "{{job}} {{collection}}"),),
            names.PER_SECOND,
            "Vài lần là bình thường (cán bộ và sự kiện cùng lúc). Nhiều mỗi giây: hai tiến trình cùng xử lý một khoá.",
        ),
        lines(
            "Tài liệu có sự kiện chưa phát",
            "unpublished documents",
            (Query("max by (job, collection) (legalaid_store_unsent_documents)", "{{job}} {{collection}}"),),
            "short",
            "Không về 0 sớm: Kafka không nhận; xem 'Lần phát không được xác nhận'.",
        ),
        lines(
            "Sự kiện lâu nhất chưa phát",
            "oldest unpublished event",
            (Query("max by (job, collection) (legalaid_store_unsent_oldest_seconds)", "{{job}} {{collection}}"),),
            names.SECONDS,
            "Trên 5 phút: xem hướng dẫn OutboxOld.",
            bad_from=300,
        ),
        lines(
            "Tài liệu do người quét phát thay",
            "swept documents",
            (Query(pace("legalaid_store_swept_documents_total", "job", "collection"), "{{job}} {{collection}}"),),
            names.PER_SECOND,
            "Tăng mà Kafka vẫn tốt: tiến trình chết giữa chừng; xem 'Chạy từ' ở bảng Một dịch vụ.",
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-dependencies",
    title="Kafka và MongoDB, như dịch vụ thấy",
    english="dependencies",
    about="Hai thứ mà mọi dịch vụ dựa vào, nhìn từ phía dịch vụ.",
    sections=(_KAFKA, _MONGO),
)
