"""One of each thing that an address names."""

import re
from datetime import date
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts import addresses, invitations, links, signup
from accounts.models import AuditRecord, SignInLink, User
from readinglist.catalog import supersession
from readinglist.catalog.models import Category, Entry, EntryLink, Identifier
from readinglist.curation.models import Suggestion
from readinglist.operations.models import Upload
from readinglist.operations.takeout.report import Report
from readinglist.reading import stages
from readinglist.reading.models import Note
from readinglist.reminders.models import Reminder
from readinglist.reminders.unsubscribing import address_for
from readinglist.week.models import CadenceRule, ContributionPath, Duty
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list

Things = dict[str, tuple[Any, ...]]
MONDAY = date(2026, 11, 16)


def make_things(reader: int, *, by: User, session: str) -> Things:
    """`session` is the key of a further session of the reader's; the admin `by` has invited somebody."""
    person = User.objects.get(pk=reader)  # as signing in left it: links depend on that
    return _works() | _arrivals() | _week() | _of_reader(person, session) | _tokens_of(person) | _of_admins(by)


def _works() -> Things:
    category = Category.objects.create(slug="papers", name="Papers")
    entry, old, new = (make_entry(title) for title in ("Attention", "First try", "Second try"))
    entry.categories.add(category)
    Identifier.objects.create(entry=entry, key="arxiv:1706.03762")
    EntryLink.objects.create(entry=entry, kind="code", url="https://example.org/code")
    supersession.supersede(old, new, now=timezone.now())
    draft = make_entry("Draft", status="draft")
    canon = make_list("canon", [[entry], [new]], title="The canon")
    rows: dict[str, Any] = {"category": category, "entry": entry, "list": canon, "step": canon.steps.get(position=1)}
    for row in rows.values():
        row.save()  # a list is made without history
    return {
        **{name: (row.slug,) for name, row in {**rows, "draft": draft}.items()},
        **{f"{name}-id": (row.pk,) for name, row in {**rows, "superseded": old}.items()},
        **{f"{name}-version": (row.pk, row.history.first().pk) for name, row in rows.items()},
        "citation": (entry.slug, "bibtex"),
        "page-of-a-problem": ("404",),
        "content": (ContentType.objects.get_for_model(Entry).pk, entry.pk),
    }


def _arrivals() -> Things:
    """A blog with a feed and a post, and a venue that is looked at by hand."""
    blog, venue = make_source("The Blog", slug="the-blog"), make_source("NeurIPS", slug="neurips", kind="venue")
    feed = make_feed(blog)
    return {
        "source": (blog.slug,),
        "source-id": (blog.pk,),
        "source-version": (blog.pk, blog.history.first().pk),
        "draft-source": (make_source("Draft", slug="draft", status="draft").slug,),
        "venue": (venue.slug,),
        "feed": (feed.pk,),
        "post": (make_post(feed, "News").pk,),
    }


def _week() -> Things:
    rows = {
        "rule": CadenceRule.objects.create(slug="paper", what="One paper", frequency="weekly", minutes=60),
        "duty": Duty.objects.create(slug="rota", what="Look at the venues", weekday=0),
        "way": ContributionPath.objects.create(slug="talk", title="A talk"),
    }
    return {f"{name}-id": (row.pk,) for name, row in rows.items()}


def _of_reader(reader: User, session: str) -> Things:
    """What is the reader's own."""
    now = timezone.now()
    entry = Entry.objects.get(title="Attention")
    stages.set_stage(entry, "reading", user=reader, now=now)
    note = Note.objects.create(author=reader, entry=entry, text="Mine alone", created_at=now, updated_at=now)
    Upload.objects.create(user=reader, at=now, content=b"", report=Report().kept(), left=b"{}", done_at=now)
    reminder = Reminder.objects.create(user=reader, week=MONDAY, state="unknown", claimed_at=now, message_id="<1@x>")
    key = Authenticator.objects.create(user=reader, type="webauthn", data={"name": "Key", "credential": _credential()})
    suggestion = Suggestion.objects.create(person=reader, key="guid:1", url="https://x.org", title="It", made_at=now)
    account = SocialAccount.objects.create(user=reader, provider="github", uid="1")
    unshared = make_person("eve@example.org", "Eve Unshared")
    User.objects.filter(pk=unshared.pk).update(shares_stages=False)
    rows = {"reader": reader, "reminder": reminder, "passkey": key, "account": account}
    return {f"{name}-id": (row.pk,) for name, row in rows.items()} | {
        "note": (entry.slug, note.pk),
        "suggestion": (suggestion.pk,),
        "session": (UserSession.objects.get(session_key=session).pk,),
        "unshared-id": (unshared.pk,),
    }


def _tokens_of(reader: User) -> Things:
    """Whoever has one of these has been sent it."""
    now = timezone.now()
    _link, token = SignInLink.make(reader, now=now)
    addresses.ask_to_change(reader, "new@example.org", now=now)
    new_address = _in_last_mail()
    signup.offer("new@example.org", now=now)
    return {
        "sign-in-link": (token,),
        "mail": (_last(address_for(reader)),),
        "new-password": tuple(_last(links.password_link(reader, now=now).url).split("-", 1)),
        "new-address": (new_address,),
        "sign-up": (_in_last_mail(),),
    }


def _of_admins(admin: User) -> Things:
    """An invitation, and the line of the log that says so."""
    now = timezone.now()
    (invitation,) = invitations.invite(["fay@example.org"], role="reader", by=admin, now=now).new
    link = invitations.hand_over(invitation, by=admin, now=now)
    return {
        "invitation": (invitation.pk,),
        "joining": (_last(link.url if link else ""),),
        "record-id": (AuditRecord.objects.latest("pk").pk,),
    }


def _credential() -> dict[str, Any]:
    """What a browser sends when a passkey is made, by a device that does not say which it is."""
    device = ec.generate_private_key(ec.SECP256R1())
    public_key = ES256.from_cryptography_key(device.public_key())  # type: ignore[no-untyped-call]
    made = AttestedCredentialData.create(Aaguid.NONE, b"passkey", public_key)
    data = AuthenticatorData.create(b"\0" * 32, AuthenticatorData.FLAG.AT, 0, made)
    client = CollectedClientData.create(CollectedClientData.TYPE.CREATE, b"challenge", "http://localhost")
    response = {"clientDataJSON": client, "attestationObject": AttestationObject.create("none", data, {})}
    encoded = {name: websafe_encode(value) for name, value in response.items()}
    return {
        "id": websafe_encode(b"passkey"),
        "rawId": websafe_encode(b"passkey"),
        "type": "public-key",
        "response": encoded,
    }


def _last(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2]


def _in_last_mail() -> str:
    """The token of its first link."""
    (url,) = re.findall(r"http\S+/", str(mail.outbox.pop().body))[:1]
    return _last(url)
