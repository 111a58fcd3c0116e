"""Verifies an evidence bundle; written from docs/verifier.md alone. See README.md."""

import argparse
import base64
import json
import os
import re
import sys
from datetime import datetime
from hashlib import sha256

import aes_gcm
import ed25519
from review import check_review
from roster import Roster

HASH = re.compile(r"[0-9a-f]{64}\Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z", re.ASCII)
ERASED = re.compile(r'\{"keapId":"erased person #[1-9][0-9]*","name":null\}\Z')
ERASED_TEXT = re.compile(r"erased with person #[1-9][0-9]*\Z")
SPKI = bytes.fromhex("302a300506032b6570032100")
LONGEST_LINE = 16 * 1024 * 1024
LARGEST = 2**53 - 1
PROVEN_CHECKPOINTS = 1000

COMMON = {"specversion", "id", "source", "type", "datacontenttype", "data"}
EVENT = COMMON | {"subject", "revision", "time", "position", "schemaversion", "metadatajson", "actorid", "correlationid", "hash", "previoushash"}
DISCLOSED = (("personjson", "personkey"), ("textsjson", "textskey"), ("actorjson", "actorkey"))
OPTIONAL = {"leafindex", "inclusionproof"}.union(*DISCLOSED)
CHECKPOINT = {"keyId", "publicKey", "signature", "statement"}
SIGNATURE = {"keyId", "publicKey", "signature"}
CHECKPOINT_STATEMENT = {"format", "storeId", "position", "events", "root", "time"}
KEY_STATEMENT = {"format", "change", "storeId", "keyId", "publicKey", "previousKeyId", "events", "position", "root", "signedEvents", "time", "operator", "reason"}
REWRITE_STATEMENT = {"format", "storeId", "events", "position", "root", "previous", "consistency", "removed", "person", "time"}
LAST = {"checkpoint", "consistency", "events", "seal", "sha256"}
ACTS = {
    "AppRegistered", "OwnerAdded", "LicencesSet", "AppRenamed", "ImportStarted", "ImportFinished", "AdminAppointed", "UserRebound",
    "WebhookRegistered", "WebhookRemoved", "WebhookReplayRequested", "KeapIdReleased", "AuditorRead", "PersonErased", "AccessReviewStarted",
}
LAST_OPTIONAL = {"keys", "rewrites", "countersigned", "stamped"}


class Unreadable(Exception):
    """Something that is not in the form of the document."""


# --- Texts and numbers ---

