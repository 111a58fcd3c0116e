import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityDocument, UPDATE_COMMAND } from './identityDocument';
import { type Result, resultOf, type Situation, situations } from './identityTable';

const DOCUMENT = join(__dirname, '..', '..', '..', 'docs', 'identity.md');

/** Who holds X at the request: the rule in words, apart from the service. */
function holderOf({ former, later, token }: Situation): 'caller' | 'other' | 'nobody' {
  if (token === 'now') return 'caller';
  const known = later === 'nothing' ? former : later === 'released' ? 'nobody' : later;
  if (token === 'elsewhere' || later === 'other' || (later === 'released' && former === 'caller')) return known;
  return 'caller';
}

function expected(situation: Situation): Result {
  const { former, token, reference, membership } = situation;
  if ((membership === 'active' || membership === 'moved') && former === 'caller') return 'notInvited';
  if (membership === 'otherActive' && former === 'other') return 'notInvited';
  const holds = holderOf(situation) === 'caller';
  if (reference === 'id' && !(holds && token !== 'elsewhere')) return 'notFound';
  if (reference === 'link' && !holds) return 'wrongRecipient';
  if (membership === 'elsewhere' || membership === 'active' || membership === 'moved') return 'member';
  if (membership === 'left') return 'returns';
  return membership === 'otherLeft' && former === 'other' ? 'apart' : 'joins';
}

describe('who may accept an invitation to an address', () => {
  it('is decided in every situation as the rule says', async () => {
    const wrong: unknown[] = [];
    for (const situation of situations) {
      const result = await resultOf(situation);
      if (result !== expected(situation)) wrong.push({ ...situation, result, expected: expected(situation) });
    }
    expect(wrong).toEqual([]);
    expect(situations.length).toBeGreaterThan(500);
    expect(new Set(situations.map(expected)).size).toBe(7);
  });

  it('is documented', async () => {
    const document = await identityDocument();
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(DOCUMENT, document);
    expect(existsSync(DOCUMENT)).toBe(true);
    if (readFileSync(DOCUMENT, 'utf8') !== document) throw new Error(`docs/identity.md is outdated. Run: ${UPDATE_COMMAND}`);
  });
});
