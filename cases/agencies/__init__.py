"""The agencies that referrals are handed to."""

from cases.agencies.directory import AgencyItem, active, is_active, sync

__all__ = ["AgencyItem", "active", "is_active", "sync"]
