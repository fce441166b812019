"""The admins' pages of people: who is here, who is invited, and the form that invites many at once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks, Settings

from accounts import invitation_mails, invitations
from accounts.forms.people import read_addresses
from accounts.models import Invitation, User
from accounts.views.people import PER_PAGE
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples

pytestmark = pytest.mark.django_db
PEOPLE = "/people/"
INVITATIONS = "/people/invitations/"
SITE_URL = "https://reading.example.org"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


def ask(client: Client, addresses: str, role: str = "reader") -> Any:
    return client.post(PEOPLE, {"addresses": addresses, "role": role}, follow=True)


def field(page: Any) -> str:
    """What stands in the field of addresses."""
    (text,) = re.findall(r"<textarea[^>]*>\s*(.*?)</textarea>", page.text, re.DOTALL)
    return str(text)


def invited(**fields: Any) -> set[str]:
    return set(Invitation.objects.filter(**fields).values_list("email", flat=True))


def invite(by: User, *emails: str, now: datetime | None = None) -> list[Invitation]:
    return invitations.invite(emails, role="reader", by=by, now=now or timezone.now()).new


# --------------------------------------------------------------- reading addresses


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("eve@example.org", ["eve@example.org"]),
        ("Eve@Example.ORG", ["eve@example.org"]),
        ("a@example.org, b@example.org;c@example.org\r\nd@example.org\n\n", ["a", "b", "c", "d"]),
        ("Eve New <eve@example.org>, Bob <bob@example.org>", ["eve", "bob"]),
        ('"New, Eve" <eve@example.org>, bob@example.org', ["eve", "bob"]),
        ("eve@example.org, EVE@example.org", ["eve"]),
        ("<eve@example.org>", ["eve"]),
        ("eve@Bücher.example", ["eve@xn--bcher-kva.example"]),
        (" ,;\n ", []),
    ],
)
def test_addresses_are_read_as_people_paste_them(typed: str, kept: list[str]) -> None:
    good, bad = read_addresses(typed)
    assert good == [email if "@" in email else f"{email}@example.org" for email in kept]
    assert bad == []


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("eve", "an address has an @"),
        ("Eve New eve@example.org", "put a comma or a new line between addresses"),
        ("eve@example.org bob@example.org", "put a comma or a new line between addresses"),
        ("eve@", "Enter a valid email address."),
        ("eve@exa mple.org", "put a comma or a new line between addresses"),
        ("eve@.org", "is no domain"),
        ("<eve@example.org", "Enter a valid email address."),
        ("a" * 250 + "@example.org", "This address is too long."),
        ("eve@example.org\0", "Enter a valid email address."),
        ("eve\u202e@example.org", "Enter a valid email address."),
    ],
)
def test_what_is_no_address_is_told_with_its_reason(typed: str, reason: str) -> None:
    good, (unread,) = read_addresses(typed)
    assert good == []
    assert unread.text == typed.strip()
    assert reason in unread.reason


@settings(max_examples=examples(60))
@given(st.lists(st.sampled_from(["a@x.org", "B@x.org", '"D, E" <c@x.org>', "no", "q@", "d e@x.org"]), max_size=8))
def test_each_piece_is_read_by_itself_whatever_stands_beside_it(pieces: list[str]) -> None:
    good, bad = read_addresses(", ".join(pieces))
    alone = [read_addresses(piece) for piece in pieces]
    assert good == list(dict.fromkeys(email for found, _ in alone for email in found))
    assert bad == [unread for _, unread_alone in alone for unread in unread_alone]


@settings(max_examples=examples(60))
@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_told(text: str) -> None:
    good, bad = read_addresses(text)
    assert all(email == email.lower() and email.isascii() and len(email) <= 254 for email in good)
    assert all(unread.reason for unread in bad)


# -------------------------------------------------------------------- inviting


def test_an_admin_invites_several_in_a_role_and_the_worker_is_called(
    admin_client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        page = ask(admin_client, "Eve <eve@example.org>\nbob@example.org", role="curator")
    assert page.redirect_chain == [(INVITATIONS, 302)]
    assert "2 invitations are on their way." in page.text
    assert invited(role="curator") == {"eve@example.org", "bob@example.org"}
    assert len(callbacks) == 1


def test_good_addresses_are_invited_and_bad_ones_stay_with_their_reasons(admin_client: Client) -> None:
    page = ask(admin_client, "eve@example.org, nonsense, bob@example.org, <b>x</b>@y")
    assert invited() == {"eve@example.org", "bob@example.org"}
    assert "2 invitations are on their way." in page.text
    assert "“nonsense”: an address has an @" in page.text
    assert field(page) == "nonsense\n&lt;b&gt;x&lt;/b&gt;@y"


def test_who_is_here_already_or_invited_is_told_by_name(admin_client: Client, reader: User, teammate: User) -> None:
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    ask(admin_client, "eve@example.org")
    page = ask(admin_client, "ada@example.org, ben@example.org, eve@example.org")
    assert "Here already: ada@example.org." in page.text
    assert "with access switched off: ben@example.org." in page.text
    assert "Invited already: eve@example.org." in page.text
    assert "on their way" not in page.text
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("addresses", "role", "told"),
    [
        ("", "reader", "Type at least one address."),
        (" , ;\n", "reader", "Type at least one address."),
        ("eve@example.org", "king", "Select a valid choice."),
        ("eve@example.org", "", "This field is required."),
        (", ".join(f"e{n}@example.org" for n in range(501)), "reader", "Invite at most 500 at once."),
        ("e" * 50_001, "reader", "Ensure this value has at most 50000 characters"),
    ],
    ids=["nothing", "commas", "unknown-role", "no-role", "too-many", "too-long"],
)
def test_a_form_that_cannot_be_done_says_why_keeps_what_was_typed_and_invites_nobody(
    admin_client: Client, addresses: str, role: str, told: str
) -> None:
    page = ask(admin_client, addresses, role)
    assert told in page.text
    assert field(page).strip() == addresses.strip()
    assert not Invitation.objects.exists()


def test_of_very_many_unread_pieces_some_are_told(admin_client: Client) -> None:
    page = ask(admin_client, ",".join(f"nobody{number}" for number in range(30)))
    assert page.text.count("an address has an @") == 20
    assert "and 10 more" in page.text


# ------------------------------------------------------------ what can be done


def test_an_invitation_is_sent_again_handed_over_and_taken_back(admin_client: Client, admin_user: User) -> None:
    (row,) = invite(admin_user, "eve@example.org")
    said = admin_client.post(f"{INVITATIONS}{row.pk}/send/", {"state": "open"}, follow=True)
    assert "eve@example.org is invited again." in said.text
    page = admin_client.post(f"{INVITATIONS}{row.pk}/link/")
    (token,) = re.findall(rf"{SITE_URL}/accounts/join/([\w-]+)/", page.text)
    assert Invitation.objects.with_token(token).get() == row
    assert "no-store" in page["Cache-Control"]
    assert token not in admin_client.get(INVITATIONS).text
    said = admin_client.post(f"{INVITATIONS}{row.pk}/revoke/", {"state": "open"}, follow=True)
    assert "The invitation of eve@example.org is taken back." in said.text
    for act in ("send", "link", "revoke"):
        said = admin_client.post(f"{INVITATIONS}{row.pk}/{act}/", {"state": "revoked"}, follow=True)
        assert said.redirect_chain == [(f"{INVITATIONS}?state=revoked", 302)]
        assert "Nothing was done" in said.text


def test_mails_that_failed_are_told_and_sent_again_together(admin_client: Client, admin_user: User) -> None:
    for row in invite(admin_user, "eve@example.org", "bob@example.org", "cid@example.org"):
        Invitation.objects.filter(pk=row.pk).update(mail="failed", mail_error=f"No box for {row.email}.")
    (fine,) = invite(admin_user, "dan@example.org")
    invitation_mails.send_waiting(now=timezone.now())
    page = admin_client.get(INVITATIONS)
    assert "3 mails could not be sent." in page.text
    assert "No box for bob@example.org." in page.text
    said = admin_client.post(f"{INVITATIONS}send-failed/", follow=True)
    assert "3 invitations are on their way." in said.text
    assert invited(mail="waiting") == {"eve@example.org", "bob@example.org", "cid@example.org"}
    assert invited(mail="sent") == {fine.email}
    assert "No mail has failed" in admin_client.post(f"{INVITATIONS}send-failed/", follow=True).text


def test_each_state_lists_its_own(admin_client: Client, admin_user: User, reader: User) -> None:
    now = timezone.now()
    invite(admin_user, "open@example.org")
    invite(admin_user, "expired@example.org", now=now - timedelta(days=15))
    (revoked,) = invite(admin_user, "revoked@example.org")
    invitations.revoke(revoked, by=admin_user, now=now)
    (accepted,) = invite(admin_user, "accepted@example.org")
    Invitation.objects.filter(pk=accepted.pk).update(accepted_at=now, accepted_by=reader)
    for state in ("open", "expired", "accepted", "revoked"):
        text = admin_client.get(INVITATIONS, {"state": state}).text
        assert set(re.findall(r"(\w+)@example\.org</p>", text)) == {state}
    assert "joined as Ada Reader" in admin_client.get(INVITATIONS, {"state": "accepted"}).text
    for nonsense in ("", "all", "\0"):
        assert "open@example.org" in admin_client.get(INVITATIONS, {"state": nonsense}).text


def test_empty_lists_say_what_will_be_there(admin_client: Client) -> None:
    for state, told in (
        ("open", "Whoever you invite stands here until they join."),
        ("expired", "What nobody answered in time will stand here"),
        ("accepted", "Who accepts one will stand here"),
        ("revoked", "What you take back will stand here"),
    ):
        assert told in admin_client.get(INVITATIONS, {"state": state}).text


def test_without_a_mail_server_the_page_says_where_mails_are(admin_client: Client, settings: Settings) -> None:
    assert "No mail server is set up." not in admin_client.get(INVITATIONS).text
    settings.EMAIL_BACKEND = "readinglist.mail.FolderBackend"
    assert str(settings.MAIL_FOLDER) in admin_client.get(INVITATIONS).text


# ----------------------------------------------------------------- who is here


def test_the_list_says_who_each_is_and_when_they_came(
    admin_client: Client, admin_user: User, reader: User, curator: User
) -> None:
    (row,) = invite(admin_user, "old@example.org")
    Invitation.objects.filter(pk=row.pk).update(accepted_at=timezone.now(), accepted_by=reader)
    User.objects.filter(pk=reader.pk).update(date_joined=datetime(2026, 1, 5, tzinfo=UTC))
    User.objects.filter(pk=curator.pk).update(is_active=False)
    lines = re.findall(r"<li>\s*<p class=\"item__t\">.*?</li>", admin_client.get(PEOPLE).text, re.DOTALL)
    ada, cleo, dana = (" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in lines)
    assert ada.startswith(
        "Ada Reader ada@example.org Reader joined 5 January 2026 invited by Dana Admin never seen yet"
    )
    assert "Curator access switched off" in cleo
    assert "Coming back… · Cleo Curator" in cleo
    assert "Admin" in dana
    assert "last seen" in dana
    assert "Leaving… · Dana Admin" in dana


@pytest.mark.parametrize("address", [PEOPLE, INVITATIONS, f"{INVITATIONS}?state=accepted"])
def test_a_full_page_costs_few_queries(
    admin_client: Client, admin_user: User, django_assert_max_num_queries: DjangoAssertNumQueries, address: str
) -> None:
    people = [make_person(f"p{n}@example.org", f"Person {n}") for n in range(PER_PAGE)]
    now = timezone.now()
    rows = invite(admin_user, *(f"n{n}@example.org" for n in range(2 * PER_PAGE)))
    for row, person in zip(rows[:PER_PAGE], people, strict=True):
        Invitation.objects.filter(pk=row.pk).update(accepted_at=now, accepted_by=person)
    with django_assert_max_num_queries(11):
        assert admin_client.get(address).status_code == 200


@pytest.mark.parametrize("who", ["reader", "curator"])
def test_people_are_for_admins_alone(reader_client: Client, curator_client: Client, admin_user: User, who: str) -> None:
    (row,) = invite(admin_user, "eve@example.org")
    client = {"reader": reader_client, "curator": curator_client}[who]
    assert [client.get(address).status_code for address in (PEOPLE, INVITATIONS)] == [403, 403]
    assert ask(client, "bob@example.org").status_code == 403
    for act in ("send", "link", "revoke"):
        assert client.post(f"{INVITATIONS}{row.pk}/{act}/").status_code == 403
    assert 'href="/people/"' not in client.get("/").text
    assert invited(revoked_at=None) == {"eve@example.org"}


def test_admins_find_the_page_in_the_frame(admin_client: Client) -> None:
    assert f'href="{reverse("people:list")}"' in admin_client.get("/").text
