"""How gunicorn serves the web part: ``gunicorn --config python:project.serving project.wsgi``.

``--bind`` or GUNICORN_CMD_ARGS chooses another address, WEB_CONCURRENCY more processes.
"""

from __future__ import annotations

import os
import subprocess
import sys

EXIT_CONFIG, WEAK_KEY = 78, "booth.E013"

bind = "127.0.0.1:8000"
worker_class = "gthread"
threads = 32
"""A status waits up to 9 s for a cluster that is gone, a sync for D-Order: the others go on."""
timeout = 60
graceful_timeout = 75
"""A sync by the API takes that long where D-Order is slow; it holds the lock meanwhile."""
keepalive = 30
forwarded_allow_ips = ""
forwarder_headers = ""
"""Whose request it is, and whether it came by TLS, is told by ``booth.web.access`` alone."""
control_socket_disable = True
"""It would stand in somebody's home, the same for every server of theirs."""
errorlog = "-"
loglevel = "warning"


def on_starting(_server: object) -> None:
    """End with 78 where the secret key is weak: whoever knows it is whoever they want.

    What else is wrong with the settings is told by the doors that it shuts; the others stay open.
    A process of its own looks: what this one imports stands in the memory of every pod.
    """
    if subprocess.run([sys.executable, "-m", __name__], check=False).returncode == EXIT_CONFIG:
        sys.exit(EXIT_CONFIG)


def judge_key() -> int:
    """Say what is wrong with the secret key, and return the exit code."""
    import django
    from django.core.checks import run_checks

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.web")
    django.setup()
    weak = [problem for problem in run_checks() if problem.id == WEAK_KEY]
    sys.stderr.writelines(f"{problem}\n" for problem in weak)
    return EXIT_CONFIG if weak else 0


if __name__ == "__main__":
    sys.exit(judge_key())
