from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


def visit_minutes() -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(
        blank=True,
        help_text="From 15 to 1440. Empty: as often as the feed publishes, and as its host wants.",
        null=True,
        validators=[MinValueValidator(15), MaxValueValidator(1440)],
        verbose_name="visited every (minutes)",
    )


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_step_entry_belongs_to_the_list_of_its_step")]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                condition=models.Q(("is_backlog", False)),
                fields=["feed", "id"],
                include=("lead",),
                name="post_feed_news",
            ),
        ),
        migrations.AlterField(
            model_name="post",
            name="feed",
            field=models.ForeignKey(
                db_index=False, on_delete=models.deletion.PROTECT, related_name="posts", to="catalog.feed"
            ),
        ),
        migrations.AddField(
            model_name="post", name="edit_count", field=models.PositiveSmallIntegerField(db_default=0, default=0)
        ),
        migrations.AddField(model_name="feed", name="visit_minutes", field=visit_minutes()),
        migrations.AddField(model_name="historicalfeed", name="visit_minutes", field=visit_minutes()),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.CheckConstraint(
                condition=models.Q(("visit_minutes", None), ("visit_minutes__range", (15, 1440)), _connector="OR"),
                name="feed_is_visited_within_a_day",
            ),
        ),
    ]
