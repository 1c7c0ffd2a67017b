from django.db import models


class Booth(models.Model):
    class Category(models.TextChoices):
        BOOTH = "BOOTH", "부스"
        FOOD_TRUCK = "FOOD_TRUCK", "푸드트럭"

    name = models.CharField(max_length=30)
    category = models.CharField(max_length=20, choices=Category.choices, default=Category.BOOTH)
    place = models.CharField(max_length=50)
    likes = models.IntegerField(default=0)
    is_open = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    is_dorder = models.BooleanField(default=False)

    def __str__(self):
        return self.name


class BoothDetail(models.Model):
    booth = models.OneToOneField(Booth, on_delete=models.CASCADE, related_name="info")
    description = models.TextField(null=True, blank=True)  # noqa: DJ001
    all_table = models.IntegerField(null=True, blank=True)
    usage_table = models.IntegerField(null=True, blank=True)
    can_usage = models.BooleanField(default=False)
    image_url = models.URLField(blank=True)

    def __str__(self):
        return f"{self.booth}: {self.usage_table}/{self.all_table}"


class Menu(models.Model):
    booth = models.ForeignKey(Booth, on_delete=models.CASCADE, related_name="menu_set")
    name = models.CharField(max_length=30)
    price = models.IntegerField(default=0)
    ingredient = models.IntegerField(null=True, blank=True)
    is_best = models.BooleanField(default=False)

    def __str__(self):
        return self.name
