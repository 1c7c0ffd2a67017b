"""The booths as operators look for them: who has tables, what is sold out, what has vanished."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from booth.models import Booth
from booth.sync.plan import AUTOMATIC_DESCRIPTION

PAGE = 100


def list_booths(wanted: str, *, page: str) -> Page[Any]:
    """Return a page of the booths whose name or menu holds ``wanted``, by name; two queries.

    Each has ``sold_out`` and ``sold``, how many of its menus are sold out and how many there are,
    and ``changed``, the time of the last change as far as the sync has written it.
    """
    there = Q(menus__missing_since=None, menus__isnull=False)
    found = Booth.objects.select_related("detail").annotate(
        sold=Count("menus", filter=there, distinct=True),
        sold_out=Count("menus", filter=there & Q(menus__ingredient=0), distinct=True),
    )
    if wanted:
        matching = Booth.objects.filter(
            Q(name__icontains=wanted) | Q(menus__name__icontains=wanted)
        )
        found = found.filter(pk__in=matching.values("pk"))
    shown = Paginator(found.order_by("name", "pk"), PAGE).get_page(page)
    for booth in shown.object_list:
        booth.changed = _find_change(booth)  # type: ignore[attr-defined]
    return shown


def _find_change(booth: Booth) -> str:
    """Return the time in the automatic description, empty where a person wrote their own."""
    text = getattr(getattr(booth, "detail", None), "description", "")
    found = AUTOMATIC_DESCRIPTION.fullmatch(text)
    return found[0].partition(": ")[2] if found else ""
