"""IPv6, which many containers have not."""

import functools
import socket

import pytest


@functools.cache
def _missing():
    """Why there is none, or None."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        return f"no IPv6 here: {error}"
    return None


needs_ipv6 = pytest.mark.skipif(_missing() is not None, reason=str(_missing()))
