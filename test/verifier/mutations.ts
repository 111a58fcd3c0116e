import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Dice } from '../fuzz/dice';
import type { Json } from '../support/person';
import type { GivenLog } from './givenLogs';
import type { Evidence } from './secondVerifier';

const canonical = (value: unknown): string => canonicalize(value) ?? '';
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** Somebody who has no key of the log, and seals with one of their own. */
const FORGER = generateKeyPairSync('ed25519');
const FORGER_SPKI = FORGER.publicKey.export({ type: 'spki', format: 'der' });

/** A bundle while it is changed. */
export class Draft {
  readonly lines: string[];
  keys: readonly string[];
  kept: readonly Buffer[];
  previous: readonly Buffer[];
  /** The text that the lines become; set where they are not simply joined. */
  bytes: Buffer | null = null;

  constructor(readonly log: GivenLog, readonly other: GivenLog, readonly dice: Dice) {
    ({ keys: this.keys, kept: this.kept, previous: this.previous } = log.evidence);
    this.lines = linesOf(log);
  }

  parsed(index: number): Json {
    return JSON.parse(this.lines[index] ?? 'null');
  }

  /** The numbers of the lines with events that fit. */
  events(fits: (line: Json) => boolean = () => true): number[] {
    return this.lines.flatMap((text, index) => {
      const line = JSON.parse(text);
      return typeof line.hash === 'string' && fits(line) ? [index] : [];
    });
  }

  /** Changes one of the events that fit; none is no change. */
  editEvent(fits: (line: Json) => boolean, change: (line: Json) => void): void {
    const fitting = this.events(fits);
    if (fitting.length > 0) this.edit(this.dice.oneOf(fitting), change);
  }

  edit(index: number, change: (line: Json) => void): void {
    const line = this.parsed(index);
    change(line);
    this.lines[index] = canonical(line);
  }

  /** Changes the data of the last line. */
  editLast(change: (data: Json) => void): void {
    this.edit(this.lines.length - 1, (line) => change(line.data));
  }

  /** Makes the last line fit the lines before it, and seals it with the key of the forger. */
  sealAgain(): void {
    const before = this.lines.slice(0, -1);
    this.editLast((data) => {
      data.sha256 = sha256(before.map((line) => `${line}\n`).join(''));
      data.events = this.events().length;
      delete data.seal;
      const signed = canonical({ ...data, format: 'partner-access bundle 1', storeId: this.parsed(this.lines.length - 1).source.slice('urn:uuid:'.length) });
      data.seal = { keyId: sha256(FORGER_SPKI), publicKey: FORGER_SPKI.toString('base64'), signature: sign(null, Buffer.from(signed), FORGER.privateKey).toString('base64') };
    });
    this.keys = [];
  }

  get evidence(): Evidence {
    return { ...this.log.evidence, keys: this.keys, kept: this.kept, previous: this.previous, bundle: this.bytes ?? Buffer.from(this.lines.map((line) => `${line}\n`).join('')) };
  }
}

const linesOf = (log: GivenLog): string[] => log.evidence.bundle.toString().split('\n').slice(0, -1);

const DIGIT = /^[0-9a-f]$/;

/** Another hex digit in place of one of a text. */
function flipped(text: string, dice: Dice): string {
  const digits = [...text].flatMap((character, at) => (DIGIT.test(character) ? [at] : []));
  const at = dice.oneOf(digits);
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
}

