"""What people ask about, in words as they are told to the hotline or written in the app. All of it is invented."""

from dataclasses import dataclass, field

from legalaid.events.words import AidForm, Claim, LawField, Role

LITIGATION, ADVICE, REPRESENTATION = AidForm.LITIGATION, AidForm.LEGAL_ADVICE, AidForm.OUT_OF_COURT_REPRESENTATION


@dataclass(frozen=True)
class Situation:
    """A kind of matter, with several ways of telling it."""

    law: LawField
    form: AidForm
    tellings: tuple[str, ...]
    parties: tuple[str, ...] = ()
    role: Role = Role.NONE
    claims: tuple[Claim, ...] = field(default=())
    """What follows from the story itself."""
    urgent: tuple[str, ...] = ()
    """The facts that make it urgent, if any: ``detained``, ``in_danger``, ``deadline_near``."""
    women_only: bool = False


SITUATIONS = (
    Situation(
        LawField.LAND_HOUSING_ENVIRONMENT,
        ADVICE,
        (
            "Nhà tôi làm nương ở đây từ đời ông nội, nay hàng xóm rào lại và bảo đất của họ. Tôi chưa có sổ đỏ.",
            "Xã thông báo thu hồi đất làm đường nhưng tiền đền bù tính thiếu 2 sào ruộng của gia đình tôi.",
            "Bố mẹ chết không để lại giấy tờ, các anh chia hết đất, tôi là con gái không được phần nào.",
        ),
        ("Hàng xóm ở cùng bản",),
    ),
    Situation(
        LawField.LAND_HOUSING_ENVIRONMENT,
        REPRESENTATION,
        (
            "Tôi đã gửi đơn ra xã hai lần về việc cấp nhầm sổ đỏ cho người khác, chưa ai trả lời.",
            "Nước thải của mỏ chảy vào ruộng nhà tôi ba vụ liền, lúa chết, công ty chỉ hứa.",
        ),
        ("Công ty khai thác",),
    ),
    Situation(
        LawField.MARRIAGE_FAMILY,
        LITIGATION,
        (
            "Chồng tôi đi làm xa bốn năm không về, không gửi tiền. Tôi muốn ly hôn và nuôi hai con.",
            "Tôi muốn xin cấp dưỡng cho con, bố cháu không chịu làm giấy khai sinh có tên bố.",
            "Hai vợ chồng chưa đăng ký kết hôn, nay chia tay, nhà chồng giữ con không cho gặp.",
        ),
        ("Chồng",),
        women_only=True,
    ),
    Situation(
        LawField.MARRIAGE_FAMILY,
        LITIGATION,
        (
            "Chồng uống rượu về đánh tôi, tuần trước phải đi trạm xá khâu bốn mũi. Tôi sợ, đang ở nhờ nhà chị.",
            "Tôi bị chồng và mẹ chồng đuổi khỏi nhà ban đêm, dọa đốt quần áo. Xin đừng gọi vào số của chồng tôi.",
        ),
        ("Chồng", "Mẹ chồng"),
        claims=(Claim.DOMESTIC_VIOLENCE_VICTIM,),
        urgent=("in_danger",),
        women_only=True,
    ),
    Situation(
        LawField.CRIMINAL,
        LITIGATION,
        (
            "Con trai tôi bị công an huyện tạm giữ từ hôm kia vì đánh nhau ở chợ phiên, gia đình chưa được gặp.",
            "Em tôi bị bắt vì chở thuê hàng qua biên giới, nó không biết trong bao có gì.",
        ),
        role=Role.ACCUSED,
        urgent=("detained",),
    ),
    Situation(
        LawField.CRIMINAL,
        LITIGATION,
        (
            "Tôi bị khởi tố tội trộm cắp tài sản, thứ tư tuần này tòa xử mà chưa có ai bào chữa.",
            "Tôi nhận giấy triệu tập của tòa, phiên xử trong ba ngày nữa. Tôi không hiểu giấy viết gì.",
        ),
        role=Role.ACCUSED,
        urgent=("deadline_near",),
    ),
    Situation(
        LawField.CRIMINAL,
        LITIGATION,
        (
            "Cháu gái nhà tôi bị người ta rủ sang bên kia biên giới lấy chồng, trốn về được tháng trước.",
            "Em gái tôi bị lừa đi làm ở nước ngoài, bị bán, nay đã về nhà, muốn tố cáo người dẫn đi.",
        ),
        role=Role.CRIME_VICTIM,
        claims=(Claim.TRAFFICKING_VICTIM,),
    ),
    Situation(
        LawField.CRIMINAL,
        LITIGATION,
        ("Tôi bị người làm cùng đâm xe máy rồi bỏ chạy, gãy chân, công an mời lên lấy lời khai.",),
        ("Người lái xe",),
        role=Role.CRIME_VICTIM,
    ),
    Situation(
        LawField.LABOUR_INSURANCE,
        ADVICE,
        (
            "Tôi làm thợ hồ ở công trình thủy điện năm tháng, chủ thầu nợ hai tháng lương rồi đi mất.",
            "Công ty cho tôi nghỉ việc khi đang có thai bảy tháng, nói là hết việc.",
            "Bố tôi ngã giàn giáo, chủ chỉ đưa năm triệu tiền thuốc, không có hợp đồng, không có bảo hiểm.",
        ),
        ("Chủ thầu",),
    ),
    Situation(
        LawField.CIVIL,
        ADVICE,
        (
            "Tôi cho người quen vay tiền bán trâu, có giấy viết tay, đến hạn họ không trả.",
            "Vay nóng mười triệu nay họ đòi ba mươi triệu, gọi điện dọa cả nhà.",
            "Trâu nhà bên phá hết nương ngô, hòa giải ở bản rồi mà không đền.",
        ),
        ("Người vay tiền",),
    ),
    Situation(
        LawField.ADMINISTRATIVE,
        REPRESENTATION,
        (
            "Con tôi sinh ở bản chưa có giấy khai sinh, mẹ không có căn cước, xã bảo thiếu giấy.",
            "Tôi bị phạt vì phá rừng nhưng nương đó nhà tôi làm từ lâu, tôi muốn khiếu nại.",
        ),
    ),
    Situation(
        LawField.MERIT_SOCIAL_POLICY,
        ADVICE,
        (
            "Bố tôi là thanh niên xung phong, giấy tờ cháy hết, nay xin chế độ không ai xác nhận.",
            "Mẹ tôi 82 tuổi chưa được nhận trợ cấp người cao tuổi, hỏi xã thì bảo chờ.",
            "Con tôi khuyết tật nặng mà giấy xác nhận ghi nhẹ nên không được trợ cấp.",
        ),
    ),
    Situation(
        LawField.OTHER,
        ADVICE,
        (
            "Tôi không biết chữ, có người đưa giấy bảo điểm chỉ, bây giờ sợ mất nhà.",
            "Cháu bỏ học, nhà trường bảo nộp lại tiền hỗ trợ, tôi không hiểu vì sao.",
        ),
    ),
)

