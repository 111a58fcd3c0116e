/** An instance of a GraphQL type with exactly these fields. */
export const made = <T extends object>(Type: new () => T, fields: T): T => Object.assign(new Type(), fields);
