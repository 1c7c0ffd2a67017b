"""What `bench.run` compares on PostgreSQL; imported once Django is set up."""

from __future__ import annotations

import json

import urllib3
from django.core.management import call_command
from django.db import connection

from booth.config.load import load_options
from booth.config.options import RunRequest
from booth.models import Booth, BoothDetail, Menu
from booth.sync.run import run_once


def migrate() -> None:
    """Create the tables."""
    call_command("migrate", verbosity=0)


def analyze() -> None:
    """Give PostgreSQL the statistics that autovacuum would have made by the next run."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def sync() -> None:
    """Run one sync over HTTP."""
    report = run_once(RunRequest(), load_options(for_http=True))
    if report.error:
        raise report.error


def read_by_hand() -> None:
    """Download, decode, and select each table once, with a new connection as a run has."""
    url = load_options(for_http=True).source.url
    json.loads(urllib3.request("GET", url, timeout=30).data)
    for model in (Booth, BoothDetail, Menu):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            cursor.fetchall()
