"""What kube-state-metrics tells of our CronJobs and Jobs, by hand: it is not run here.

Names, labels and values are those of its own documentation and tests (internal/store, v2).
"""

from __future__ import annotations

import re
import time

LINES = """\
# TYPE kube_cronjob_spec_suspend gauge
kube_cronjob_spec_suspend{namespace="festival",cronjob="booth-sync"} 0
kube_cronjob_spec_suspend{namespace="festival",cronjob="booth-sync-peak"} 1
# TYPE kube_cronjob_status_last_schedule_time gauge
kube_cronjob_status_last_schedule_time{namespace="festival",cronjob="booth-sync"} LONG_AGO
# TYPE kube_job_created gauge
kube_job_created{namespace="festival",job_name="booth-sync-29401320"} NOW
kube_job_created{namespace="festival",job_name="booth-sync-29401325"} NOW
# TYPE kube_job_failed gauge
kube_job_failed{namespace="festival",job_name="booth-sync-29401320",condition="true"} 1
kube_job_failed{namespace="festival",job_name="booth-sync-29401320",condition="false"} 0
kube_job_failed{namespace="festival",job_name="booth-sync-29401320",condition="unknown"} 0
# TYPE kube_job_status_active gauge
kube_job_status_active{namespace="festival",job_name="booth-sync-29401320"} 0
kube_job_status_active{namespace="festival",job_name="booth-sync-29401325"} 1
"""


def list_kube_families() -> set[str]:
    """Return the families that a cluster with kube-state-metrics has of us."""
    return set(re.findall(r"^# TYPE (\w+)", LINES, re.MULTILINE))


def tell_of_trouble() -> str:
    """Return an exposition: a failed Job, and a CronJob that has made none for an hour."""
    now = int(time.time())
    return LINES.replace("LONG_AGO", str(now - 3600)).replace("NOW", str(now))
