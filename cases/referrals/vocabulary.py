"""The words a つなぐシート is written in: one code per choice, with its Japanese name (groups A to I of the sheet)."""

from enum import StrEnum


class Channel(StrEnum):
    """A 受付経路: line LINE · web 安心フォーム · phone 電話 · counter 窓口 · paper 紙 · visit 訪問."""

    LINE = "line"
    WEB = "web"
    PHONE = "phone"
    COUNTER = "counter"
    PAPER = "paper"
    VISIT = "visit"


class ReporterType(StrEnum):
    """B 報告者.

    self 本人 · family 家族親族 · neighbour 近隣住民 · commissioner 民生委員・児童委員 ·
    child_commissioner 主任児童委員 · association 住民自治協議会・地区社協 · work 事業者 · school 学校・園 ·
    medical 医療 · agency 支援機関 · other その他 · unanswered 答えない.
    """

    SELF = "self"
    FAMILY = "family"
    NEIGHBOUR = "neighbour"
    COMMISSIONER = "commissioner"
    CHILD_COMMISSIONER = "child_commissioner"
    ASSOCIATION = "association"
    WORK = "work"
    SCHOOL = "school"
    MEDICAL = "medical"
    AGENCY = "agency"
    OTHER = "other"
    UNANSWERED = "unanswered"


class Anonymity(StrEnum):
    """B 匿名の範囲: anonymous 匿名 · staff_only 職員のみ · agency_ok つなぎ先まで可."""

    ANONYMOUS = "anonymous"
    STAFF_ONLY = "staff_only"
    AGENCY_OK = "agency_ok"


class ContactPref(StrEnum):
    """B 連絡方法: line LINE · phone 電話 · mail 郵送 · none 連絡不要."""

    LINE = "line"
    PHONE = "phone"
    MAIL = "mail"
    NONE = "none"


class Feedback(StrEnum):
    """B 知らせてほしいこと: receipt 受理のみ · progress 経過の可能な範囲 · none 不要."""

    RECEIPT = "receipt"
    PROGRESS = "progress"
    NONE = "none"


class WillingRole(StrEnum):
    """B できる関わり: watch 見守り · greet 声かけ · accompany 同行 · inform 情報提供のみ · none 関わりたくない."""

    WATCH = "watch"
    GREET = "greet"
    ACCOMPANY = "accompany"
    INFORM = "inform"
    NONE = "none"


class SubjectKnown(StrEnum):
    """C 対象者を知っているか: name 氏名がわかる · face 顔はわかる · house 家だけわかる · unknown わからない."""

    NAME = "name"
    FACE = "face"
    HOUSE = "house"
    UNKNOWN = "unknown"


class AgeBand(StrEnum):
    """C 年代, in years; unknown 不明."""

    FROM_0 = "0-5"
    FROM_6 = "6-11"
    FROM_12 = "12-14"
    FROM_15 = "15-17"
    FROM_18 = "18-29"
    FROM_30 = "30-39"
    FROM_40 = "40-49"
    FROM_50 = "50-64"
    FROM_65 = "65-74"
    FROM_75 = "75-84"
    FROM_85 = "85+"
    UNKNOWN = "unknown"


class Gender(StrEnum):
    """C 性別: male 男 · female 女 · other その他・答えない · unknown 不明."""

    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class HouseholdType(StrEnum):
    """C 世帯類型.

    alone 独居 · elderly 高齢者のみ · couple 夫婦のみ · parent_adult_child 親と未婚子(8050型含む) ·
    single_parent ひとり親 · three_generations 三世代 · others 同居他人 · facility 施設 ·
    homeless 野宿等 · unknown 不明.
    """

    ALONE = "alone"
    ELDERLY = "elderly"
    COUPLE = "couple"
    PARENT_ADULT_CHILD = "parent_adult_child"
    SINGLE_PARENT = "single_parent"
    THREE_GENERATIONS = "three_generations"
    OTHERS = "others"
    FACILITY = "facility"
    HOMELESS = "homeless"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """D 分類の出所: reporter 報告者 · system 自動 · staff 職員."""

    REPORTER = "reporter"
    SYSTEM = "system"
    STAFF = "staff"


class ObservedPeriod(StrEnum):
    """D いつから: now 今 · today 今日 · days 数日 · month 1か月 · longer それ以前 · unknown 不明."""

    NOW = "now"
    TODAY = "today"
    DAYS = "days"
    MONTH = "month"
    LONGER = "longer"
    UNKNOWN = "unknown"


class Frequency(StrEnum):
    """D 頻度: once 1回 · sometimes 時々 · daily 毎日 · unknown 不明."""

    ONCE = "once"
    SOMETIMES = "sometimes"
    DAILY = "daily"
    UNKNOWN = "unknown"


class DataSource(StrEnum):
    """D 情報の出所.

    seen 自分で見た・聞いた · told 人から聞いた · subject 本人から聞いた · guess 推測 · unknown 不明.
    """

    SEEN = "seen"
    TOLD = "told"
    SUBJECT = "subject"
    GUESS = "guess"
    UNKNOWN = "unknown"


