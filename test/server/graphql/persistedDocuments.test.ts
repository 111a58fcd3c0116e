import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Safelist } from '../../../src/server/graphql/documents';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { bodyOf, codesOf, recordingLogger, startTestServer, stopTestServers, type TestServer } from '../testServer';

afterEach(stopTestServers);

const query = 'query Echo($text: String) { echo(text: $text) }';
const hash = createHash('sha256').update(query).digest('hex');
const documentId = `sha256:${hash}`;
const variables = { text: 'a' };
const data = { echo: '{"text":"a"}' };

const get = ({ url }: TestServer, parameters: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${url}/graphql?${new URLSearchParams(parameters).toString()}`, { headers: { 'apollo-require-preflight': 'true' } });

describe('a document that is named by its id (GraphQL over HTTP, persisted documents)', () => {
  it('is answered by POST and by GET once it was sent with its text', async () => {
    const server = await startTestServer();
    expect(await codesOf(await server.ask({ documentId, variables }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(await bodyOf(await server.ask({ documentId, query, variables }))).toEqual({ data });
    expect(await bodyOf(await server.ask({ documentId, variables, operationName: 'Echo' }))).toEqual({ data });
    expect(await bodyOf(await get(server, { documentId, variables: JSON.stringify(variables) }))).toEqual({ data });
  });

  it('is the same as the one that Apollo\'s extension names', async () => {
    const { ask } = await startTestServer();
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    await ask({ query, extensions });
    expect(await bodyOf(await ask({ documentId, variables }))).toEqual({ data });
    expect(await codesOf(await ask({ documentId, extensions, variables }))).toEqual(['BAD_USER_INPUT']);
  });

  it.each(['', 7, [], 'sha256:', `sha256:${hash.toUpperCase()}`, `md5:${hash}`, 'x'.repeat(201)])('must have an id of a known form, not %j', async (wrong) => {
    const { ask } = await startTestServer();
    const response = await ask({ documentId: wrong, query });
    expect([response.status, (await bodyOf(response)).errors?.[0]?.message]).toEqual([400, expect.stringContaining('"documentId" must be "sha256:"')]);
  });

  it('must have the text that its id stands for', async () => {
    const { ask } = await startTestServer();
    const { errors } = await bodyOf(await ask({ documentId, query: '{ viewer }' }));
    expect(errors?.[0]?.message).toBe('"documentId" is not the SHA-256 of the query in hex.');
  });

  it('may be named by its id in the safelist, and is then the only kind that is answered', async () => {
    const directory = temporaryDirectory();
    const file = join(directory.path, 'operations.json');
    writeFileSync(file, JSON.stringify({ operations: [{ id: 'echo-v1', body: query }] }));
    const server = await startTestServer({ safelist: new Safelist(file, recordingLogger().logger) });
    directory.remove();
    for (const known of ['echo-v1', documentId]) expect(await bodyOf(await server.ask({ documentId: known, variables }))).toEqual({ data });
    expect(await bodyOf(await get(server, { documentId: 'echo-v1', variables: JSON.stringify(variables) }))).toEqual({ data });
    expect(await codesOf(await server.ask({ documentId: 'echo-v2' }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect((await server.ask({ query: '{ viewer }' })).status).toBe(400);
  });
});
