"""HTTP within wall-clock limits: what the upstream, the Pushgateway and control share.

Whoever need not send imports this late: requests takes its time.
"""

from booth.http.answers import Response, read_date, read_retry_after
from booth.http.deadline import DeadlineExceeded, Sockets, call_within
from booth.http.failures import RequestFailed
from booth.http.pools import HttpPool, HttpsPool
from booth.http.sender import send

__all__ = [
    "DeadlineExceeded",
    "HttpPool",
    "HttpsPool",
    "RequestFailed",
    "Response",
    "Sockets",
    "call_within",
    "read_date",
    "read_retry_after",
    "send",
]
