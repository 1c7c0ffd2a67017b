from django.urls import path

from booth import views

urlpatterns = [
    path("", views.list_booths),
    path("<int:pk>/", views.show_booth),
]