/** Another character of base64 in place of one of a text. */
function altered(text: string, dice: Dice): string {
  const at = dice.below(text.length - 3);
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

/** The same bytes as another base64 text, by the bits that decoders ignore. */
function sameBytes(text: string): string {
  const padding = /=*$/.exec(text)?.[0] ?? '';
  const at = text.length - padding.length - 1;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return `${text.slice(0, at)}${alphabet[alphabet.indexOf(text[at] ?? 'A') ^ 1] ?? ''}${padding}`;
}

const hashOf = (line: Json): string => sha256(`${String(line.previoushash)}${canonical({
  data: line.data, id: line.id, metadata: JSON.parse(line.metadatajson), occurredAt: line.time, revision: line.revision, schemaVersion: line.schemaversion, stream: line.subject, type: line.type.replace('partner-access.', ''),
})}`);

/** Computes the hashes of a stream again from some line on. */
function chainAgain(draft: Draft, from: number): void {
  const { subject } = draft.parsed(from);
  let before = '';
  for (const index of draft.events((line) => line.subject === subject).filter((at) => at >= from)) {
    draft.edit(index, (line) => {
      if (before !== '') line.previoushash = before;
      before = line.hash = hashOf(line);
    });
  }
}

const always = (): boolean => true;
const has = (name: string) => (line: Json): boolean => typeof line[name] === 'string';
const text = (line: Json, name: string, change: (value: Json) => void): void => {
  const value = JSON.parse(line[name]);
  change(value);
  line[name] = canonical(value);
};

/** Changes a draft; where nothing in it fits, it does not. */
export type Change = (draft: Draft) => unknown;

const UNDISCLOSED = new Set(['leafindex', 'inclusionproof', 'personjson', 'personkey', 'textsjson', 'textskey', 'actorjson', 'actorkey']);

/** Changes of lines, which somebody may seal again with a key of their own. */
export const CHANGES: Readonly<Record<string, Change>> = {
  'a digit of a hash': (draft) => draft.editEvent(always, (line) => (line.hash = flipped(line.hash, draft.dice))),
  'a digit of a previous hash': (draft) => draft.editEvent(always, (line) => (line.previoushash = flipped(line.previoushash, draft.dice))),
  'a hash in upper case': (draft) => draft.editEvent(({ hash }) => /[a-f]/.test(hash), (line) => (line.hash = line.hash.toUpperCase())),
  'a user id': (draft) => draft.editEvent(({ data }) => typeof data.userId === 'string', (line) => (line.data.userId = flipped(line.data.userId, draft.dice))),
  'a member more in the data': (draft) => draft.editEvent(always, (line) => (line.data.more = 1)),
  'a role': (draft) => draft.editEvent(({ data }) => typeof (data.role ?? data.to) === 'string', ({ data }) => (data[data.role === undefined ? 'to' : 'role'] = 'OWNER')),
  'a role, with hashes that follow': (draft) => {
    const [index] = draft.dice.shuffled(draft.events(({ data }) => typeof (data.role ?? data.to) === 'string'));
    if (index === undefined) return;
    draft.edit(index, ({ data }) => (data[data.role === undefined ? 'to' : 'role'] = 'OWNER'));
    chainAgain(draft, index);
  },
  'a time': (draft) => draft.editEvent(always, (line) => (line.time = line.time.replace(/\d\dZ$/, line.time.endsWith('00Z') ? '01Z' : '00Z'))),
  'a time that there is not': (draft) => draft.editEvent(always, (line) => (line.time = line.time.replace(/T\d\d/, 'T25'))),
  'a revision': (draft) => draft.editEvent(always, (line) => (line.revision = Number(line.revision) + 1)),
  'a stream': (draft) => draft.editEvent(always, (line) => (line.subject = `${String(line.subject)}x`)),
  'a type': (draft) => draft.editEvent(always, (line) => (line.type = `${String(line.type)}x`)),
  'an id': (draft) => draft.editEvent(always, (line) => (line.id = flipped(line.id, draft.dice))),
  'a version of data': (draft) => draft.editEvent(always, (line) => (line.schemaversion = Number(line.schemaversion) + 1)),
  'the log of a line': (draft) => draft.editEvent(always, (line) => (line.source = draft.parsed(0).source.replace(/.$/, (digit: string) => (digit === '0' ? '1' : '0')))),
  'the version of CloudEvents': (draft) => draft.editEvent(always, (line) => (line.specversion = '1.1')),
  'an attribute more': (draft) => draft.editEvent(always, (line) => (line.more = 'x')),
  'an attribute less': (draft) => draft.editEvent(always, (line) => Reflect.deleteProperty(line, draft.dice.oneOf(['hash', 'time', 'subject', 'metadatajson', 'actorid', 'position']))),
  'who acted': (draft) => draft.editEvent(always, (line) => (line.actorid = `${String(line.actorid)}x`)),
  'the request of an event': (draft) => draft.editEvent(always, (line) => (line.correlationid = flipped(line.correlationid, draft.dice))),
  'the metadata': (draft) => draft.editEvent(always, (line) => text(line, 'metadatajson', (metadata) => (metadata.more = true))),
  'metadata in another form': (draft) => draft.editEvent(always, (line) => (line.metadatajson = JSON.stringify(JSON.parse(line.metadatajson), null, 1))),
  'swapped lines': (draft) => {
    const at = draft.dice.oneOf(draft.events().slice(1));
    [draft.lines[at - 1], draft.lines[at]] = [draft.lines[at]!, draft.lines[at - 1]!];
  },
  'swapped lines with positions and proofs of the places': (draft) => {
    const at = draft.dice.oneOf(draft.events().slice(1));
    const [first, second] = [draft.parsed(at - 1), draft.parsed(at)];
    for (const name of ['position', 'leafindex', 'inclusionproof']) [first[name], second[name]] = [second[name], first[name]];
    [draft.lines[at - 1], draft.lines[at]] = [canonical(second), canonical(first)];
  },
  'an event less within its stream': (draft) => {
    const within = draft.events(({ subject, revision }) => [Number(revision) - 1, Number(revision) + 1].every((beside) => draft.events((line) => line.subject === subject && line.revision === beside).length > 0));
    if (within.length > 0) draft.lines.splice(draft.dice.oneOf(within), 1);
  },
  'the first event less': (draft) => draft.lines.splice(draft.events()[0]!, 1),
  'the last events less': (draft) => draft.lines.splice(-3, 2),
  'a line twice': (draft) => draft.lines.splice(draft.dice.oneOf(draft.events()), 0, draft.lines[draft.dice.oneOf(draft.events())]!),
  'an event more at the end, with a right hash': (draft) => {
    const last = draft.parsed(draft.lines.length - 2);
    const more: Json = Object.fromEntries(Object.entries({ ...last, id: flipped(last.id, draft.dice), revision: Number(last.revision) + 1, previoushash: last.hash, position: last.position.replace(/^../, '99') }).filter(([name]) => !UNDISCLOSED.has(name)));
    draft.lines.splice(-1, 0, canonical({ ...more, hash: hashOf(more) }));
  },
  'a name': (draft) => draft.editEvent(has('personkey'), (line) => text(line, 'personjson', (person) => (person.name = 'Mallory'))),
  'a Keap ID, called that of an erased person': (draft) => draft.editEvent(has('personkey'), (line) => delete line.personkey),
  'a key of a person': (draft) => draft.editEvent(has('personkey'), (line) => (line.personkey = altered(line.personkey, draft.dice))),
  'a key of a person as another text': (draft) => draft.editEvent(has('personkey'), (line) => (line.personkey = sameBytes(line.personkey.replaceAll('-', '+').replaceAll('_', '/')).replaceAll('+', '-').replaceAll('/', '_'))),
  'the person of another event': (draft) => {
    const [one, two] = draft.dice.shuffled(draft.events(has('personkey')));
    if (one !== undefined && two !== undefined) draft.edit(one, (line) => Object.assign(line, { personjson: draft.parsed(two).personjson, personkey: draft.parsed(two).personkey }));
  },
  'a person called erased without a number': (draft) => draft.editEvent(has('personkey'), (line) => {
    delete line.personkey;
    line.personjson = '{"keapId":"erased person","name":null}';
  }),
  'a person called erased': (draft) => draft.editEvent(has('personkey'), (line) => {
    delete line.personkey;
    line.personjson = '{"keapId":"erased person #1","name":null}';
  }),
  'a person not disclosed': (draft) => draft.editEvent(has('personkey'), (line) => {
    delete line.personkey;
    delete line.personjson;
  }),
  'a sealed person': (draft) => draft.editEvent(({ data }) => typeof data.person?.sealed === 'string', (line) => (line.data.person.sealed = altered(line.data.person.sealed, draft.dice))),
  'who acted in words': (draft) => draft.editEvent(has('actorkey'), (line) => text(line, 'actorjson', (actor) => (actor.keapId = 'mallory@example.com'))),
  'who acted in another form': (draft) => draft.editEvent(has('actorkey'), (line) => (line.actorjson = ` ${String(line.actorjson)}`)),
  'a reason': (draft) => draft.editEvent(has('textskey'), (line) => text(line, 'textsjson', (texts) => (texts[Object.keys(texts)[0]!] = 'For no reason'))),
  'a reason more': (draft) => draft.editEvent(has('textskey'), (line) => text(line, 'textsjson', (texts) => (texts.more = 'And another'))),
  'a reason left out': (draft) => draft.editEvent(has('textskey'), (line) => (line.textsjson = '{}')),
  'the hash of a proof': (draft) => draft.editEvent(({ inclusionproof }) => inclusionproof?.length > 0, (line) => (line.inclusionproof = flipped(line.inclusionproof, draft.dice))),
  'a hash of a proof less': (draft) => draft.editEvent(({ inclusionproof }) => inclusionproof?.length > 65, (line) => (line.inclusionproof = line.inclusionproof.slice(65))),
  'a hash of a proof more': (draft) => draft.editEvent(({ inclusionproof }) => inclusionproof?.length > 0, (line) => (line.inclusionproof = `${String(line.inclusionproof)} ${String(line.hash)}`)),
  'a proof with two spaces': (draft) => draft.editEvent(({ inclusionproof }) => inclusionproof?.length > 65, (line) => (line.inclusionproof = line.inclusionproof.replace(' ', '  '))),
  'a leaf index': (draft) => draft.editEvent(({ leafindex }) => leafindex >= 0, (line) => (line.leafindex = Number(line.leafindex) + 1)),
  'no proof': (draft) => draft.editEvent(({ leafindex }) => leafindex >= 0, (line) => {
    delete line.leafindex;
    delete line.inclusionproof;
  }),
  'half a proof': (draft) => draft.editEvent(({ leafindex }) => leafindex >= 0, (line) => delete line.leafindex),
  'a position': (draft) => draft.editEvent(always, (line) => (line.position = flipped(line.position, draft.dice))),
  'a longer position': (draft) => draft.editEvent(always, (line) => (line.position = `0${String(line.position)}`)),
  'a longer position of the first event': (draft) => draft.editEvent(({ id }) => id === draft.parsed(draft.events()[0]!).id, (line) => (line.position = `0${String(line.position)}`)),
  'a space in the request': (draft) => {
    draft.lines[0] = draft.lines[0]!.replace(':', ': ');
  },
  'a space in the first line after the request': (draft) => {
    draft.lines[1] = draft.lines[1]!.replace(':', ': ');
  },
  'a space in a line': (draft) => {
    const at = draft.dice.below(draft.lines.length - 1);
    draft.lines[at] = draft.lines[at]!.replace(':', ': ');
  },
  'members in another order': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = JSON.stringify(Object.fromEntries(Object.entries(draft.parsed(at)).reverse()));
  },
  'an escaped character': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace('"source"', '"\\u0073ource"');
  },
  'a number with a fraction': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace(/"revision":(\d+)/, '"revision":$1.0');
  },
  'a number with an exponent': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace(/"revision":(\d+)/, '"revision":$1e0');
  },
  'a great number': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace(/"schemaversion":\d+/, '"schemaversion":123456789012345678901234567890');
  },
  'a member twice': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace('"revision":', '"revision":7,"revision":');
  },
  'half of a surrogate pair': (draft) => {
    const at = draft.dice.oneOf(draft.events());
    draft.lines[at] = draft.lines[at]!.replace('"data":{', '"data":{"a":"\\ud800",');
  },
  'the app that was asked for': (draft) => draft.edit(0, ({ data }) => (data.app = draft.other.appId === data.app ? 'another' : draft.other.appId)),
  'a beginning that was asked for': (draft) => draft.edit(0, ({ data }) => (data.from = draft.events().map((at) => String(draft.parsed(at).time)).sort().at(-1))),
  'a time in the request of a review': (draft) => draft.edit(0, ({ data }) => data.review && (data.from = '2026-01-01T00:00:00.000Z')),
  'an end that was asked for': (draft) => draft.edit(0, ({ data }) => (data.to = draft.parsed(draft.dice.oneOf(draft.events())).time)),
  'a request for the whole log instead of what operators and auditors did': (draft) => draft.edit(0, ({ data }) => delete data.administration),
  'a request for what operators and auditors did': (draft) => draft.edit(0, ({ data }) => (data.administration = true)),
  'a member more in the request': (draft) => draft.edit(0, ({ data }) => (data.more = null)),
  'no request': (draft) => draft.lines.shift(),
  'the checkpoint of another log': (draft) => draft.editLast((data) => (data.checkpoint = JSON.parse(linesOf(draft.other).at(-1)!).data.checkpoint)),
  'the root of the checkpoint': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.statement.root = flipped(checkpoint.statement.root, draft.dice))),
  'the number of events of the checkpoint': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.statement.events = Number(checkpoint.statement.events) + 1)),
  'the time of the checkpoint': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.statement.time = checkpoint.statement.time.replace(/^..../, '2020'))),
  'the signature of the checkpoint': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.signature = altered(checkpoint.signature, draft.dice))),
  'the signature of the checkpoint as another text': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.signature = sameBytes(checkpoint.signature))),
  'the id of the key of the checkpoint': (draft) => draft.editLast(({ checkpoint }) => (checkpoint.keyId = flipped(checkpoint.keyId, draft.dice))),
  'no checkpoint': (draft) => draft.editLast((data) => (data.checkpoint = null)),
  'no proofs of consistency': (draft) => draft.editLast((data) => (data.consistency = [])),
  'no list of proofs of consistency': (draft) => draft.editLast((data) => delete data.consistency),
  'a proof of consistency': (draft) => draft.editLast(({ consistency }) => {
    for (const proof of consistency) proof.path = flipped(proof.path, draft.dice);
  }),
  'a statement about keys': (draft) => draft.editLast(({ keys }) => keys && (keys[0].statement.reason = 'Another')),
  'no statement about keys': (draft) => draft.editLast((data) => delete data.keys),
  'a signature of a statement about keys': (draft) => draft.editLast(({ keys }) => keys && (keys[0].signatures[0].signature = altered(keys[0].signatures[0].signature, draft.dice))),
  'a signature less of a statement about keys': (draft) => draft.editLast(({ keys }) => keys?.[0].signatures.pop()),
  'a statement about a log that was written anew': (draft) => draft.editLast(({ rewrites }) => rewrites && (rewrites[0].statement.person = 'erased person #2')),
  'a field more that a statement says was removed': (draft) => draft.editLast(({ rewrites }) => rewrites?.[0].statement.removed.push({ field: 'data.licences', leaves: [0] })),
  'the last checkpoint of the log before': (draft) => draft.editLast(({ rewrites }) => rewrites && (rewrites[0].statement.previous.statement.root = flipped(rewrites[0].statement.previous.statement.root, draft.dice))),
  'no statement about a log that was written anew': (draft) => draft.editLast((data) => delete data.rewrites),
  'a countersignature': (draft) => draft.editLast(({ countersigned }) => countersigned && (countersigned[0].countersignature.signature = altered(countersigned[0].countersignature.signature, draft.dice))),
  'the time of a countersignature': (draft) => draft.editLast(({ countersigned }) => countersigned && (countersigned[0].countersignature.time = '2020-01-01T00:00:00.000Z')),
  'a countersigned root': (draft) => draft.editLast(({ countersigned }) => countersigned && (countersigned[0].statement.root = flipped(countersigned[0].statement.root, draft.dice))),
  'no countersigned checkpoint': (draft) => draft.editLast((data) => delete data.countersigned),
  'a member more in the last line': (draft) => draft.editLast((data) => (data.more = 1)),
  'what was decided': (draft) => draft.lines.forEach((line, at) => line.includes('"partner-access.reviewed-person"') && draft.edit(at, ({ data }) => (data.decision = data.decision === 'KEEP' ? 'REMOVE' : 'KEEP'))),
  'a remark': (draft) => draft.lines.forEach((line, at) => line.includes('"id":"person-1"') && draft.edit(at, ({ data }) => (data.remark = 'Well done'))),
  'a note': (draft) => draft.lines.forEach((line, at) => line.includes('"partner-access.review"') && draft.edit(at, ({ data }) => (data.note = 'Another'))),
  'who signed off': (draft) => draft.lines.forEach((line, at) => line.includes('"partner-access.review"') && draft.edit(at, ({ data }) => (data.finishedBy.name = 'Mallory'))),
  'a reviewed person less': (draft) => draft.lines[1]!.includes('"partner-access.review"') && draft.lines.splice(2, 1),
  'reviewed people in another order': (draft) => draft.lines[1]!.includes('"partner-access.review"') && draft.lines.splice(2, 0, ...draft.lines.splice(3, 1)),
};

