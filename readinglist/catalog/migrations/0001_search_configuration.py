"""Search that folds accents: English stems behind unaccent, and trigrams for near misses."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            "CREATE TEXT SEARCH CONFIGURATION readinglist_search (COPY = pg_catalog.english);"
            "ALTER TEXT SEARCH CONFIGURATION readinglist_search"
            " ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;",
            "DROP TEXT SEARCH CONFIGURATION readinglist_search;",
        ),
    ]
