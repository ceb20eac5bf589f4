"""Staff: accounts, sessions, and the throttle of sign-ins."""

from cases.staff.accounts import Account, add, by_email, deactivate, renew_hash

__all__ = ["Account", "add", "by_email", "deactivate", "renew_hash"]
