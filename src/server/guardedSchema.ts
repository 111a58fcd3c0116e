import {
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLUnionType,
  isIntrospectionType,
  type GraphQLFieldConfigMap,
  type GraphQLFieldResolver,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLTypeResolver,
} from 'graphql';

type Resolver = GraphQLFieldResolver<unknown, unknown>;
type TypeResolver = GraphQLTypeResolver<unknown, unknown>;

/**
 * The same schema for compiled execution, with guarded resolvers. Compiled code reads properties and asks for types in the
 * callbacks of the promises that it waits for. What is thrown there, by a getter or a type resolver, would reject a promise that
 * nobody holds, which ends the process, and leave the request without an answer. Guarded, it is an error of the execution like any other.
 */
export function guardedSchema(schema: GraphQLSchema): GraphQLSchema {
  return new SchemaCopy().of(schema);
}

class SchemaCopy {
  readonly #copies = new Map<GraphQLNamedType, GraphQLNamedType>();

  of(schema: GraphQLSchema): GraphQLSchema {
    const { query, mutation, subscription, types, ...rest } = schema.toConfig();
    return new GraphQLSchema({
      ...rest,
      query: this.#root(query),
      mutation: this.#root(mutation),
      subscription: this.#root(subscription),
      types: types.filter((type) => !isIntrospectionType(type)).map((type) => this.#named(type)),
    });
  }

  #root(type: GraphQLObjectType | null | undefined): GraphQLObjectType | null {
    return type ? this.#object(type) : null;
  }

  /** Leaves and inputs hold no resolvers and stay the ones they are. */
  #named(type: GraphQLNamedType): GraphQLNamedType {
    if (type instanceof GraphQLObjectType) return this.#object(type);
    if (type instanceof GraphQLInterfaceType) return this.#interface(type);
    if (type instanceof GraphQLUnionType) return this.#union(type);
    return type;
  }

  #output(type: GraphQLOutputType): GraphQLOutputType {
    if (type instanceof GraphQLNonNull) {
      const inner = this.#output(type.ofType);
      return inner instanceof GraphQLNonNull ? inner : new GraphQLNonNull(inner);
    }
    if (type instanceof GraphQLList) return new GraphQLList(this.#output(type.ofType));
    if (type instanceof GraphQLObjectType) return this.#object(type);
    if (type instanceof GraphQLInterfaceType) return this.#interface(type);
    if (type instanceof GraphQLUnionType) return this.#union(type);
    return type;
  }

  #object(type: GraphQLObjectType): GraphQLObjectType {
    const known = this.#copies.get(type);
    if (known instanceof GraphQLObjectType) return known;
    const { isTypeOf, interfaces, fields, ...rest } = type.toConfig();
    const copy = new GraphQLObjectType({
      ...rest,
      interfaces: () => interfaces.map((one) => this.#interface(one)),
      fields: () => this.#fields(fields),
      isTypeOf: isTypeOf && ((value, context, info) => orOnThrow(() => isTypeOf(value, context, info), false)),
    });
    this.#copies.set(type, copy);
    return copy;
  }

  #interface(type: GraphQLInterfaceType): GraphQLInterfaceType {
    const known = this.#copies.get(type);
    if (known instanceof GraphQLInterfaceType) return known;
    const { resolveType, interfaces, fields, ...rest } = type.toConfig();
    const copy = new GraphQLInterfaceType({
      ...rest,
      interfaces: () => interfaces.map((one) => this.#interface(one)),
      fields: () => this.#fields(fields),
      resolveType: resolveType && guardedTypeResolver(resolveType),
    });
    this.#copies.set(type, copy);
    return copy;
  }

  #union(type: GraphQLUnionType): GraphQLUnionType {
    const known = this.#copies.get(type);
    if (known instanceof GraphQLUnionType) return known;
    const { resolveType, types, ...rest } = type.toConfig();
    const copy = new GraphQLUnionType({
      ...rest,
      types: () => types.map((one) => this.#object(one)),
      resolveType: resolveType && guardedTypeResolver(resolveType),
    });
    this.#copies.set(type, copy);
    return copy;
  }

  #fields(fields: GraphQLFieldConfigMap<unknown, unknown>): GraphQLFieldConfigMap<unknown, unknown> {
    const copies: GraphQLFieldConfigMap<unknown, unknown> = {};
    for (const [name, field] of Object.entries(fields)) {
      copies[name] = { ...field, type: this.#output(field.type), ...(field.resolve ? { resolve: guardedResolver(field.resolve) } : {}) };
    }
    return copies;
  }
}

function guardedResolver(resolve: Resolver): Resolver {
  return (parent, given, context, info) => guarded(resolve(parent, given, context, info));
}

/** A type that cannot be told is an error of the execution already. */
function guardedTypeResolver(resolveType: TypeResolver): TypeResolver {
  return (value, context, info, type) => orOnThrow(() => resolveType(value, context, info, type), undefined);
}

function orOnThrow<T>(give: () => T, otherwise: T): T {
  try {
    return give();
  } catch {
    return otherwise;
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

function guarded(value: unknown): unknown {
  if (isThenable(value)) return new GuardedPromise(value);
  if (Array.isArray(value) && value.some(isThenable)) return value.map(guardedItem);
  return value;
}

/** An item before it may throw, and then nobody comes to wait for this one. */
function guardedItem(item: unknown): unknown {
  if (isThenable(item)) item.then(undefined, () => undefined);
  return guarded(item);
}

/** Hands what its success callback throws to its failure callback, so that whoever counts settled promises counts this one. */
class GuardedPromise {
  constructor(private readonly promise: PromiseLike<unknown>) {}

  /** As compiled code calls it: with both callbacks, and without waiting for what they give. */
  then(onValue: (value: unknown) => void, onFailure: (reason: unknown) => void): void {
    const fail = (reason: unknown): void => orOnThrow(() => onFailure(reason), undefined);
    this.promise.then((value) => {
      try {
        onValue(guarded(value));
      } catch (error) {
        fail(error);
      }
    }, fail);
  }
}
