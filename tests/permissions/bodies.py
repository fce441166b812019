"""What is typed into the forms that are sent, by route; the rest of a form is sent as it stands."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.fixtures.cast import PASSWORD
from tests.permissions.things import Things

_NEW_PASSWORD = "four other words entirely"


def typed_in(things: Things) -> dict[str, dict[str, Any]]:
    return {
        "reading:set_stage": {"stage": "queued"},
        "reading:set_percent": {"percent": "30"},
        "reading:mark_several": {"stage": "queued", "work": things["entry-id"]},
        "reading:set_timer": {"action": "start"},
        "reading:add_minutes": {"minutes": "15"},
        "reading:change_path": {"action": "add"},
        "reading:add_note": {"text": "A thought", "is_shared": "False"},
        "reading:edit_note": {"text": "Another thought"},
        "reading:read_up_to": {"post": things["post"][0]},
        "reading:follow_stream": {"stream": "blogs"},
        "reading:mark_post": {"action": "save"},
        "reading:snooze_post": {"on": (timezone.localdate() + timedelta(days=2)).isoformat()},
        "reading:follow": {"action": "follow"},
        "curation:suggest": {"address": "https://example.org/suggested", "title": "A work"},
        "curation:judge": {"action": "decline", "answer": "Not yet"},
        "curation:find": {"address": "http://127.0.0.1/"},
        "curation:add_feed": {"feed": "https://example.org/feed.xml", "name": "A blog", "kind": "blog"},
        "account_login": {"login": "ada@example.org", "password": PASSWORD},
        "account_change_password": {"oldpassword": PASSWORD, "password1": _NEW_PASSWORD, "password2": _NEW_PASSWORD},
        "account_reset_password": {"email": "ada@example.org"},
        "accounts:email": {"email": "newer@example.org", "password": PASSWORD},
        "account_reauthenticate": {"password": PASSWORD},
        "operations:delete": {"email": "ada@example.org"},
        "week:delete_person": {"email": "ada@example.org"},
        "people:list": {"addresses": "gil@example.org", "role": "reader"},
        "admin:catalog_entry_add": {
            "title": "New",
            "kind": "paper",
            "description": "It.",
            "url": "https://example.org/",
        },
        "admin:catalog_entry_supersede": {"successor": "Second try [second-try]"},
        "admin:catalog_source_add": {"name": "New", "kind": "blog", "description": "It."},
        "admin:catalog_category_add": {"name": "New"},
        "admin:catalog_readinglist_add": {"title": "New"},
        "admin:week_cadencerule_add": {"what": "A talk", "frequency": "weekly"},
        "admin:week_duty_add": {"what": "Look", "weekday": "0"},
        "admin:week_contributionpath_add": {"title": "Write"},
    }
