import sys

from django.apps import AppConfig


class BoothConfig(AppConfig):
    name = "booth"

    def ready(self):
        if "runserver" in sys.argv or "gunicorn" in sys.argv[0]:
            from booth.dorders import start_booth_sync

            start_booth_sync()
