"""Staff: accounts, sessions, and the throttle of sign-ins."""

from cases.staff.accounts import Account, add, by_email, deactivate

__all__ = ["Account", "add", "by_email", "deactivate"]
