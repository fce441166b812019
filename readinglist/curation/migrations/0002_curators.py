"""The group Curators, with what its members may manage in the admin."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts.models import CURATORS_GROUP
from readinglist.curation.roles import grant_curators

MODELS = {
    "catalog": (
        "category",
        "source",
        "feed",
        "entry",
        "identifier",
        "entrylink",
        "readinglist",
        "step",
        "stepentry",
    ),
    "week": ("cadencerule", "duty", "contributionpath"),
}


def add_group(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    grant_curators(apps, MODELS)


def remove_group(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("auth", "Group").objects.filter(name=CURATORS_GROUP).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0001_initial"),
        ("catalog", "0003_step_entry_belongs_to_the_list_of_its_step"),
        ("week", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(add_group, remove_group)]
