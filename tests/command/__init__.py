"""Tests of ``manage.py booth_sync`` as its users meet it."""
