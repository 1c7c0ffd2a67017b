"""How gunicorn serves the web part: ``gunicorn --config python:project.serving project.wsgi``.

``--bind`` or GUNICORN_CMD_ARGS chooses another address, WEB_CONCURRENCY more processes.
"""

from __future__ import annotations

bind = "127.0.0.1:8000"
worker_class = "gthread"
threads = 32
"""A status waits up to 9 s for a cluster that is gone, a sync for D-Order: the others go on."""
timeout = 60
graceful_timeout = 30
keepalive = 30
forwarded_allow_ips = ""
forwarder_headers = ""
"""Whose request it is, and whether it came by TLS, is told by ``booth.web.access`` alone."""
control_socket_disable = True
"""It would stand in somebody's home, the same for every server of theirs."""
errorlog = "-"
loglevel = "warning"
