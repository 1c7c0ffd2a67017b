import json
import logging
import threading
import time
import urllib.request

from django.conf import settings

logger = logging.getLogger(__name__)
SYNC_INTERVAL = 300
is_running = False


def start_booth_sync():
    global is_running
    is_running = True
    threading.Thread(target=_sync_forever, daemon=True).start()


def stop_booth_sync():
    global is_running
    is_running = False


def get_sync_status():
    return {"is_running": is_running, "sync_interval": SYNC_INTERVAL}


def sync_booth_data_once():
    from booth.models import Booth, BoothDetail, Menu

    try:
        with urllib.request.urlopen(settings.DORDER_API_URL) as response:
            items = json.load(response)["data"]["boothDetails"]
        for item in items:
            booth, _ = Booth.objects.get_or_create(name=item["boothName"], is_dorder=True)
            tables, used = item["boothAllTable"], item["boothUsageTable"]
            BoothDetail.objects.update_or_create(
                booth=booth,
                defaults={"all_table": tables, "usage_table": used, "can_usage": used < tables},
            )
            for menu in item["Menus"]:
                stock = menu["menuIngredidentReminder"]
                Menu.objects.update_or_create(
                    booth=booth, name=menu["menuName"], defaults={"ingredient": stock}
                )
    except Exception:
        logger.exception("부스 데이터 동기화 실패")
        return False
    return True


def _sync_forever():
    while is_running:
        sync_booth_data_once()
        time.sleep(SYNC_INTERVAL)
