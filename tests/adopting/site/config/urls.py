from django.urls import include, path

urlpatterns = [path("booths/", include("booth.urls"))]
