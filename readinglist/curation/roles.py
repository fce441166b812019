"""Which rows curators may manage."""

from typing import Any

from django.contrib.auth.management import create_permissions

from accounts.models import CURATORS_GROUP

# By app label: what a curator adds, changes, deletes and views in the admin.
CURATED_MODELS = {
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


def grant_curators(apps: Any, models: dict[str, tuple[str, ...]] = CURATED_MODELS) -> None:
    """Gives the group Curators every permission on `models`; makes group and permissions where they are missing.

    `apps` is the registry, also a migration's historical one: permissions otherwise appear only after all migrations.
    """
    for label in models:
        config = apps.get_app_config(label)
        # create_permissions passes over an app without models, which a migration's stub of one looks like.
        config.models_module = getattr(config, "models_module", True)
        create_permissions(config, apps=apps, verbosity=0)
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=CURATORS_GROUP)
    for label, names in models.items():
        permissions = apps.get_model("auth", "Permission").objects.filter(
            content_type__app_label=label, content_type__model__in=names
        )
        group.permissions.add(*permissions)