BUSINESS = Situation(
    LawField.BUSINESS_COMMERCE,
    ADVICE,
    (
        "Hợp tác xã của tôi ký bán chè cho công ty, họ nhận hàng mà chậm trả tiền theo hợp đồng mua bán.",
        "Tôi mở cửa hàng vật liệu xây dựng, muốn hỏi về góp vốn với bạn hàng.",
    ),
    ("Công ty thu mua",),
)

OPENINGS = (
    "",
    "Tôi ở {place}. ",
    "Nhà tôi ở {place}, đi ra trung tâm mất nửa ngày. ",
    "Chào cán bộ, tôi gọi từ {place}. ",
    "Tôi nghe loa xã giới thiệu số 18001233. ",
)
CLOSINGS = (
    "",
    " Mong được giúp đỡ.",
    " Tôi không có tiền thuê luật sư.",
    " Nhờ cán bộ nói chậm, tôi nghe tiếng Kinh chưa tốt.",
    " Nếu gọi lại xin gọi buổi sáng.",
    " Tôi phải làm giấy tờ gì ạ?",
)
HAMLETS = (
    "bản Huổi Lèng",
    "bản Nà Pheo",
    "thôn Séo Mí Tỷ",
    "bản Pá Khoang",
    "thôn Lao Chải",
    "bản Co Mỵ",
    "tổ dân phố 5",
)
UNKNOWN_PLACES = (
    "trên núi gần cột mốc, không nhớ tên xã",
    "xóm mới, cạnh suối to",
    "ở nhờ nhà người quen, chưa rõ địa chỉ",
)
RELATIONS = ("con", "mẹ", "vợ", "chị gái", "trưởng bản", "cán bộ phụ nữ xã")