def canonical(value):
    """The JSON text of RFC 8785 of a value with whole numbers."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(member)}" for name, member in members) + "}"
    raise Unreadable("a number is not whole")


def parse(text):
    try:
        value = json.loads(text, parse_float=whole, parse_constant=whole)
        canonical(value).encode()
        return value
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON in well-formed Unicode: {error}") from error


def whole(text):
    """A number with a fraction or an exponent is in no canonical form here; what it is worth may be whole."""
    number = float(text)
    return int(number) if number.is_integer() else number


def decoded(text):
    """The bytes of a text in base64; None where it is not their only text."""
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return found if base64.b64encode(found).decode() == text else None


def decoded_url(text):
    """The bytes of a text in base64url without padding."""
    try:
        return None if text is None else base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def is_count(value, least=0):
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def matches(pattern, value):
    return isinstance(value, str) and pattern.match(value) is not None


def is_time(value):
    if not matches(TIME, value):
        return False
    try:
        return datetime.fromisoformat(value[:-1]) is not None
    except ValueError:
        return False


def require(condition, what):
    if not condition:
        raise Unreadable(what)


def members(value, names, what, optional=frozenset()):
    require(isinstance(value, dict) and names <= value.keys() <= names | optional, f"{what} does not have the members it must have")


# --- The tree (RFC 9162, section 2.1) ---

def node(left, right):
    return sha256(b"\1" + left + right).digest()


def leaf(event_hash):
    return sha256(b"\0" + bytes.fromhex(event_hash)).digest()


def root_of(hashes):
    """The root of the leaves with these hashes of events."""
    level = [leaf(one) for one in hashes]
    if not level:
        return sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2:]
    return level[0].hex()


def path_of(text):
    """The hashes of a proof, or None where it is not hashes in hex with single spaces between them."""
    parts = text.split(" ") if text != "" else []
    return [bytes.fromhex(part) for part in parts] if all(HASH.match(part) for part in parts) else None


def is_included(event_hash, index, size, path, root):
    """Section 2.1.3.2."""
    if path is None or index >= size or not HASH.match(event_hash):
        return False
    fn, sn, r = index, size - 1, leaf(event_hash)
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r.hex() == root


def is_continued(first, first_root, second, second_root, path):
    """Section 2.1.4.2."""
    if path is None or not 0 < first < second or not path:
        return False
    if first & (first - 1) == 0:
        path = [bytes.fromhex(first_root), *path]
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr.hex() == first_root and sr.hex() == second_root


# --- Signatures and what is signed ---

def is_signed(signature, signed):
    """Whether {keyId, publicKey, signature} is a signature of an object by the key that it names."""
    key, bytes_ = decoded(signature["publicKey"]), decoded(signature["signature"])
    if key is None or bytes_ is None or len(key) != 44 or not key.startswith(SPKI) or sha256(key).hexdigest() != signature["keyId"]:
        return False
    return ed25519.verify(key[12:], canonical(signed).encode(), bytes_)


def read_signature(value, what):
    members(value, SIGNATURE, what)
    require(all(isinstance(member, str) for member in value.values()), f"{what} has members that are not texts")


def read_beginning(statement, what, least=1):
    """A log up to some event, as statements have it."""
    require(matches(UUID, statement["storeId"]) and isinstance(statement["position"], str) and is_count(statement["events"], least) and matches(HASH, statement["root"]) and is_time(statement["time"]), f"{what} has a member of another form")


def read_checkpoint(value, extra=frozenset()):
    members(value, CHECKPOINT | extra, "a checkpoint")
    require(all(isinstance(value[name], str) for name in SIGNATURE), "a checkpoint has a signature that is not text")
    members(value["statement"], CHECKPOINT_STATEMENT, "the statement of a checkpoint")
    require(value["statement"]["format"] == "partner-access checkpoint 1", "a checkpoint has another format")
    read_beginning(value["statement"], "a checkpoint")
    return value


def read_proofs(value):
    require(isinstance(value, list), "consistency is not a list")
    for proof in value:
        members(proof, {"events", "path"}, "a proof of consistency")
        require(is_count(proof["events"], 1) and isinstance(proof["path"], str), "a proof of consistency has another form")


def read_key_statement(value):
    members(value, {"signatures", "statement"}, "a statement about keys")
    statement = value["statement"]
    members(statement, KEY_STATEMENT, "a statement about keys")
    require(statement["format"] == "partner-access key 1" and statement["change"] in ("ROTATED", "LOST", "RESTORED"), "a statement about keys has another format")
    read_beginning(statement, "a statement about keys")
    require(is_count(statement["signedEvents"]), "a statement about keys has another form")
    require(isinstance(value["signatures"], list), "a statement about keys has no list of signatures")
    for signature in value["signatures"]:
        read_signature(signature, "a signature of a statement about keys")


def is_rightly_stated(value):
    statement, signatures = value["statement"], value["signatures"]
    if statement["change"] == "ROTATED":
        wanted = [statement["previousKeyId"], statement["keyId"]]
        if wanted[0] == wanted[1]:
            return False
    else:
        wanted = [statement["keyId"]]
    if sorted(map(str, wanted)) != sorted(signature["keyId"] for signature in signatures):
        return False
    own = [signature for signature in signatures if signature["keyId"] == statement["keyId"]]
    return own[0]["publicKey"] == statement["publicKey"] and all(is_signed(signature, statement) for signature in signatures)


def read_rewrite(value):
    members(value, {"signature", "statement"}, "a statement about a log that was written anew")
    read_signature(value["signature"], "the signature of a statement about a log that was written anew")
    statement = value["statement"]
    members(statement, REWRITE_STATEMENT, "a statement about a log that was written anew")
    require(statement["format"] == "partner-access rewrite 1", "a statement about a log that was written anew has another format")
    read_beginning(statement, "a statement about a log that was written anew")
    read_checkpoint(statement["previous"])
    read_proofs(statement["consistency"])
    require(isinstance(statement["removed"], list), "a statement about a log that was written anew has no list of fields")
    for removed in statement["removed"]:
        members(removed, {"field", "leaves"}, "a removed field")
        require(isinstance(removed["leaves"], list) and all(map(is_count, removed["leaves"])), "a removed field has no numbers of events")


def is_rightly_rewritten(value):
    statement, previous = value["statement"], value["statement"]["previous"]
    return (is_signed(value["signature"], statement) and is_signed(previous, previous["statement"])
            and previous["statement"]["storeId"] != statement["storeId"] and previous["statement"]["events"] == statement["events"])


# --- People ---

def is_sealed(value):
    return isinstance(value, dict) and value.keys() == {"key", "sealed"} and isinstance(value["key"], str) and isinstance(value["sealed"], str)


def opened(sealed, place, event_id, key):
    """The canonical JSON in a sealed value, or None where the key does not open it."""
    content = decoded_url(sealed["sealed"])
    if key is None or len(key) != 32 or content is None or len(content) < 28:
        return None
    context = f"{sealed['key']} {event_id}" + ("" if place == "person" else f" {place}")
    plain = aes_gcm.decrypt(key, content[:12], content[12:-16], content[-16:], context.encode())
    if plain is None or not plain.startswith(bytes(32)) or len(plain) % 64 != 0:
        return None
    try:
        return plain[32:].decode().rstrip(" ")
    except UnicodeDecodeError:
        return None


def sealed_texts(data):
    """The sealed values in the data of an event other than the person, by their paths."""
    found = {}
    for name, value in data.items():
        if name == "person":
            continue
        if is_sealed(value):
            found[name] = value
        elif isinstance(value, dict):
            found.update({f"{name}.{inner}": member for inner, member in value.items() if is_sealed(member)})
    return found


def is_disclosed(event, text, key, place, sealed):
    """Whether a text about a person, or about who acted, is what the key opens."""
    if not is_sealed(sealed):
        return False
    if key is None:
        return ERASED.match(text) is not None
    return opened(sealed, place, event["id"], decoded_url(key)) == text


def are_texts_disclosed(event, text, key):
    sealed = sealed_texts(event["data"])
    if not sealed:
        return False
    if key is None:
        try:
            texts = parse(text)
        except Unreadable:
            return False
        return isinstance(texts, dict) and texts.keys() == sealed.keys() and canonical(texts) == text and all(matches(ERASED_TEXT, one) for one in texts.values())
    found = {}
    for path, value in sealed.items():
        content = opened(value, path, event["id"], decoded_url(key))
        try:
            content = None if content is None else parse(content)
        except Unreadable:
            content = None
        if not isinstance(content, dict) or content.keys() != {"text"}:
            return False
        found[path] = content["text"]
    return canonical(found) == text


# --- Bundles ---

class Bundle:
    """The lines of a bundle, and what is wrong with each of them by itself."""

    def __init__(self, content):
        self.findings = []
        self.request = None
        self.store = None
        self.header = []
        self.events = []
        self.last = None
        self._digest = sha256()
        self._stopped = False
        self.sha256 = self._digest.hexdigest()
        page = re.search(rb'<template id="sealed-file">(.*?)</template>', content, re.DOTALL) if content.lstrip()[:1] == b"<" else None
        if page:
            content = page[1].strip(b"\n").replace(b"&gt;", b">").replace(b"&lt;", b"<").replace(b"&amp;", b"&") + b"\n"
        lines = content.split(b"\n")
        if lines[-1] == b"":
            lines.pop()
        for number, line in enumerate(lines, 1):
            if self._stopped:
                break
            try:
                self._read(number, line.removesuffix(b"\r"))
            except Unreadable as error:
                self.find("BUNDLE_UNREADABLE", f"line {number}: {error}")
        if self.request is None:
            self.find("BUNDLE_UNREADABLE", "the first line is not the request of an export")
        if self.last is None:
            self.find("TAIL_CUT_OFF", "the last line is missing")

    def find(self, code, message):
        self.findings.append({"code": code, "message": message})

    def _read(self, number, line):
        if self.last is not None:
            self.find("BUNDLE_CHANGED", f"line {number} follows the last line")
            return
        require(len(line) <= LONGEST_LINE, "longer than 16 MiB")
        before = self._digest.copy()
        self._digest.update(line + b"\n")
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            self._stopped = True
            raise Unreadable("not UTF-8; nothing was read from there on") from error
        value = parse(text)
        require(isinstance(value, dict) and COMMON <= value.keys(), "not a CloudEvent")
        require(value["specversion"] == "1.0" and value["datacontenttype"] == "application/json" and isinstance(value["data"], dict), "not a CloudEvent of this kind")
        kind = value["type"]
        require(isinstance(kind, str) and kind.startswith("partner-access."), "of another type")
        kind = kind.removeprefix("partner-access.")
        source = value["source"]
        require(isinstance(source, str) and source.startswith("urn:uuid:") and matches(UUID, source[9:]), "of no log")
        if self.store is None:
            self.store = source[9:]
        require(self.store == source[9:], "of another log")
        if canonical(value) != text:
            code = {"export": "BUNDLE_CHANGED", "checkpoint": "BUNDLE_CHANGED", "review": "REVIEW_CHANGED", "reviewed-person": "REVIEW_CHANGED"}.get(kind, "EVENT_EDITED")
            self.find(code, f"line {number} is not in canonical form")
        if number == 1:
            require(kind == "export" and value["id"] == "export" and value.keys() == COMMON, "not the request of an export")
            self._read_request(value["data"])
        elif kind == "checkpoint":
            require(value["id"] == "checkpoint" and value.keys() == COMMON, "not a last line")
            self._read_last(value["data"])
            self.last, self.sha256 = value["data"], before.hexdigest()
        elif kind in ("review", "reviewed-person") and self.request is not None and "review" in self.request:
            require(value.keys() == COMMON, "has other attributes than a line of a review")
            if self.events:
                self.find("REVIEW_CHANGED", f"line {number} stands after events")
            self.header.append(value)
        else:
            self._read_event(kind, value)

    def _only(self, data, names, optional, what):
        require(names <= data.keys(), f"{what} does not have the members it must have")
        if data.keys() - names - optional:
            self.find("BUNDLE_CHANGED", f"{what} has members more")

    def _read_request(self, data):
        self._only(data, {"app", "from", "to"}, {"review", "administration"}, "the request")
        require(data["app"] is None or isinstance(data["app"], str), "the request is not about an app")
        require(all(data[name] is None or is_time(data[name]) for name in ("from", "to")), "the request has other times")
        if "review" in data:
            require(isinstance(data["review"], str) and data["app"] is not None, "the request is not about a review")
            if data["from"] is not None or data["to"] is not None:
                self.find("BUNDLE_CHANGED", "a request for a review has no times")
        if "administration" in data and (data["administration"] is not True or data["app"] is not None or "review" in data):
            self.find("BUNDLE_CHANGED", "the request is for what operators and auditors did, and for something else")
        self.request = data

    def _read_last(self, data):
        self._only(data, LAST - {"consistency"}, LAST_OPTIONAL | {"consistency"}, "the last line")
        if data["checkpoint"] is not None:
            read_checkpoint(data["checkpoint"])
        require(is_count(data["events"]) and matches(HASH, data["sha256"]), "the last line has no number of events, or no hash")
        read_proofs(data.get("consistency", []))
        for name in ("keys", "rewrites", "countersigned"):
            require(isinstance(data.get(name, []), list), f"{name} is not a list")
        for statement in data.get("keys", []):
            read_key_statement(statement)
        for statement in data.get("rewrites", []):
            read_rewrite(statement)
        for countersigned in data.get("countersigned", []):
            read_checkpoint(countersigned, {"countersignature"})
            members(countersigned["countersignature"], SIGNATURE | {"time"}, "a countersignature")
            require(is_time(countersigned["countersignature"]["time"]), "a countersignature has no time")
        if "stamped" in data:
            read_checkpoint(data["stamped"], {"timeStamp"})
        if data["seal"] is not None:
            read_signature(data["seal"], "the seal")

    def _read_event(self, kind, value):
        require(EVENT <= value.keys(), "an event does not have the attributes it must have")
        require(all(isinstance(value[name], str) for name in ("subject", "position", "metadatajson", "actorid", "correlationid")), "an event has an attribute that is not text")
        require(all(isinstance(value[name], str) for name in ("id", "time", "hash", "previoushash")) and is_count(value["revision"]) and is_count(value["schemaversion"]), "an event has an attribute of another form")
        require(is_count(value.get("leafindex", 0)) and isinstance(value.get("inclusionproof", ""), str), "an event has a proof of another form")
        for text, key in DISCLOSED:
            require(isinstance(value.get(text, ""), str) and isinstance(value.get(key, ""), str) and (key not in value or text in value), "an event discloses in another form")
        event = {**value, "kind": kind}
        self.events.append(event)
        where = f"{value['subject']}, revision {value['revision']}"
        if value.keys() - EVENT - OPTIONAL:
            self.find("EVENT_EDITED", f"{where} has attributes more")
        if not (matches(UUID, value["id"]) and is_time(value["time"]) and matches(HASH, value["hash"]) and matches(HASH, value["previoushash"]) and max(value["revision"], value["schemaversion"]) <= LARGEST):
            self.find("EVENT_EDITED", f"{where} has an attribute of another form")
        try:
            metadata = parse(value["metadatajson"])
        except Unreadable:
            metadata = None
        if not isinstance(metadata, dict) or canonical(metadata) != value["metadatajson"]:
            self.find("EVENT_EDITED", f"{where}: the metadata are not in canonical form")
            metadata = metadata if isinstance(metadata, dict) else {}
        event["metadata"] = metadata
        hashed = {"data": value["data"], "id": value["id"], "metadata": metadata, "occurredAt": value["time"], "revision": value["revision"], "schemaVersion": value["schemaversion"], "stream": value["subject"], "type": kind}
        if sha256((value["previoushash"] + canonical(hashed)).encode()).hexdigest() != value["hash"]:
            self.find("EVENT_EDITED", f"{where}: the hash is not that of the contents")
        if metadata.get("actorId") != value["actorid"] or metadata.get("correlationId") != value["correlationid"]:
            self.find("EVENT_EDITED", f"{where}: actorid or correlationid are not those of the metadata")
        if "personjson" in value and not is_disclosed(value, value["personjson"], value.get("personkey"), "person", value["data"].get("person")):
            self.find("EVENT_EDITED", f"{where}: the person is not the one that is sealed")
        if "actorjson" in value and not is_disclosed(value, value["actorjson"], value.get("actorkey"), "actor", metadata.get("actor")):
            self.find("EVENT_EDITED", f"{where}: the actor is not the one that is sealed")
        if "textsjson" in value and not are_texts_disclosed(value, value["textsjson"], value.get("textskey")):
            self.find("EVENT_EDITED", f"{where}: the texts are not those that are sealed")

    def is_asked_for(self, event):
        asked, time, stream = self.request, event["time"], event["subject"]
        if "review" in asked:
            return stream in (f"review-{asked['review']}", f"app-{asked['app']}")
        if self.has_gaps():
            if event["kind"] not in ACTS or event["kind"] == "AccessReviewStarted" and event["data"].get("startedAs") == "MEMBER":
                return False
        elif asked["app"] is not None and stream not in (f"app-{asked['app']}", f"contacts-{asked['app']}"):
            return False
        return (asked["from"] is None or time >= asked["from"]) and (asked["to"] is None or time < asked["to"])

    def has_gaps(self):
        """Whether the bundle has only some of the events of its streams: what operators and auditors did."""
        return (self.request or {}).get("administration") is True and "review" not in self.request

    def person_of(self, event):
        try:
            person = parse(event["personjson"]) if "personjson" in event else None
        except Unreadable:
            return None
        return person if isinstance(person, dict) and person.keys() == {"keapId", "name"} else None

    def rosters(self):
        """The user lists of the apps of the bundle, for bundles of whole apps."""
        if self.request is None or "review" in self.request or self.has_gaps() or self.request["from"] is not None or self.request["to"] is not None:
            return {}
        latest = max((event["time"] for event in self.events), default=None)
        found = {}
        for event in self.events:
            if event["subject"].startswith("app-"):
                roster = found.setdefault(event["subject"].removeprefix("app-"), Roster())
                try:
                    roster.apply(event["kind"], event["time"], event["data"], self.person_of(event))
                except (KeyError, TypeError, AttributeError):
                    continue
        return {app: roster.at(latest) for app, roster in sorted(found.items())}


# --- What is checked over all lines ---

class Verification:
    def __init__(self, bundle, keys, kept=(), previous=(), restored=(), witness_keys=()):
        self.bundle, self.kept, self.previous, self.restored, self.witness_keys = bundle, kept, previous, restored, set(witness_keys)
        self.find = bundle.find
        self.named = set(keys)
        last = bundle.last or {}
        self.checkpoint = last.get("checkpoint")
        self.statement = (self.checkpoint or {}).get("statement")
        self.consistency = {proof["events"]: path_of(proof["path"]) for proof in last.get("consistency", [])}
        self.statements, self.rewrites = [], []
        self.known = set(self.named)
        self.proven = 0

    def run(self):
        self.check_order()
        if self.bundle.last is not None:
            self.check_statements()
            self.check_checkpoint()
            self.check_proofs()
            self.check_seal()
            self.check_countersigned()
            self.check_previous()
            self.compare_kept()
            self.compare_previous()
        if "review" in (self.bundle.request or {}):
            check_review(self.bundle, parse)
        return self.bundle.findings

    def check_previous(self):
        """An older bundle is verified like this one, with the keys that this one introduces."""
        for number, older in enumerate(self.previous):
            verification = Verification(older, self.named)
            verification.known |= self.known
            for finding in verification.run():
                self.find(finding["code"], f"older bundle {number}: {finding['message']}")

    def knows(self, key_id):
        return not self.named or key_id in self.known

    def check_order(self):
        streams, position, positions = {}, None, set()
        asked = self.bundle.request
        for event in self.bundle.events:
            where = f"{event['subject']}, revision {event['revision']}"
            if asked is not None and not self.bundle.is_asked_for(event):
                self.find("BUNDLE_CHANGED", f"{where} was not asked for")
            if event["position"] in positions:
                self.find("EVENT_INSERTED", f"{where}: the position appears twice")
            elif position is not None:
                if len(event["position"]) != len(position):
                    self.find("EVENT_REORDERED", f"{where}: the position is of another length")
                elif event["position"] < position:
                    self.find("EVENT_REORDERED", f"{where}: the position is before that of the line before")
            position = event["position"]
            positions.add(position)
            before = streams.get(event["subject"])
            streams[event["subject"]] = event
            if asked is not None and "review" in asked and event["subject"] != f"review-{asked['review']}":
                continue
            if self.bundle.has_gaps() and event["revision"] > 0 and (before is None or event["revision"] > before["revision"] + 1):
                continue
            if before is None:
                if event["revision"] == 0:
                    if event["previoushash"] != "0" * 64:
                        self.find("EVENT_EDITED", f"{where}: there is no event before the first one")
                elif asked is None or asked["from"] is None:
                    self.find("EVENT_REMOVED", f"{where}: the events before are missing")
            elif event["revision"] > before["revision"] + 1:
                self.find("EVENT_REMOVED", f"{where}: events before are missing")
            elif event["revision"] <= before["revision"]:
                self.find("EVENT_INSERTED" if event["revision"] == before["revision"] else "EVENT_REORDERED", f"{where}: the revision does not follow")
            elif event["previoushash"] != before["hash"]:
                self.find("EVENT_EDITED", f"{where}: previoushash is not the hash of the event before")

    def check_statements(self):
        for value in self.bundle.last.get("keys", []):
            if is_rightly_stated(value):
                self.statements.append(value["statement"])
            else:
                self.find("CHECKPOINT_FORGED", "a statement about keys does not have the right signatures")
        grown = True
        while grown:
            before = len(self.known)
            for statement in self.statements:
                if statement["change"] == "ROTATED" and statement["previousKeyId"] in self.known:
                    self.known.add(statement["keyId"])
                if statement["keyId"] in self.known and statement["previousKeyId"] is not None:
                    self.known.add(statement["previousKeyId"])
            grown = len(self.known) > before
        for statement in self.statements:
            if statement["change"] != "ROTATED" and not self.knows(statement["keyId"]) and statement["events"] not in self.restored:
                self.find("KEY_LOST" if statement["change"] == "LOST" else "LOG_RESTORED", f"an operator states it of the key {statement['keyId']}, and no key that was named confirms it")
        for value in self.bundle.last.get("rewrites", []):
            if is_rightly_rewritten(value):
                if self.knows(value["signature"]["keyId"]):
                    self.rewrites.append(value["statement"])
            else:
                self.find("CHECKPOINT_FORGED", "a statement about a log that was written anew does not have the right signatures")

    def stated(self, key_id):
        """Whether an operator states a key that nobody has named; that is a finding of its own."""
        return any(statement["keyId"] == key_id and statement["change"] != "ROTATED" for statement in self.statements)

    def check_checkpoint(self):
        if self.checkpoint is None:
            return
        if not is_signed(self.checkpoint, self.statement):
            self.find("CHECKPOINT_FORGED", "the signature of the checkpoint is not that of its statement")
        if self.statement["storeId"] != self.bundle.store:
            self.find("CHECKPOINT_CONTRADICTED", "the checkpoint is about another log")
        if not self.knows(self.checkpoint["keyId"]) and not self.stated(self.checkpoint["keyId"]):
            self.find("CHECKPOINT_KEY_UNKNOWN", "the checkpoint is signed by a key that was not named")

    def check_proofs(self):
        size, index = (self.statement or {}).get("events", 0), -1
        for event in self.bundle.events:
            where = f"{event['subject']}, revision {event['revision']}"
            covered = self.statement is not None and event["position"] <= self.statement["position"]
            if ("leafindex" in event) != ("inclusionproof" in event):
                self.find("PROOF_WRONG", f"{where} has half of a proof")
                continue
            if "leafindex" not in event:
                if covered or "review" in (self.bundle.request or {}):
                    self.find("PROOF_WRONG", f"{where} has no proof")
                continue
            self.proven += 1
            if not covered:
                self.find("PROOF_WRONG", f"{where} has a proof, and came after the checkpoint")
            elif not is_included(event["hash"], event["leafindex"], size, path_of(event["inclusionproof"]), self.statement["root"]):
                self.find("PROOF_WRONG", f"{where}: the proof does not lead to the root")
            if event["leafindex"] <= index:
                self.find("EVENT_REORDERED", f"{where}: the leaf index does not increase")
            index = event["leafindex"]
        if self.is_whole() and self.proven < size:
            self.find("EVENT_REMOVED", f"{size - self.proven} events that the checkpoint vouches for are missing")

    def is_whole(self):
        asked = self.bundle.request
        return asked is not None and not self.bundle.has_gaps() and asked["app"] is None and asked["from"] is None and asked["to"] is None

    def check_seal(self):
        last, events = self.bundle.last, len(self.bundle.events)
        if last["sha256"] != self.bundle.sha256:
            self.find("BUNDLE_CHANGED", "sha256 is not that of the lines")
        if last["events"] != events:
            self.find("EVENT_REMOVED" if events < last["events"] else "BUNDLE_CHANGED", f"there are {events} events, and {last['events']} were exported")
        seal = last["seal"]
        if seal is None:
            if self.named:
                self.find("BUNDLE_UNSEALED", "the bundle has no seal")
            return
        sealed = {name: value for name, value in last.items() if name != "seal"}
        if not is_signed(seal, {**sealed, "format": "partner-access bundle 1", "storeId": self.bundle.store}):
            self.find("BUNDLE_CHANGED", "the seal is not that of the bundle")
        elif not self.knows(seal["keyId"]):
            self.find("BUNDLE_UNSEALED", "the seal is by a key that was not named")

    def check_countersigned(self):
        last = self.bundle.last
        for value in last.get("countersigned", []):
            checkpoint = {name: value[name] for name in CHECKPOINT}
            countersignature = value["countersignature"]
            self.check_other(checkpoint)
            if not is_signed(countersignature, {"checkpoint": checkpoint, "format": "partner-access countersignature 1", "time": countersignature["time"]}):
                self.find("COUNTERSIGNATURE_FORGED", "a countersignature is not that of its checkpoint")
        if self.witness_keys and not any(value["countersignature"]["keyId"] in self.witness_keys for value in last.get("countersigned", [])):
            self.find("COUNTERSIGNATURE_MISSING", "no witness that was named has countersigned")
        if "stamped" in last:
            # The token of RFC 3161 in it is not read.
            self.check_other({name: last["stamped"][name] for name in CHECKPOINT})

    def check_other(self, checkpoint):
        """A checkpoint in the bundle other than its own: it is the beginning of the same log."""
        statement = checkpoint["statement"]
        if not is_signed(checkpoint, statement):
            self.find("CHECKPOINT_FORGED", "the signature of a countersigned or stamped checkpoint is not that of its statement")
        elif not self.knows(checkpoint["keyId"]):
            self.find("CHECKPOINT_KEY_UNKNOWN", "a countersigned or stamped checkpoint is signed by a key that was not named")
        if statement["storeId"] != self.bundle.store or self.statement is None or not self.is_beginning(statement, self.statement, self.consistency):
            self.find("CHECKPOINT_CONTRADICTED", "nothing proves that the log begins with a countersigned or stamped checkpoint")

    @staticmethod
    def is_beginning(earlier, later, proofs):
        if earlier["events"] == later["events"]:
            return earlier["root"] == later["root"] and earlier["position"] == later["position"]
        return is_continued(earlier["events"], earlier["root"], later["events"], later["root"], proofs.get(earlier["events"]))

    def compare_kept(self):
        kept = [*self.kept, *(older.last["checkpoint"] for older in self.previous if older.last is not None and older.last["checkpoint"] is not None)]
        chain, store = {}, self.bundle.store
        for rewrite in self.rewrites:
            if rewrite["storeId"] == store:
                store = rewrite["previous"]["statement"]["storeId"]
                chain[store] = rewrite
        comparable = []
        for checkpoint in kept:
            statement = checkpoint["statement"]
            if not is_signed(checkpoint, statement):
                self.find("CHECKPOINT_FORGED", "the signature of a checkpoint that was kept is not that of its statement")
            elif not self.knows(checkpoint["keyId"]):
                if statement["storeId"] == self.bundle.store and not self.stated(checkpoint["keyId"]):
                    self.find("CHECKPOINT_KEY_UNKNOWN", "a checkpoint that was kept is signed by a key that was not named")
            elif statement["storeId"] == self.bundle.store:
                comparable.append(checkpoint)
                self.compare(statement)
            elif statement["storeId"] in chain:
                comparable.append(checkpoint)
                rewrite = chain[statement["storeId"]]
                if not self.is_beginning(statement, rewrite["previous"]["statement"], {proof["events"]: path_of(proof["path"]) for proof in rewrite["consistency"]}):
                    self.find("CHECKPOINT_CONTRADICTED", "the log that was written anew did not begin with a checkpoint that was kept")
        if kept and not comparable:
            self.find("LOG_REPLACED", "no checkpoint that was kept is about this log")
        known = [*comparable, *([self.checkpoint] if self.checkpoint is not None else [])]
        for statement in self.statements:
            if statement["previousKeyId"] in (None, statement["keyId"]):
                continue
            taken = [one["statement"]["events"] for one in known if one["keyId"] == statement["keyId"]]
            if taken and any(one["keyId"] == statement["previousKeyId"] and one["statement"]["events"] > min(taken) for one in known):
                self.find("CHECKPOINT_KEY_REPLACED", "a key signed after another one had taken its place")

    def compare(self, kept):
        """A checkpoint of the same log that was kept."""
        own = self.statement
        given_up = [one for one in self.statements if one["change"] == "RESTORED" and one["storeId"] == kept["storeId"] and one["events"] < kept["events"] and one["time"] >= kept["time"]]
        if given_up:
            if not all(one["events"] in self.restored for one in given_up):
                self.find("LOG_RESTORED", f"the log was restored at event {given_up[0]['events']}, and a checkpoint over {kept['events']} events was kept")
            return
        contradiction = None
        if own is None:
            contradiction = True
        elif kept["events"] >= own["events"]:
            contradiction = not self.is_beginning(kept, own, {}) if kept["events"] == own["events"] else kept["time"] < own["time"]
        elif self.is_whole():
            first = [event["hash"] for event in self.bundle.events[:kept["events"]]]
            contradiction = len(first) < kept["events"] or not all(map(HASH.match, first)) or root_of(first) != kept["root"] or self.bundle.events[kept["events"] - 1]["position"] != kept["position"]
        elif kept["events"] in self.consistency:
            contradiction = not self.is_beginning(kept, own, self.consistency)
        elif "consistency" in self.bundle.last:
            proven = sorted(self.consistency)[-PROVEN_CHECKPOINTS:]
            contradiction = len(proven) < PROVEN_CHECKPOINTS or kept["events"] > proven[0]
        if contradiction:
            self.find("CHECKPOINT_CONTRADICTED", f"nothing proves that the log begins with the {kept['events']} events of a checkpoint that was kept")

    def compare_previous(self):
        own = {event["position"]: event for event in self.bundle.events}
        ancestors = {rewrite["previous"]["statement"]["storeId"]: rewrite for rewrite in self.rewrites}
        for older in self.previous:
            rewrite = ancestors.get(older.store)
            for event in older.events:
                now = own.get(event["position"])
                if now is None:
                    continue
                if rewrite is None:
                    same = event["hash"] == now["hash"]
                else:
                    named = {number for removed in rewrite["removed"] for number in removed["leaves"]}
                    same = now.get("leafindex") in named or all(event[name] == now[name] for name in EVENT - {"hash", "previoushash", "source"})
                if not same:
                    self.find("HISTORY_REWRITTEN", f"{now['subject']}, revision {now['revision']} is another one than in the older bundle")


def read_kept(content):
    """The checkpoints in the text of a file of checkpoints."""
    found = []
    for line in content.decode().split("\n"):
        if line.strip() != "":
            value = parse(line)
            require(isinstance(value, dict) and canonical(value) == line.removesuffix("\r"), "a checkpoint that was kept is not in canonical form")
            found.append(read_checkpoint({name: value[name] for name in value if name not in ("countersignature", "timeStamp")}))
    return found


def verify(content, keys=(), kept=(), previous=(), restored=(), witness_keys=()):
    """Verifies the bytes of a bundle; `kept` are the bytes of files of checkpoints, `previous` those of older bundles."""
    bundle = Bundle(bytes(content))
    checkpoints = []
    for file in kept:
        try:
            checkpoints.extend(read_kept(bytes(file)))
        except (Unreadable, UnicodeDecodeError) as error:
            bundle.find("CHECKPOINT_UNREADABLE", str(error))
    verification = Verification(bundle, keys, checkpoints, [Bundle(bytes(older)) for older in previous], restored, witness_keys)
    findings = verification.run()
    last = bundle.last or {}
    summary = {
        "ok": not findings,
        "storeId": bundle.store,
        "request": bundle.request,
        "events": len(bundle.events),
        "provenEvents": verification.proven,
        "checkpoint": verification.statement,
        "sealedBy": (last.get("seal") or {}).get("keyId"),
        "hashes": [event["hash"] for event in bundle.events],
    }
    return {"findings": findings, "summary": summary, "rosters": bundle.rosters()}


def main():
    options = argparse.ArgumentParser(description="Verifies an evidence bundle.")
    options.add_argument("bundle")
    options.add_argument("--key", nargs="+", default=[], help="ids of the keys that are known")
    options.add_argument("--witness-key", nargs="+", default=[], help="ids of the keys of witnesses, one of which must have countersigned")
    options.add_argument("--checkpoints", nargs="+", default=[], help="files of checkpoints that were kept, or a directory of them")
    options.add_argument("--previous", nargs="+", default=[], help="older bundles that were kept")
    options.add_argument("--restored", nargs="+", type=int, default=[], help="numbers of events at which the log was restored, as you know")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()

    def content(path):
        with open(path, "rb") as file:
            return file.read()

    files = []
    for path in given.checkpoints:
        if os.path.isdir(path):
            files.extend(os.path.join(path, name) for name in sorted(os.listdir(path)) if re.match(r"(checkpoints|countersigned)-.*\.ndjson\Z|stamped\.ndjson\Z", name))
        else:
            files.append(path)
    result = verify(content(given.bundle), given.key, map(content, files), map(content, given.previous), given.restored, given.witness_key)
    if given.json:
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        for finding in result["findings"]:
            print(f"{finding['code']}: {finding['message']}")
    sys.exit(0 if result["summary"]["ok"] else 1)


if __name__ == "__main__":
    main()
