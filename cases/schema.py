"""Every table of the record, in one place: importing this module makes the metadata complete."""

from cases.agencies.models import Agency
from cases.audit import AuditHead, AuditRow
from cases.base import Base
from cases.channel import ChannelRow
from cases.conversations import ConversationRow
from cases.forms import FormRow
from cases.inbound import InboundRow
from cases.outbox import OutboxRow
from cases.passed_on import PassedOnRow
from cases.people import PersonRow
from cases.photos import PhotoRow
from cases.referrals import models as referrals
from cases.staff.models import SigninAttempt, Staff, StaffSession
from cases.unsent import UnsentRow

__all__ = [
    "Agency",
    "AuditHead",
    "AuditRow",
    "ChannelRow",
    "ConversationRow",
    "FormRow",
    "InboundRow",
    "OutboxRow",
    "PassedOnRow",
    "PersonRow",
    "PhotoRow",
    "SigninAttempt",
    "Staff",
    "StaffSession",
    "UnsentRow",
    "metadata",
    "referrals",
]

metadata = Base.metadata
