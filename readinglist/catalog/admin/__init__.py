"""The curators' admin over the catalogue, a module a subject."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.admin.categories import CategoryAdmin
from readinglist.catalog.admin.entries import EntryAdmin
from readinglist.catalog.admin.lists import ReadingListAdmin, StepAdmin
from readinglist.catalog.admin.sources import SourceAdmin

__all__ = ["CategoryAdmin", "EntryAdmin", "ReadingListAdmin", "SourceAdmin", "StepAdmin"]

admin.site.site_header = _("Readinglist")
admin.site.site_title = _("Readinglist")
admin.site.index_title = _("What the team reads, and by which rules")
admin.site.enable_nav_sidebar = False
