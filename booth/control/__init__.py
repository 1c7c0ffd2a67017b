"""The schedule of booth sync: CronJobs in Kubernetes, which are the only truth about it."""

from booth.control.failures import make_error
from booth.control.reading import read, review_rights
from booth.control.switch import ALREADY, resume, suspend
from booth.control.types import Change, CronJob, Reading, Right

__all__ = [
    "ALREADY",
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
