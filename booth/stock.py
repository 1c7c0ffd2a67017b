"""How full the festival is: booths, tables and menus in the database, by state."""

from __future__ import annotations

from django.db.models import Count, F, Q, Sum

from booth.models import Booth, Menu

THERE = Q(missing_since=None)
Stock = dict[str, dict[str, int]]


def count_stock() -> Stock:
    """Return the numbers by entity and state; two queries.

    What D-Order no longer lists counts as ``missing`` and nowhere else.
    """
    used, total = F("detail__usage_table"), F("detail__all_table")
    booths = Booth.objects.aggregate(
        listed=Count("pk", filter=THERE & Q(is_dorder=True)),
        own=Count("pk", filter=THERE & Q(is_dorder=False)),
        missing=Count("pk", filter=~THERE),
        used=Sum(used, filter=THERE, default=0),
        free=Sum(total - used, filter=THERE & Q(detail__usage_table__lt=total), default=0),
    )
    there = THERE & Q(booth__missing_since=None)
    menus = Menu.objects.aggregate(
        in_stock=Count("pk", filter=there & Q(ingredient__gt=0)),
        sold_out=Count("pk", filter=there & Q(ingredient=0)),
        uncounted=Count("pk", filter=there & Q(ingredient=None)),
        missing=Count("pk", filter=~there),
    )
    tables = {state: booths.pop(state) for state in ("free", "used")}
    return {"booths": booths, "tables": tables, "menus": menus}
