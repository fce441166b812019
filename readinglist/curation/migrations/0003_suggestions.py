"""What readers suggest for the catalogue."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0005_post_byline"),
        ("curation", "0002_curators"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        help_text="What the work is known by, in the form of an identifier.", max_length=500
                    ),
                ),
                ("url", models.URLField(blank=True, max_length=2000)),
                ("title", models.CharField(max_length=300)),
                ("why", models.TextField(blank=True, max_length=1000)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answer",
                    models.CharField(blank=True, help_text="Why not, for whoever suggested it.", max_length=500),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="suggestions",
                        to="catalog.entry",
                    ),
                ),
                (
                    "judged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="suggestions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suggestions",
                        to="catalog.post",
                    ),
                ),
            ],
            options={
                "verbose_name": "suggestion",
                "verbose_name_plural": "suggestions",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("key",), name="suggestion_open_once_a_work"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "accepted", "declined"])),
                        name="suggestion_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("judged_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("judged_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="suggestion_is_open_until_judged",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("entry", None), ("state", "accepted"), _connector="OR"),
                        name="suggestion_entry_is_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("post__isnull", False), models.Q(("url", ""), _negated=True), _connector="OR"
                        ),
                        name="suggestion_leads_somewhere",
                    ),
                ],
            },
        ),
    ]
