"""What the words of the tables are called on the page."""

from typing import Final

from routing.rules.law import Start, Unit

UNITS: Final = {
    Unit.CLOCK_HOURS: "{} giờ, kể cả đêm và ngày nghỉ",
    Unit.WORKING_DAYS: "{} ngày làm việc",
    Unit.CALENDAR_DAYS: "{} ngày; ngày cuối là ngày nghỉ thì sang ngày làm việc kế tiếp",
    Unit.SAME_WORKING_DAY: "trong ngày làm việc",
    Unit.AT_ONCE: "ngay",
}
STARTS: Final = {
    Start.ACTION_BEGUN: "Từ khi việc ấy là việc phải làm tiếp theo",
    Start.REQUEST_RECEIVED: "Từ khi nhận yêu cầu",
    Start.GROUND_KNOWN: "Từ khi biết có căn cứ thụ lý ngay",
    Start.ACCEPTED: "Từ khi thụ lý",
    Start.ACCEPTED_AT_ONCE: "Từ khi thụ lý ngay, giấy tờ bổ sung sau",
    Start.ACCEPTED_OR_PAPERS_COMPLETE: "Từ khi thụ lý hoặc đủ giấy tờ",
    Start.AGENCY_NOTICE: "Từ khi cơ quan tiến hành tố tụng thông báo",
    Start.REGISTRATION_REFUSED: "Từ khi bị từ chối hoặc hủy đăng ký bào chữa, bảo vệ",
    Start.QUESTION_ASKED: "Từ khi có câu hỏi đơn giản",
    Start.CHANGE_OF_PROVIDER_ASKED: "Từ khi có yêu cầu thay người thực hiện",
    Start.WITHDRAWN: "Từ khi rút yêu cầu",
    Start.VERIFICATION_ASKED: "Từ khi Trung tâm khác đề nghị xác minh",
    Start.PETITION_RECEIVED: "Từ khi cơ quan nhận kiến nghị",
    Start.CASE_ENDED: "Từ khi kết thúc vụ việc",
    Start.COMPLAINT: "Từ khi có khiếu nại",
    Start.SECOND_COMPLAINT: "Từ khi có khiếu nại lần hai",
    Start.DATA_REQUEST: "Từ khi có yêu cầu về dữ liệu cá nhân",
    Start.BREACH_KNOWN: "Từ khi biết lộ dữ liệu",
}
EFFORTS: Final = {1: "ai cũng biết ngay", 2: "phải nhớ lại", 3: "khó nói hoặc cần giấy tờ"}
LEVELS: Final = {"I": "khu vực I", "II": "khu vực II", "III": "khu vực III", "OUTSIDE": "ngoài các khu vực"}
READ: Final = {True: "đã đọc văn bản", False: "CHƯA ĐỐI CHIẾU"}
