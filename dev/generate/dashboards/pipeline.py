"""The way of the events between the services: how many, how late, and what stands still."""

from typing import Final

from dev.generate.dashboards import names
from dev.generate.dashboards.board import Board, Query, Section, bars, lines, stat
from dev.generate.dashboards.objectives import FRESHNESS_BURN
from dev.generate.dashboards.promql import census, pace, quantile, total

_BY: Final = "{{group}} ← {{topic}}"
_LAG: Final = "max by (group, topic, partition) (legalaid_consumer_lag_records)"
_CASE_EVENTS: Final = (
    'sum by (type) (label_replace(rate(legalaid_routing_case_events_total[$__rate_interval]), "type", "$1", "type", '
    '"vn.legalaid.case.(.+).v[0-9]+"))'
)

_FLOW: Final = Section(
    "Dòng chảy · flow",
    (
        lines(
            "Sự kiện đã xử lý",
            "events settled",
            (Query(pace("legalaid_consumer_events_total", "group", "topic"), _BY),),
            names.PER_SECOND,
            "Phẳng ở 0 trong khi 'Còn tồn' tăng: nhóm đó đứng yên; xem hướng dẫn ConsumerStuck.",
            width=12,
        ),
        lines(
            "Còn tồn",
            "lag",
            (Query(f"sum by (group, topic) ({_LAG})", _BY),),
            names.EVENTS,
            "Tăng mãi: thiếu năng lực, Kafka hoặc kho dữ liệu không trả lời, hoặc phân vùng bị ngắt. "
            "Xem ba ô bên dưới.",
            width=12,
        ),
        lines(
            "Trễ: 99 % sự kiện xong trong",
            "event age, p99",
            (Query(quantile(0.99, "legalaid_consumer_event_age_seconds_bucket", "group", "topic"), _BY),),
            names.SECONDS,
            "Trên 30 giây là ngoài mục tiêu. Trễ mà không tồn: xem thời gian một lô, rồi kho dữ liệu.",
            bad_from=30,
        ),
        lines(
            "Sự kiện xong muộn hơn 30 giây",
            "late events",
            (Query(pace("legalaid_consumer_late_events_total", "group", "topic"), _BY),),
            names.PER_SECOND,
            "Mỗi sự kiện ở đây ăn vào ngân sách lỗi của mục tiêu 'xử lý trong 30 giây'.",
        ),
        FRESHNESS_BURN,
        lines(
            "Sự kiện của vụ việc",
            "case events by type",
            (Query(_CASE_EVENTS, "{{type}}"),),
            names.PER_SECOND,
            "Không có 'opened' trong khi có yêu cầu mới: routing không mở vụ việc; xem nhật ký của routing.",
            names=names.CASE_EVENTS,
            width=12,
        ),
        bars(
            "Luật thay đổi: vụ việc phải xem lại",
            "cases that a change of the law concerns",
            Query(total("legalaid_routing_renewed_cases_total", "effect"), "{{effect}}"),
            names.CASES,
            "Khác 0 vào ngày luật mới có hiệu lực: báo các Trung tâm và Bàn tiếp nhận. 'Phải gọi lại': "
            "vụ việc đã kết thúc, nay có thể được trợ giúp; Bàn tiếp nhận gọi (CALL_BACK trong danh sách việc).",
            names=names.EFFECTS,
            width=12,
        ),
    ),
)

_BATCHES: Final = Section(
    "Lô xử lý · batches",
    (
        lines(
            "Thời gian một lô, p99",
            "batch duration, p99",
            (
                Query(
                    quantile(0.99, "legalaid_consumer_batch_duration_seconds_bucket", "group"),
                    "{{group}}",
                    exemplars=True,
                ),
            ),
            names.SECONDS,
            "Chậm: bấm một chấm để xem dấu vết của lô đó; phần lớn là kho dữ liệu chậm.",
        ),
        lines(
            "Số sự kiện trong một lô",
            "batch size, mean",
            (
                Query(
                    pace("legalaid_consumer_batch_records_sum", "group")
                    + " / "
                    + pace("legalaid_consumer_batch_records_count", "group"),
                    "{{group}}",
                ),
            ),
            names.EVENTS,
            "Một hay hai khi rảnh, tới 500 khi có tồn đọng. Luôn đầy: xem 'Còn tồn'.",
        ),
        lines(
            "Lô phải thử lại",
            "retries",
            (Query(pace("legalaid_consumer_retries_total", "group", "topic"), _BY),),
            names.PER_SECOND,
            "Một phụ thuộc không trả lời; không mất gì và thứ tự được giữ. Tăng nhiều phút: "
            "dòng nhật ký batch_retried nói là cái nào.",
        ),
        lines(
            "Phân vùng tạm dừng",
            "paused partitions",
            (Query("sum by (group) (legalaid_consumer_paused_partitions)", "{{group}}"),),
            "short",
            "Bình thường khi có tồn đọng. Kéo dài mà không tồn đọng: bộ xử lý chậm hoặc treo.",
        ),
        lines(
            "Chia lại phân vùng, mất thành viên",
            "rebalances and lost memberships",
            (
                Query(pace("legalaid_consumer_rebalances_total", "group"), "{{group}}: chia lại"),
                Query(pace("legalaid_consumer_lost_memberships_total", "group"), "{{group}}: mất thành viên"),
            ),
            names.PER_SECOND,
            "Nhiều mà không triển khai gì: tiến trình chết hoặc quá chậm; xem khởi động lại và CPU ở bảng Một dịch vụ.",
        ),
        lines(
            "Chờ xong lô khi dừng, p99",
            "drain duration, p99",
            (Query(quantile(0.99, "legalaid_consumer_drain_duration_seconds_bucket", "group"), "{{group}}"),),
            names.SECONDS,
            "Gần 'drain_seconds' (20 giây): lô quá dài; giảm batch_records.",
        ),
    ),
)

