import { createPublicKey, hash, verify } from 'node:crypto';
import { isIncluded, leafHash, isConsistent } from '../../src/proofs/merkleTree';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const bytes = (text: string): Buffer => Buffer.from(text, 'hex');
const CHECKPOINT = 'storeId position events root time keyId publicKey statement signature';

describe('proofs over GraphQL', () => {
  let service: TestService;
  let auditor: Person;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start({ env: { CHECKPOINT_EVERY_EVENTS: '3' } });
    auditor = await service.as('auditor@example.com', 'auditor');
    app = await GivenApp.register(service);
    await app.join('partner');
    await app.join('other');
  });
  afterAll(() => service.close());

  /** Queries until a checkpoint covers this number of events. */
  const latest = async (events: number): Promise<Json> => {
    for (;;) {
      const { latestCheckpoint } = await auditor.read(`{ latestCheckpoint { ${CHECKPOINT} } }`);
      if (latestCheckpoint?.events >= events) return latestCheckpoint;
    }
  };

  /** Reads until no checkpoint was signed meanwhile: they are signed in the background. */
  const withoutNewCheckpoint = async <T>(read: () => Promise<T>): Promise<T> => {
    for (;;) {
      const before = await latest(6);
      const answer = await read();
      if ((await latest(6)).events === before.events) return answer;
    }
  };

  it('return the latest checkpoint, signed', async () => {
    const { statement, signature, publicKey, keyId, ...shown } = await latest(6);
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from(statement), key, Buffer.from(signature, 'base64'))).toBe(true);
    expect(hash('sha256', Buffer.from(publicKey, 'base64'), 'hex')).toBe(keyId);
    expect(JSON.parse(statement)).toEqual({ format: 'partner-access checkpoint 1', ...shown });
  });

  it('prove by its own hash that an event is in a checkpoint', async () => {
    const checkpoint = await latest(6);
    const { membershipEvents } = await auditor.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 3) { nodes { position hash } } }', { appId: app.appId });
    for (const { position, hash: eventHash } of membershipEvents.nodes) {
      const { inclusionProof } = await auditor.read(
        'query ($position: LogPosition!, $checkpoint: LogPosition!) { inclusionProof(position: $position, checkpoint: $checkpoint) { eventHash leafIndex treeSize root path } }',
        { position, checkpoint: checkpoint.position },
      );
      expect(inclusionProof).toMatchObject({ eventHash, treeSize: checkpoint.events, root: checkpoint.root });
      expect(isIncluded(leafHash(bytes(eventHash)), inclusionProof.leafIndex, inclusionProof.treeSize, inclusionProof.path.map(bytes), bytes(checkpoint.root))).toBe(true);
    }
  });

  it('prove that a later checkpoint continues an earlier one; pages list all of them', async () => {
    const { all, last } = await withoutNewCheckpoint(async () => {
      const pages: Json[] = [];
      for (let after: string | null = null; ;) {
        const { checkpoints }: Json = await auditor.read(`query ($after: String) { checkpoints(first: 1, after: $after) { nodes { ${CHECKPOINT} } edges { cursor } pageInfo { hasNextPage endCursor } } }`, { after });
        pages.push(checkpoints);
        if (!checkpoints.pageInfo.hasNextPage) break;
        after = checkpoints.pageInfo.endCursor;
      }
      const { checkpoints } = await auditor.read('{ checkpoints(last: 1) { nodes { events } pageInfo { hasPreviousPage } } }');
      return { all: pages.flatMap(({ nodes }) => nodes), last: checkpoints };
    });
    expect(all.length).toBeGreaterThan(1);
    expect(last).toEqual({ nodes: [{ events: all.at(-1).events }], pageInfo: { hasPreviousPage: true } });
    const [from, to] = [all[0], all.at(-1)];
    const { consistencyProof: proof } = await auditor.read(
      'query ($from: LogPosition!, $to: LogPosition!) { consistencyProof(from: $from, to: $to) { fromSize fromRoot toSize toRoot path } }',
      { from: from.position, to: to.position },
    );
    expect(proof).toMatchObject({ fromSize: from.events, fromRoot: from.root, toSize: to.events, toRoot: to.root });
    expect(isConsistent({ size: proof.fromSize, root: bytes(proof.fromRoot) }, { size: proof.toSize, root: bytes(proof.toRoot) }, proof.path.map(bytes))).toBe(true);
    const { errors } = await auditor.ask('query ($from: LogPosition!, $to: LogPosition!) { consistencyProof(from: $from, to: $to) { toSize } }', { from: to.position, to: from.position });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('report what cannot be proved', async () => {
    const { position } = await latest(6);
    const asked = async (event: string, checkpoint: string): Promise<Json> => (await auditor.ask(`{ inclusionProof(position: "${event}", checkpoint: "${checkpoint}") { root } }`)).errors;
    expect(await asked(position, '9999999999999999')).toMatchObject([{ message: expect.stringContaining('No checkpoint was signed at position 9999999999999999'), extensions: { code: 'BAD_USER_INPUT' } }]);
    const { checkpoints } = await auditor.read('{ checkpoints(first: 1) { nodes { position } } }');
    expect(checkpoints.nodes[0].position < position).toBe(true);
    expect(await asked(position, checkpoints.nodes[0].position)).toMatchObject([{ message: expect.stringContaining('came after the checkpoint at'), extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await asked('0000000000000000', position)).toMatchObject([{ message: expect.stringContaining('No event stands at position'), extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('are for auditors and operators', async () => {
    const operator = await service.as('operator@example.com', 'operator');
    expect((await operator.ask('{ latestCheckpoint { root } }')).errors).toEqual([]);
    for (const query of ['latestCheckpoint { root }', 'checkpoints { nodes { root } }', 'inclusionProof(position: "0000000000000001", checkpoint: "0000000000000001") { root }', 'consistencyProof(from: "0000000000000001", to: "0000000000000001") { toRoot }']) {
      expect((await app.owner.ask(`{ ${query} }`)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});
