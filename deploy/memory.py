"""What a program keeps of the machine's memory once it has read its dictionaries and pages."""

import contextlib
import ctypes
import gc


def settle() -> None:
    """Give back what starting left behind, and let the collector pass over what stays. Call once, when ready.

    Reading dictionaries leaves tens of megabytes to the C library, which keeps them for later; and a full collection
    would walk half a million objects that live as long as the program, in the middle of somebody's answer.
    """
    gc.collect()
    gc.freeze()
    with contextlib.suppress(OSError, AttributeError):  # a C library other than GNU's has no such call
        ctypes.CDLL(None).malloc_trim(0)
