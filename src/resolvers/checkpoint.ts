import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Page, PageEdge } from '../projections/page';
import type { CheckpointRow, ConsistencyProofRow, InclusionProofRow } from '../proofs/proofRows';
import { PageInfo } from './pageInfo';
import { DateTimeISO, LogPosition } from './scalars';

@ObjectType('Checkpoint', { simpleResolvers: true, description: 'A signed statement of what the log held at a moment, also kept in a file outside of the log.' })
export class Checkpoint implements CheckpointRow {
  @Field(() => ID, { description: 'UUID of the log.' })
  readonly storeId: string;

  @Field(() => LogPosition, { description: 'Of the last event that it covers.' })
  readonly position: string;

  @Field(() => Int, { description: 'How many events it covers, from the beginning.' })
  readonly events: number;

  @Field(() => String, { description: 'Root of the tree over the events\' hashes in log order (RFC 9162 with SHA-256; a leaf\'s data is an event\'s hash as 32 bytes). 64 hex digits.' })
  readonly root: string;

  @Field(() => DateTimeISO, { description: 'When it was signed.' })
  readonly time: string;

  @Field(() => ID, { description: 'Which key signed it: the SHA-256 of the public key\'s SPKI, 64 hex digits.' })
  readonly keyId: string;

  @Field(() => String, { description: 'The public key: SPKI in base64.' })
  readonly publicKey: string;

  @Field(() => String, { description: 'The text that is signed: the statement as canonical JSON (RFC 8785).' })
  readonly statement: string;

  @Field(() => String, { description: 'The signature over the statement\'s UTF-8: Ed25519, in base64.' })
  readonly signature: string;
}

@ObjectType('InclusionProof', { simpleResolvers: true, description: 'Proves that an event stands in the log that a checkpoint is about (RFC 9162, section 2.1.3).' })
export class InclusionProof implements InclusionProofRow {
  @Field(() => String, { description: 'The event\'s hash, which is the leaf\'s data: 64 hex digits.' })
  readonly eventHash: string;

  @Field(() => Int, { description: 'The event\'s number in the log, from 0.' })
  readonly leafIndex: number;

  @Field(() => Int, { description: 'How many events the checkpoint covers.' })
  readonly treeSize: number;

  @Field(() => String, { description: 'The checkpoint\'s root.' })
  readonly root: string;

  @Field(() => [String], { description: 'The hashes beside the way from the leaf to the root, from the leaf upwards; 64 hex digits each.' })
  readonly path: readonly string[];
}

@ObjectType('ConsistencyProof', { simpleResolvers: true, description: 'Proves that the log of a checkpoint begins with the whole log of an earlier one (RFC 9162, section 2.1.4).' })
export class ConsistencyProof implements ConsistencyProofRow {
  @Field(() => Int, { description: 'How many events the earlier checkpoint covers.' })
  readonly fromSize: number;

  @Field(() => String, { description: 'The earlier checkpoint\'s root.' })
  readonly fromRoot: string;

  @Field(() => Int, { description: 'How many events the later checkpoint covers.' })
  readonly toSize: number;

  @Field(() => String, { description: 'The later checkpoint\'s root.' })
  readonly toRoot: string;

  @Field(() => [String], { description: 'The hashes of the proof in the order of RFC 9162; 64 hex digits each.' })
  readonly path: readonly string[];
}

@ObjectType('CheckpointEdge', { simpleResolvers: true, description: 'A checkpoint and its place in the list.' })
export class CheckpointEdge {
  constructor(private readonly edge: PageEdge<CheckpointRow>) {}

  @Field(() => Checkpoint, { description: 'The checkpoint.' })
  get node(): Checkpoint {
    return this.edge.node;
  }

  @Field(() => String, { description: 'Stands for this place in this list.' })
  get cursor(): string {
    return this.edge.cursor;
  }
}

@ObjectType('CheckpointConnection', { simpleResolvers: true, description: 'A page of the list of signed checkpoints, oldest first.' })
export class CheckpointConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  constructor(private readonly page: Page<CheckpointRow>) {
    this.pageInfo = page.pageInfo;
  }

  @Field(() => [CheckpointEdge], { description: 'The checkpoints of this page with their cursors.' })
  get edges(): CheckpointEdge[] {
    return this.page.edges.map((edge) => new CheckpointEdge(edge));
  }

  @Field(() => [Checkpoint], { description: 'The checkpoints of this page.' })
  get nodes(): readonly Checkpoint[] {
    return this.page.nodes;
  }
}
