// Writes what changed in the API since the last release into docs/changelog.md, from the two schemas.
// With --check it writes nothing and ends with 1 when the page is not the one that it would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const RELEASE = '0.1.0';
const PAGE = 'docs/changelog.md';

const schema = (file) => buildSchema(readFileSync(file, 'utf8'));
const changes = (await diff(schema(`docs/api/schema-${RELEASE}.graphql`), schema('schema.graphql'))).filter(({ type }) => !type.includes('DESCRIPTION'));

const KINDS = [
  [CriticalityLevel.Breaking, 'Breaking', 'A client that uses these must change.'],
  [CriticalityLevel.Dangerous, 'Dangerous', 'A client goes on working, but may meet values that it does not know.'],
  [CriticalityLevel.NonBreaking, 'Added', 'A client need not do anything.'],
];

const section = ([level, title, advice]) => {
  const lines = changes.filter(({ criticality }) => criticality.level === level).map(({ message }) => `- ${message.replaceAll('\'', '`')}.`).sort();
  return lines.length === 0 ? [] : [`### ${title}`, '', advice, '', ...new Set(lines), ''];
};

const page = [
  '# Changelog of the API',
  '',
  `What changed in [the schema](../schema.graphql) since version ${RELEASE}, whose schema is [here](api/schema-${RELEASE}.graphql).`,
  'This page is written by `npm run docs:changelog`; descriptions do not count as changes.',
  '',
  '## Unreleased',
  '',
  ...(changes.length === 0 ? ['Nothing.', ''] : KINDS.flatMap(section)),
].join('\n');

if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page);
} else if (readFileSync(PAGE, 'utf8') !== page) {
  process.stderr.write(`${PAGE} does not tell what changed in schema.graphql. Run \`npm run docs:changelog\` and commit the page.\n`);
  process.exit(1);
}
