"""The schedule of booth sync: CronJobs in Kubernetes, which are the only truth about it."""

from booth.control.failures import make_error
from booth.control.switch import read, resume, review_rights, suspend
from booth.control.types import Change, CronJob, Reading, Right

__all__ = [
    "Change",
    "CronJob",
    "Reading",
    "Right",
    "make_error",
    "read",
    "resume",
    "review_rights",
    "suspend",
]
