import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { CheckpointRow, ConsistencyProofRow, CountersignatureRow, InclusionProofRow } from '../../proofs/queries';
import { connectionOf } from '../shared/connection';
import { DateTimeISO, LogPosition } from '../shared/scalars';

@ObjectType('Countersignature', { simpleResolvers: true, description: 'What a witness, which another team runs, has countersigned a checkpoint with: Ed25519 over the canonical JSON of the checkpoint and the time.' })
export class Countersignature implements CountersignatureRow {
  @Field(() => DateTimeISO, { description: 'When the witness saw the checkpoint, by its own clock.' })
  readonly time: string;

  @Field(() => ID, { description: 'Id of the key of the witness: SHA-256 of the public key\'s SPKI encoding, as 64 hex digits.' })
  readonly keyId: string;

  @Field(() => String, { description: 'Public key of the witness: its SPKI encoding in base64.' })
  readonly publicKey: string;

  @Field(() => String, { description: 'The signature, in base64.' })
  readonly signature: string;
}

@ObjectType('Checkpoint', { simpleResolvers: true, description: 'A signed statement of what the log held at a moment. It is also stored in a file outside the log.' })
export class Checkpoint implements CheckpointRow {
  @Field(() => ID, { description: 'Id of the log, a UUID.' })
  readonly storeId: string;

  @Field(() => LogPosition, { description: 'Log position of the last event that the checkpoint covers.' })
  readonly position: string;

  @Field(() => Int, { description: 'Number of events that the checkpoint covers, counted from the first event of the log.' })
  readonly events: number;

  @Field(() => String, { description: 'Root hash of the Merkle tree over the event hashes in log order, as 64 hex digits (RFC 9162 with SHA-256; the data of a leaf is an event\'s hash as 32 bytes).' })
  readonly root: string;

  @Field(() => DateTimeISO, { description: 'When the checkpoint was signed.' })
  readonly time: string;

  @Field(() => ID, { description: 'Id of the signing key: SHA-256 of the public key\'s SPKI encoding, as 64 hex digits.' })
  readonly keyId: string;

  @Field(() => String, { description: 'Public key: its SPKI encoding in base64.' })
  readonly publicKey: string;

  @Field(() => String, { description: 'The signed text: the statement as canonical JSON (RFC 8785).' })
  readonly statement: string;

  @Field(() => String, { description: 'Ed25519 signature of the statement\'s UTF-8 bytes, in base64.' })
  readonly signature: string;

  @Field(() => String, { nullable: true, description: 'How the log contradicts its signed checkpoints, in a sentence: it was cut, changed or replaced. Nothing is signed or written any more then, and the service is not ready. Null while the log agrees.' })
  readonly contradiction: string | null;

  @Field(() => [Countersignature], { description: 'The countersignatures of witnesses, one of each that has seen the checkpoint. A checkpoint that none has seen yet is covered by a later one that they have.' })
  readonly countersignatures: readonly Countersignature[];

  @Field(() => String, { nullable: true, description: 'The time stamp of an authority: a token of RFC 3161 over the SHA-256 of `statement`, in base64. Null without one.' })
  readonly timeStamp: string | null;
}

@ObjectType('InclusionProof', { simpleResolvers: true, description: 'Proof that an event is part of the log that a checkpoint covers (RFC 9162, section 2.1.3).' })
export class InclusionProof implements InclusionProofRow {
  @Field(() => String, { description: 'Hash of the event, which is the data of its leaf, as 64 hex digits.' })
  readonly eventHash: string;

  @Field(() => Int, { description: 'Number of the event in the log, counted from 0.' })
  readonly leafIndex: number;

  @Field(() => Int, { description: 'Number of events that the checkpoint covers.' })
  readonly treeSize: number;

  @Field(() => String, { description: 'Root hash of the checkpoint.' })
  readonly root: string;

  @Field(() => [String], { description: 'Sibling hashes on the path from the leaf to the root, starting at the leaf, as 64 hex digits each.' })
  readonly path: readonly string[];
}

@ObjectType('ConsistencyProof', { simpleResolvers: true, description: 'Proof that the log of a checkpoint extends the whole log of an earlier one (RFC 9162, section 2.1.4).' })
export class ConsistencyProof implements ConsistencyProofRow {
  @Field(() => Int, { description: 'Number of events that the earlier checkpoint covers.' })
  readonly fromSize: number;

  @Field(() => String, { description: 'Root hash of the earlier checkpoint.' })
  readonly fromRoot: string;

  @Field(() => Int, { description: 'Number of events that the later checkpoint covers.' })
  readonly toSize: number;

  @Field(() => String, { description: 'Root hash of the later checkpoint.' })
  readonly toRoot: string;

  @Field(() => [String], { description: 'Hashes of the proof in the order of RFC 9162, as 64 hex digits each.' })
  readonly path: readonly string[];
}

@ObjectType('CheckpointConnection', { simpleResolvers: true, description: 'A page of the signed checkpoints, oldest first.' })
export class CheckpointConnection extends connectionOf<CheckpointRow, Checkpoint, null>(Checkpoint, 'checkpoint', (row) => row) {}
