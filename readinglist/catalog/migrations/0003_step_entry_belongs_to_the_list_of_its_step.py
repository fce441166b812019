"""StepEntry.list repeats its step's list; one foreign key over both columns keeps the two equal."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_catalogue")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE catalog_step ADD CONSTRAINT step_id_and_list UNIQUE (id, list_id);"
            "ALTER TABLE catalog_stepentry ADD CONSTRAINT step_entry_list_is_its_steps"
            " FOREIGN KEY (step_id, list_id) REFERENCES catalog_step (id, list_id) DEFERRABLE INITIALLY DEFERRED;",
            "ALTER TABLE catalog_stepentry DROP CONSTRAINT step_entry_list_is_its_steps;"
            "ALTER TABLE catalog_step DROP CONSTRAINT step_id_and_list;",
        ),
    ]
