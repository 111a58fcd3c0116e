"""The file of an access review: its lines for people follow from its events (docs/verifier.md, "The file of an access review")."""


def check_review(bundle, parse):
    asked = bundle.request
    own = [event for event in bundle.events if event["subject"] == f"review-{asked['review']}"]
    app_events = [event for event in bundle.events if event["subject"] == f"app-{asked['app']}"]
    whole, people, decided = _whole(own)
    if not whole:
        bundle.find("REVIEW_NOT_SIGNED_OFF", "the events are not those of a review that was signed off")
        return
    start, finish = own[0], own[-1]

    def content(event, attribute):
        return parse(event[attribute]) if attribute in event else None

    def named(user_id):
        for event in reversed(app_events):
            if event["data"].get("userId") == user_id and "personjson" in event:
                return content(event, "personjson")
        return {"keapId": None, "name": None}

    def actor(event, kind):
        user_id = None
        for other in app_events:
            field = {"InvitationAccepted": "personId", "PersonBound": "personId", "UserRebound": "toPersonId"}.get(other["kind"])
            if field is not None and other["data"].get(field) == event["actorid"]:
                user_id = other["data"]["userId"]
        if user_id is not None:
            person = named(user_id)
        else:
            person = content(event, "actorjson") or {"keapId": None, "name": None}
        return {"actorId": event["actorid"], "keapId": person["keapId"], "kind": kind, "name": person["name"], "userId": user_id}

    data, names = start["data"], [event["data"]["name"] for event in app_events if event["kind"] in ("AppRegistered", "AppRenamed")]
    expected = [("review", "review", {
        "app": data["appId"], "appName": names[-1] if names else None, "reviewId": asked["review"], "note": data["note"], "position": data["position"],
        "startedAt": start["time"], "startedBy": actor(start, data["startedAs"]), "dueAt": data["dueAt"], "finishedAt": finish["time"], "finishedBy": actor(finish, "MEMBER"),
        "people": data["people"], "kept": finish["data"]["kept"], "removed": finish["data"]["removed"],
        "signOff": {"eventId": finish["id"], "hash": finish["hash"], "position": finish["position"]},
    })]
    for number, person in enumerate(people, 1):
        decision = decided[person["userId"]]
        texts = content(decision, "textsjson") or {}
        expected.append(("reviewed-person", f"person-{number}", {
            "number": number, "userId": person["userId"], **{name: named(person["userId"])[name] for name in ("keapId", "name")}, "kind": person["kind"], "role": person["role"],
            "decision": decision["data"]["decision"], "remark": texts.get("remark"), "decidedAt": decision["time"], "decidedBy": actor(decision, "MEMBER"),
        }))
    found = [(line["type"].removeprefix("partner-access."), line["id"], line["data"]) for line in bundle.header]
    if data["appId"] != asked["app"] or found != expected:
        at = next((number for number, pair in enumerate(zip(found, expected)) if pair[0] != pair[1]), min(len(found), len(expected)))
        bundle.find("REVIEW_CHANGED", f"line {at + 1} about the review does not follow from the events")


def _whole(own):
    """Whether the events are of a whole review; the people it lists, and the last decision on each."""
    if len(own) < 2 or own[0]["kind"] != "AccessReviewStarted" or own[-1]["kind"] != "AccessReviewFinished":
        return False, [], {}
    people, decided = [], {}
    for event in own[1:-1]:
        if event["kind"] == "AccessReviewListed":
            people.extend(event["data"]["people"])
        elif event["kind"] == "AccessDecided":
            decided.update(dict.fromkeys(event["data"]["userIds"], event))
        else:
            return False, [], {}
    listed = [person["userId"] for person in people]
    decisions = [event["data"]["decision"] for event in decided.values()]
    finish = own[-1]["data"]
    whole = (len(listed) == own[0]["data"]["people"] and len(set(listed)) == len(listed) and set(listed) == decided.keys()
             and decisions.count("KEEP") == finish["kept"] and decisions.count("REMOVE") == finish["removed"])
    return whole, people, decided
