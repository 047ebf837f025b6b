"""A reminder, and how its call ended."""

from django.db import models


class Reminder(models.Model):
    """A call that reminds a patient."""

    number = models.CharField(max_length=20)
    sid = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=20, default="in-progress")
