"""The address of a form, for the talk to show. It stands by itself: the worker needs nothing else of the pages."""


def link(base_url: str, token: str, liff_id: str = "") -> str:
    """The address of a form for its person: through LINE's own browser where there is a LIFF app."""
    return f"https://liff.line.me/{liff_id}?form={token}" if liff_id else f"{base_url.rstrip('/')}/form/{token}"
