"""The words of notes are searched."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        # Its text search configuration.
        ("catalog", "0001_search_configuration"),
        ("reading", "0005_time_and_pages"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="note",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("text", config="readinglist_search"), name="note_words"
            ),
        ),
    ]
