"""A bare view of the REST framework, beside the web part's."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Bare(APIView):
    """As little as a view of the framework can do."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (JSONRenderer,)

    def get(self, _request: Request) -> Response:
        """Answer with next to nothing."""
        return Response({"ok": True})


urlpatterns = [path("booths/sync/bare/", Bare.as_view()), path("", include("booth.web.urls"))]
