"""A record of the audit log is never rewritten, but for the links to people who are gone; nor is it ever deleted.

Who was here before there were questions at the first visit is not asked them any more.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people")]
    operations = [
        migrations.RunSQL(
            """
            CREATE FUNCTION accounts_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE'
                    AND (NEW.actor_id IS NULL OR NEW.actor_id = OLD.actor_id)
                    AND (NEW.person_id IS NULL OR NEW.person_id = OLD.person_id)
                    AND to_jsonb(NEW) - 'actor_id' - 'person_id' = to_jsonb(OLD) - 'actor_id' - 'person_id'
                THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'restrict_violation';
            END $$;
            CREATE TRIGGER accounts_audit_append_only BEFORE UPDATE OR DELETE ON accounts_auditrecord
                FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_append_only();
            """,
            "DROP TRIGGER accounts_audit_append_only ON accounts_auditrecord;"
            "DROP FUNCTION accounts_audit_is_append_only();",
        ),
        migrations.RunSQL("UPDATE accounts_user SET welcomed_at = date_joined", migrations.RunSQL.noop),
    ]
