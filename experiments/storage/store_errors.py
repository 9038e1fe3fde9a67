"""What goes wrong with a store at an address, such as a bucket: tried again, and put in words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from steppe.model.core.errors import IncompleteRunError, RequestError

T = TypeVar("T")

WAITS = (1.0, 4.0, 15.0)  # seconds before each further try, beside those of the store's package
PACKAGES = {"botocore", "aiobotocore", "aiohttp", "s3fs", "gcsfs", "google", "adlfs", "azure"}
EXPIRED = re.compile("expired|token.*refresh", re.IGNORECASE)
REFUSED = re.compile("credentials|forbidden|access denied|access key|signature", re.IGNORECASE)
NO_BUCKET = re.compile("bucket does not exist|NoSuchBucket|container does not exist", re.IGNORECASE)


class StoreError(OSError):
    """Something at an address could not be read or written; the text says what to do."""


def is_store_error(error: BaseException) -> bool:
    """True if an error speaks of the store or the way to it, not of what is stored there."""
    from_package = type(error).__module__.partition(".")[0] in PACKAGES
    return from_package or (isinstance(error, OSError) and not isinstance(error, FileExistsError))


def is_lasting(error: BaseException) -> bool:
    """True if trying again soon would fail as well."""
    return isinstance(error, (PermissionError, FileNotFoundError, StoreError)) or bool(
        EXPIRED.search(str(error)) or REFUSED.search(str(error))
    )


def describe_store_error(error: BaseException, action: str = "used") -> str:
    """Say of an address why it cannot be `read`, `written` or `used`, and what to do."""
    if isinstance(error, StoreError):
        return str(error)
    reason = (str(error) or type(error).__name__).partition("\n")[0].strip().rstrip(".")
    if EXPIRED.search(reason):
        advice = "renew the credentials"
    elif NO_BUCKET.search(reason):
        advice = "make the bucket, or check its name"
    elif isinstance(error, PermissionError) or REFUSED.search(reason):
        advice = "check the credentials, and what they allow there"
    elif isinstance(error, FileNotFoundError):
        advice = "check the address"
    else:
        advice = "check the network and the store"
    return f"cannot be {action} ({reason}); {advice}"


def try_again(work: Callable[[], T]) -> T:
    """Do what can be done twice; again, after a while, where a store failed.

    Raises
    ------
    Exception
        What it raised last, or at once if another try would fail as well.
    """
    for wait in WAITS:
        try:
            return work()
        except Exception as error:
            if not is_store_error(error) or is_lasting(error):
                raise
            time.sleep(wait)
    return work()


@contextmanager
def store_errors_as(kind: type[Exception], address: str, action: str = "used") -> Iterator[None]:
    """Raise errors of a store as another kind, with the address and in words."""
    try:
        yield
    except (RequestError, IncompleteRunError, StoreError):
        raise
    except Exception as error:
        if not is_store_error(error):
            raise
        raise kind(f"{address}: {describe_store_error(error, action)}") from None
