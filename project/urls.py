"""URLs of the web process."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

admin.site.site_title = admin.site.site_header = "부스 동기화"
admin.site.index_title = "관리"

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("booth.web.urls")),
]
handler400 = "booth.web.handlers.bad_request"
handler403 = "booth.web.handlers.permission_denied"
handler404 = "booth.web.handlers.page_not_found"
handler500 = "booth.web.handlers.server_error"
