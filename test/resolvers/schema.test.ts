import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema, findBreakingChanges, getIntrospectionQuery, graphqlSync, isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType, validateSchema, type GraphQLArgument, type GraphQLNamedType,
} from 'graphql';
import { buildApiSchema, printApiSchema } from '../../src/resolvers/schema';

const read = (...path: string[]): string => readFileSync(join(__dirname, '..', ...path), 'utf8');

const undescribedArguments = (owner: string, args: readonly GraphQLArgument[]): string[] =>
  args.filter(({ description }) => !description).map(({ name }) => `${owner}(${name})`);

function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description ? [] : [type.name];
  const note = (name: string, description: string | null | undefined): void => {
    if (!description) missing.push(`${type.name}.${name}`);
  };
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      note(field.name, field.description);
      missing.push(...undescribedArguments(`${type.name}.${field.name}`, field.args));
    }
  }
  if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) note(field.name, field.description);
  if (isEnumType(type)) for (const value of type.getValues()) note(value.name, value.description);
  return missing;
}

describe('the schema', () => {
  const schema = buildApiSchema();

  it('equals schema.graphql', () => {
    expect(printApiSchema()).toBe(read('..', 'schema.graphql'));
  });

  it('has no breaking changes against the contract with front-end teams and auditors', () => {
    expect(findBreakingChanges(buildSchema(read('fixtures', 'contract.graphql')), schema)).toEqual([]);
  });

  it('describes every type, field, argument and value', () => {
    const own = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type));
    expect(own.length).toBeGreaterThan(80);
    expect(own.flatMap(undescribed)).toEqual([]);
  });

  it('is valid, and answers every question about itself', () => {
    expect(validateSchema(schema)).toEqual([]);
    expect(graphqlSync({ schema, source: getIntrospectionQuery() }).errors).toBeUndefined();
  });
});
