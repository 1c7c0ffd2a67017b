from django.http import JsonResponse
from django.shortcuts import get_object_or_404

from booth.models import Booth


def list_booths(request):
    booths = Booth.objects.select_related("info").order_by("name")
    return JsonResponse({"booths": [_show(booth) for booth in booths]})


def show_booth(request, pk):
    booth = get_object_or_404(Booth, pk=pk)
    menus = booth.menu_set.order_by("name")
    return JsonResponse(_show(booth) | {"menus": list(menus.values("name", "price", "ingredient"))})


def _show(booth):
    info = getattr(booth, "info", None)
    return {
        "id": booth.pk,
        "name": booth.name,
        "place": booth.place,
        "likes": booth.likes,
        "tables": [info.usage_table, info.all_table] if info else None,
    }
