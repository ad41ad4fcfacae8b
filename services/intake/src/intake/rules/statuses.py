"""What whoever asks is told of a request: never what it is about, nor what was decided."""

from legalaid.events.words import Status

_AT_WORK = "Yêu cầu đã được tiếp nhận và đang được xử lý."
_CALL_US = "Chúng tôi cần trao đổi thêm. Mời gọi 1800 1233 (miễn phí), 8 giờ đến 17 giờ, thứ Hai đến thứ Sáu."
_ENDED = "Việc xử lý yêu cầu đã kết thúc. Mời gọi 1800 1233 (miễn phí) nếu cần biết thêm."
_TOGETHER = "Yêu cầu này được xử lý chung với một yêu cầu đã có. Mời gọi 1800 1233 (miễn phí) nếu cần biết thêm."

_WORDS = {
    Status.RECEIVED: _AT_WORK,
    Status.CHECKING: _AT_WORK,
    Status.NEED_MORE_INFO: _CALL_US,
    Status.ASSIGNED: _AT_WORK,
    Status.ACCEPTED: _AT_WORK,
    Status.IN_PROGRESS: _AT_WORK,
    Status.COMPLETED: _ENDED,
    Status.REFUSED: _ENDED,
    Status.TRANSFERRED: _ENDED,
    Status.WITHDRAWN: _ENDED,
    Status.DISCONTINUED: _ENDED,
    Status.LINKED: _TOGETHER,
}


def words(status: Status) -> str:
    """One sentence in Vietnamese. Acceptance and refusal are told by people, not by a code and a number."""
    return _WORDS[status]