_STANDS_STILL: Final = Section(
    "Đứng lại · what stands still",
    (
        stat(
            "Phân vùng bị ngắt",
            "stopped partitions",
            "sum(legalaid_consumer_stopped_partitions)",
            "short",
            "Khác 0: quá nhiều sự kiện hỏng liên tiếp, lỗi gần như chắc chắn của ta; xem hướng dẫn BreakerOpen.",
            bad_from=1,
        ),
        stat(
            "Lô bị cắt ngang",
            "cut batches",
            total("legalaid_consumer_cut_batches_total") + " or vector(0)",
            "short",
            "Khác 0: bộ xử lý treo hoặc chậm hơn drain_seconds. Các lô đó được giao lại, không mất.",
            bad_from=1,
        ),
        stat(
            "Sự kiện lâu nhất chưa phát",
            "oldest unpublished event",
            census("legalaid_store_unsent_oldest_seconds"),
            names.SECONDS,
            "Nhiều phút: điều người dân kể đang nằm yên trong kho; xem hướng dẫn OutboxOld.",
            bad_from=300,
        ),
        stat(
            "Tài liệu có sự kiện chưa phát",
            "unpublished documents",
            "sum(max by (job, collection) (legalaid_store_unsent_documents))",
            "short",
            "Không về 0 sớm: xem lỗi gửi Kafka ở bảng Kafka và MongoDB, và dòng nhật ký outbox_unpublishable.",
            bad_from=1,
        ),
        bars(
            "Sự kiện hỏng theo lý do",
            "dead letters by reason",
            Query(
                total("legalaid_consumer_dead_letters_total", "group", "topic", "reason"),
                "{{group}} ← {{topic}}: {{reason}}",
            ),
            names.EVENTS,
            "Đọc lý do: python -m legalaid.bus dead-letters list. Sửa nguyên nhân rồi phát lại; "
            "xem hướng dẫn DeadLetters.",
            bad_from=1,
            width=12,
        ),
        lines(
            "Tài liệu do người quét phát thay",
            "swept documents",
            (Query(pace("legalaid_store_swept_documents_total", "job", "collection"), "{{job}} {{collection}}"),),
            names.PER_SECOND,
            "Tăng mà Kafka vẫn tốt: tiến trình chết giữa chừng, hoặc phát quá chậm sau khi ghi.",
            width=12,
        ),
    ),
)

_CHECKED: Final = Section(
    "Kiểm tra hằng ngày · daily checks",
    (
        stat(
            "Số liệu báo cáo khác nhật ký",
            "facts that differ from the log",
            census("legalaid_reports_rebuild_differences"),
            "short",
            "Khác 0: số liệu của Bộ sai hoặc đã từng sai; xem hướng dẫn RebuildCheckFailed.",
            bad_from=1,
        ),
        stat(
            "Số liệu được chứng minh đúng cách đây",
            "time since the facts were proved",
            census("legalaid_reports_rebuild_unproved_seconds"),
            names.SECONDS,
            "Trên 36 giờ: lần kiểm tra ban đêm hỏng hoặc không chạy; xem hướng dẫn RebuildCheckFailed.",
            bad_from=129_600,
        ),
        stat(
            "Hồ sơ truy cập: chỗ bị sửa",
            "altered places of the access records",
            "sum(max by (job) (legalaid_access_record_faults))",
            "short",
            "Khác 0: có người sửa hồ sơ. Không xoá, không khôi phục gì; xem hướng dẫn AccessRecordAltered.",
            bad_from=1,
        ),
        stat(
            "Hồ sơ truy cập được đọc hết cách đây",
            "time since the access records were checked",
            census("legalaid_access_record_unchecked_seconds"),
            names.SECONDS,
            "Trên 2 ngày: lần kiểm tra hằng ngày không xong; xem hướng dẫn AccessRecordUnchecked.",
            bad_from=172_800,
        ),
    ),
)

BOARD: Final = Board(
    uid="legalaid-pipeline",
    title="Đường đi của sự kiện",
    english="pipeline",
    about="Từ lúc tiếp nhận đến lúc báo tin: sự kiện đi nhanh thế nào, và đứng lại ở đâu.",
    sections=(_FLOW, _BATCHES, _STANDS_STILL, _CHECKED),
)