/** Changes of the whole file, or of what it is compared with; nothing can be sealed again after them. */
export const OTHER_CHANGES: Readonly<Record<string, Change>> = {
  'another number of events': (draft) => draft.editLast((data) => (data.events = Number(data.events) + 1)),
  'another digest': (draft) => draft.editLast((data) => (data.sha256 = flipped(data.sha256, draft.dice))),
  'another signature in the seal': (draft) => draft.editLast(({ seal }) => (seal.signature = altered(seal.signature, draft.dice))),
  'the seal of another log': (draft) => draft.editLast((data) => (data.seal = JSON.parse(linesOf(draft.other).at(-1)!).data.seal)),
  'no seal': (draft) => draft.editLast((data) => (data.seal = null)),
  'the seal of a forger': (draft) => {
    const { keys } = draft;
    draft.sealAgain();
    draft.keys = keys;
  },
  'another key': (draft) => (draft.keys = draft.other.evidence.keys),
  'another key and the right one': (draft) => (draft.keys = [...draft.other.evidence.keys, ...draft.keys]),
  'no last line': (draft) => draft.lines.pop(),
  'the last half less': (draft) => draft.lines.splice(Math.floor(draft.lines.length / 2)),
  'half of the last line': (draft) => (draft.lines[draft.lines.length - 1] = draft.lines.at(-1)!.slice(0, 200)),
  'a line after the last one': (draft) => draft.lines.push(draft.lines[draft.dice.oneOf(draft.events())]!),
  'an empty line after the last one': (draft) => draft.lines.push(''),
  'line ends of mail programs': (draft) => (draft.bytes = Buffer.from(draft.lines.map((line) => `${line}\r\n`).join(''))),
  'no line end at the end': (draft) => (draft.bytes = Buffer.from(draft.lines.join('\n'))),
  'bytes that are not UTF-8': (draft) => {
    draft.bytes = Buffer.from(`${draft.lines.join('\n')}\n`);
    draft.bytes[draft.bytes.indexOf('"userId"') + 2] = 0xff;
  },
  'a byte order mark': (draft) => (draft.lines[0] = `\ufeff${draft.lines[0]!}`),
  'an empty line': (draft) => draft.lines.splice(draft.dice.oneOf(draft.events()), 0, ''),
  'nothing at all': (draft) => (draft.bytes = Buffer.alloc(0)),
};

/** Changes of what was kept, which only the command line compares with. */
export const KEPT_CHANGES: Readonly<Record<string, Change>> = {
  'the checkpoints that were kept': always,
  'kept checkpoints of another log': (draft) => {
    draft.kept = draft.other.evidence.kept;
    draft.previous = [];
  },
  'kept checkpoints of both logs': (draft) => (draft.kept = [...draft.kept, ...draft.other.evidence.kept]),
  'a kept checkpoint with another root': (draft) => (draft.kept = draft.kept.map((file) => Buffer.from(file.toString().replace(/"root":"[0-9a-f]{8}/, '"root":"00000000')))),
  'a kept line that is no checkpoint': (draft) => (draft.kept = [...draft.kept, Buffer.from('{}\n')]),
  'an older bundle of another log': (draft) => (draft.previous = draft.other.evidence.previous),
  'an older bundle with another hash': (draft) => (draft.previous = draft.previous.map((file) => Buffer.from(file.toString().replace(/"hash":"[0-9a-f]{8}/, '"hash":"00000000')))),
};