class YesNo(StrEnum):
    """Yes はい · no いいえ · unknown わからない."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ConsentStatus(StrEnum):
    """E 同意.

    given 同意あり · not_asked 同意なし(未確認) · refused 本人が拒否 · impossible 確認できない(危険・能力) ·
    withdrawn 同意撤回.
    """

    GIVEN = "given"
    NOT_ASKED = "not_asked"
    REFUSED = "refused"
    IMPOSSIBLE = "impossible"
    WITHDRAWN = "withdrawn"


class ConsentMethod(StrEnum):
    """E 同意の方法: written 書面 · oral 口頭(記録) · electronic 電子 · proxy 代理."""

    WRITTEN = "written"
    ORAL = "oral"
    ELECTRONIC = "electronic"
    PROXY = "proxy"


class LegalBasis(StrEnum):
    """E 共有の根拠.

    consent 本人同意 · support_council 社会福祉法106条の6支援会議 · privacy_act_69_2_2 · privacy_act_69_2_3 ·
    privacy_act_69_2_4 個人情報保護法69条2項各号 · child_abuse 児童虐待通報 · elder_abuse 高齢者虐待通報 ·
    disability_abuse 障害者虐待通報 · dv DV通報 · life_and_body 生命身体の保護 · anonymous_only 匿名情報提供のみ.
    """

    CONSENT = "consent"
    SUPPORT_COUNCIL = "support_council"
    PRIVACY_ACT_69_2_2 = "privacy_act_69_2_2"
    PRIVACY_ACT_69_2_3 = "privacy_act_69_2_3"
    PRIVACY_ACT_69_2_4 = "privacy_act_69_2_4"
    CHILD_ABUSE = "child_abuse"
    ELDER_ABUSE = "elder_abuse"
    DISABILITY_ABUSE = "disability_abuse"
    DV = "dv"
    LIFE_AND_BODY = "life_and_body"
    ANONYMOUS_ONLY = "anonymous_only"


class Forum(StrEnum):
    """E 会議体.

    multi_agency_meeting 重層的支援会議(同意必須) · support_council 支援会議 · child_council 要対協 ·
    livelihood_council 支援調整会議 · community_care 地域ケア会議 · none なし.
    """

    MULTI_AGENCY_MEETING = "multi_agency_meeting"
    SUPPORT_COUNCIL = "support_council"
    CHILD_COUNCIL = "child_council"
    LIVELIHOOD_COUNCIL = "livelihood_council"
    COMMUNITY_CARE = "community_care"
    NONE = "none"


class Involvement(StrEnum):
    """F 現在の関わり: continuing 継続 · interrupted 中断 · refused 拒否 · unknown 不明."""

    CONTINUING = "continuing"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class VisitRisk(StrEnum):
    """F 訪問時の注意.

    dog 犬 · violence 暴力歴 · infection 感染 · not_alone 単独訪問不可 · secret 連絡を知られては困る.
    """

    DOG = "dog"
    VIOLENCE = "violence"
    INFECTION = "infection"
    NOT_ALONE = "not_alone"
    SECRET = "secret"  # noqa: S105 - no password: a visit must stay unknown


class RequestedAction(StrEnum):
    """G 依頼内容.

    inform 情報提供 · phone 電話 · visit 訪問 · accompany 同行 · interview 面接 · meeting 会議提出 ·
    watch 見守り · advise 助言.
    """

    INFORM = "inform"
    PHONE = "phone"
    VISIT = "visit"
    ACCOMPANY = "accompany"
    INTERVIEW = "interview"
    MEETING = "meeting"
    WATCH = "watch"
    ADVISE = "advise"


class DeclineReason(StrEnum):
    """G 辞退理由.

    not_eligible 対象外 · below_criteria 基準外 · outside_area 区域外 · capacity 定員・体制 ·
    not_enough_information 情報不足 · no_consent 同意なし ·
    already_served 重複対応中 · subject_unwilling 本人が希望しない · other その他.
    """

    NOT_ELIGIBLE = "not_eligible"
    BELOW_CRITERIA = "below_criteria"
    OUTSIDE_AREA = "outside_area"
    CAPACITY = "capacity"
    NOT_ENOUGH_INFORMATION = "not_enough_information"
    NO_CONSENT = "no_consent"
    ALREADY_SERVED = "already_served"
    SUBJECT_UNWILLING = "subject_unwilling"
    OTHER = "other"


class Evaluation(StrEnum):
    """H 評価: achieved 達成 · partly 一部達成 · unchanged 変化なし · worse 悪化."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    UNCHANGED = "unchanged"
    WORSE = "worse"


class CloseReason(StrEnum):
    """H 終結理由.

    solved 解決・安定 · transferred 他機関へ移管 · declined 本人辞退 · moved 転居 · died 死亡 · unreachable 連絡不能 ·
    not_eligible 対象でない · error 誤登録.
    """

    SOLVED = "solved"
    TRANSFERRED = "transferred"
    DECLINED = "declined"
    MOVED = "moved"
    DIED = "died"
    UNREACHABLE = "unreachable"
    NOT_ELIGIBLE = "not_eligible"
    ERROR = "error"
