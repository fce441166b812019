"""Turning the weekly mail off by the link in it, without signing in. The link can do that for one person, no more."""

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.links import absolute
from accounts.models import User

_signer = Signer(sep=".", salt="readinglist.reminders.unsubscribing")


def address_for(user: User) -> str:
    """Where `user` turns the mail off. It does not expire: who finds an old mail must get rid of new ones too."""
    return absolute(reverse("reminders:unsubscribe", args=[_signer.sign(str(user.pk))]))


def user_of(token: str) -> User | None:
    """Whose mail the token turns off; None where it is not ours or the person is gone."""
    try:
        pk = _signer.unsign(token)
    except BadSignature:
        return None
    return User.objects.filter(pk=pk).first()


def turn_off(user: User) -> bool:
    """Whether that was a change."""
    return User.objects.filter(pk=user.pk, wants_reminder=True).update(wants_reminder=False) == 1
