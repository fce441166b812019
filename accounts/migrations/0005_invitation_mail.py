"""Whether an invitation was mailed, why not, and whose hands the mail is in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_audit_is_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mail",
            field=models.CharField(
                choices=[
                    ("waiting", "not mailed yet"),
                    ("sent", "mailed"),
                    ("failed", "not mailed"),
                    ("by_hand", "handed over as a link"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="mail",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="mail_error",
            field=models.CharField(blank=True, max_length=400, verbose_name="why it was not mailed"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="tried_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last tried to mail"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("mail__in", ["waiting", "sent", "failed", "by_hand"])),
                name="invitation_mail_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("mail", "sent"), ("sent_at__isnull", False)),
                    models.Q(models.Q(("mail", "sent"), _negated=True), ("sent_at", None)),
                    _connector="OR",
                ),
                name="invitation_sent_has_a_date",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("mail_error", ""), ("mail", "failed"), _connector="OR"),
                name="invitation_error_of_a_failed_mail",
            ),
        ),
    ]
