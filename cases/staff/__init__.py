"""Staff: accounts, sessions, and the throttle of sign-ins."""

from cases.staff.accounts import Account, add, by_email, deactivate, renew_hash, staffed_agencies

__all__ = ["Account", "add", "by_email", "deactivate", "renew_hash", "staffed_agencies"]
