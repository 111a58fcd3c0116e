import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const TOP = join(__dirname, '..');

/** Names of the fields of `data` by event type, from docs/events.md. */
function documented(): Record<string, string[]> {
  const rows = readFileSync(join(TOP, 'docs/events.md'), 'utf8').matchAll(/^\| `([A-Z]\w+)` \| ([^|]+) \| [^|]+ \|$/gm);
  return Object.fromEntries([...rows].map(([, type, fields]) => [type, [...(fields ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1])])) as Record<string, string[]>;
}

/** The same, from the types in src/domain/events.ts. */
function declared(): Record<string, string[]> {
  const file = join(TOP, 'src/domain/events.ts');
  const program = ts.createProgram([file], { strict: true, noLib: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const alias = source?.statements.find((statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === 'DomainEvent');
  if (!alias) throw new Error('src/domain/events.ts declares no DomainEvent');
  const union = checker.getTypeAtLocation(alias);
  const events = union.isUnion() ? union.types : [union];
  return Object.fromEntries(
    events.map((event) => {
      const type = typeOf(checker, event, 'type', alias);
      const data = typeOf(checker, event, 'data', alias);
      return [type.isStringLiteral() ? type.value : '', checker.getPropertiesOfType(data).map(({ name }) => name)];
    }),
  );
}

function typeOf(checker: ts.TypeChecker, owner: ts.Type, property: string, at: ts.Node): ts.Type {
  const symbol = checker.getPropertyOfType(owner, property);
  if (!symbol) throw new Error(`an event has no ${property}`);
  return checker.getTypeOfSymbolAtLocation(symbol, at);
}

describe('docs/events.md', () => {
  it('lists exactly the events that exist, with their fields', () => {
    expect(Object.keys(declared()).length).toBeGreaterThan(20);
    expect(documented()).toEqual(declared());
  });

  it('names the same events in its overview of streams', () => {
    const rows = readFileSync(join(TOP, 'docs/events.md'), 'utf8').matchAll(/^\| `[a-z]\S*` \| ((?:[A-Z]\w+(?:, )?)+) \|$/gm);
    expect([...rows].flatMap(([, types = '']) => types.split(', ')).sort()).toEqual(Object.keys(declared()).sort());
  });
});
