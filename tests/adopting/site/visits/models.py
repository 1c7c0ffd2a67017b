from django.db import models


class Visit(models.Model):
    booth = models.ForeignKey("booth.Booth", on_delete=models.CASCADE)
    visitor = models.CharField(max_length=20)

    def __str__(self):
        return f"{self.visitor}: {self.booth}"
