from django.db import migrations, models


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
    ]
