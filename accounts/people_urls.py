"""The admins' pages of people."""

from django.urls import path

from accounts.views import people

app_name = "people"
urlpatterns = [
    path("", people.people, name="list"),
    path("invitations/", people.invitation_list, name="invitations"),
    path("invitations/send-failed/", people.send_failed_again, name="send_failed"),
    path("invitations/<int:pk>/send/", people.send_again, name="send_again"),
    path("invitations/<int:pk>/link/", people.hand_over, name="hand_over"),
    path("invitations/<int:pk>/revoke/", people.revoke, name="revoke"),
]
