"""How static files are collected: under names that change with them, packed, and only those that a page may ask for."""

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Scripts may import each other: the names in them are replaced too."""

    support_js_module_import_aggregation = True


class CollectedConfig(StaticFilesConfig):
    """Packing takes seconds at the first start; what stands in packages beside its short form is left out."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        *("jquery.js", "xregexp.js", "select2.full.js"),
        *("htmx-4*", "htmax*", "hx-*"),
    ]
