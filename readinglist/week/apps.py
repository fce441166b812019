from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WeekConfig(AppConfig):
    name = "readinglist.week"
    verbose_name = _("Week")
