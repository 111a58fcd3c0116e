"""The user list of an app, rebuilt from its events (docs/verifier.md, "Rebuilding the user list")."""

FIELDS = ("userId", "personId", "keapId", "name", "kind", "role", "status", "epoch", "invitedAt", "invitedBy", "joinedAt", "endedAt", "invitationId", "expiresAt")


class Roster:
    def __init__(self):
        self.users = {}
        self.invitations = {}

    def _user(self, user_id):
        """A user; a row of nobody's for one who is not in the list, since an event adds a user only where it names them."""
        return self.users.get(user_id, dict.fromkeys(FIELDS))

    def _named(self, user_id, person, **changes):
        user = self.users.setdefault(user_id, {**dict.fromkeys(FIELDS), "userId": user_id, "epoch": 0})
        user["keapId"] = person["keapId"]
        if person["name"] is not None:
            user["name"] = person["name"]
        user.update(changes)

    def _bind(self, user_id, person_id):
        for user in self.users.values():
            if user["personId"] == person_id:
                user["personId"] = None
        self._user(user_id)["personId"] = person_id

    def _ended(self, user_id, invitation_id, **changes):
        user = self._user(user_id)
        if user["invitationId"] == invitation_id:
            user.update(changes)

    def apply(self, kind, time, data, person):
        """Applies an event of the stream of the app; `person` is whom it discloses."""
        get = data.get
        user_id, invitation_id = get("userId"), get("invitationId")
        person = person or {"keapId": None, "name": None}
        invitation = self.invitations.get(invitation_id, {"userId": None, "kind": None, "invitedAt": None, "invitedBy": None, "expiresAt": None})
        if kind == "OwnerAdded":
            self._named(user_id, person, kind="USER", role="ADMIN", status="ACTIVE", epoch=get("epoch"), joinedAt=time)
        elif kind in ("PartnerInvited", "UserInvited"):
            invited = {"kind": "PARTNER" if kind == "PartnerInvited" else "USER", "invitedAt": time, "invitedBy": get("invitedBy"), "expiresAt": get("expiresAt")}
            self.invitations[invitation_id] = {"userId": user_id, **invited}
            self._named(user_id, person, role=get("role"), status="INVITED", invitationId=invitation_id, endedAt=None, **invited)
        elif kind == "InvitationResent":
            invitation["expiresAt"] = get("expiresAt")
            self._user(user_id).update(status="INVITED", endedAt=None, invitationId=invitation_id, expiresAt=get("expiresAt"), kind=invitation["kind"], invitedAt=invitation["invitedAt"], invitedBy=invitation["invitedBy"])
        elif kind in ("InvitationRevoked", "InvitationDeclined"):
            self._ended(user_id, invitation_id, status="REVOKED" if kind == "InvitationRevoked" else "DECLINED", endedAt=time)
        elif kind == "InvitationExpired":
            self._ended(user_id, invitation_id, status="EXPIRED")
        elif kind == "InvitationMoved":
            self._user(get("fromUserId")).update(status="REVOKED", endedAt=time, invitationId=None)
            invitation["userId"] = user_id
            self._named(user_id, person, kind=get("kind"), role=get("role"), status="INVITED", endedAt=None, invitationId=invitation_id, expiresAt=get("expiresAt"), invitedAt=invitation["invitedAt"], invitedBy=invitation["invitedBy"])
        elif kind == "InvitationAccepted":
            returned = get("epoch") > 1
            if returned and invitation["userId"] not in (None, user_id):
                former = invitation["userId"]
                self.users.pop(former, None)
                for other in self.invitations.values():
                    if other["userId"] == former:
                        other["userId"] = user_id
            self._named(user_id, person, kind=get("kind"), role=get("role"), status="ACTIVE", epoch=get("epoch"), joinedAt=time, endedAt=None, invitationId=invitation_id)
            if get("personId") is not None:
                self._user(user_id)["personId"] = get("personId")
            if returned:
                self._user(user_id).update({name: invitation[name] for name in ("invitedAt", "invitedBy", "expiresAt")})
        elif kind == "UserRoleChanged":
            self._user(user_id)["role"] = get("to")
        elif kind == "PersonBound":
            self._bind(user_id, get("personId"))
        elif kind == "PersonUpdated":
            self._user(user_id).update(person)
        elif kind == "AdminAppointed":
            if get("wasMember"):
                self._named(user_id, person, kind="USER", role="ADMIN", status="ACTIVE")
            else:
                if get("revokedInvitationId") is not None:
                    self._ended(user_id, get("revokedInvitationId"), status="REVOKED", endedAt=time)
                self._named(user_id, person, kind="USER", role="ADMIN", status="ACTIVE", epoch=get("epoch"), joinedAt=time, endedAt=None, personId=None)
        elif kind == "UserRebound":
            self._user(user_id).update(personId=None, keapId=person["keapId"])
            if get("toPersonId") is not None:
                self._bind(user_id, get("toPersonId"))
        elif kind in ("PartnerLeftApp", "UserRemoved"):
            self._user(user_id).update(status="LEFT" if kind == "PartnerLeftApp" else "REMOVED", endedAt=time)

    def at(self, time):
        """The users as of a time, in the order of their ids."""
        listed = []
        for user_id in sorted(self.users):
            user = dict(self.users[user_id])
            if user["status"] in ("INVITED", "EXPIRED"):
                expired = user["expiresAt"] is not None and user["expiresAt"] <= time
                user.update({"status": "EXPIRED", "endedAt": user["expiresAt"]} if expired else {"status": "INVITED"})
            listed.append(user)
        return listed
