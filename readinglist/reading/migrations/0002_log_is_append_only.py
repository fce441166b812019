"""A line of the log is never rewritten. (It goes only with its person, so DELETE stays allowed.)"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reading", "0001_initial")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION reading_activity_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'The log of activities is append-only.' USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER reading_activity_append_only BEFORE UPDATE ON reading_activity
                FOR EACH ROW EXECUTE FUNCTION reading_activity_is_append_only();
            """,
            "DROP TRIGGER reading_activity_append_only ON reading_activity;"
            "DROP FUNCTION reading_activity_is_append_only();",
        ),
    ]
