/** JSON whose shape follows from its query. */
export type Json = ReturnType<typeof JSON.parse>;

/** What a GraphQL request was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Json;
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** A person with a token who sends requests over HTTP. */
export class Person {
  constructor(
    readonly url: string,
    readonly keapId: string,
    readonly token: string | null,
  ) {}

  /** Sends any GraphQL request. */
  async ask(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: unknown; errors?: Answer['errors'] };
    return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] };
  }

  /** The data of a query that is granted. @throws Error with the errors where it is not. */
  async read(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    const { data, errors } = await this.ask(query, variables, headers);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return data;
  }

  /**
   * Calls a mutation with its input; asks for `fields` of its success, and for every fact of a refusal.
   * @returns the union's member with its `__typename`. @throws Error for a GraphQL error.
   */
  async mutate(name: string, input: object, fields = 'position'): Promise<Json> {
    const type = name.charAt(0).toUpperCase() + name.slice(1);
    const query = `mutation ($input: ${inputTypeOf(name)}!) { ${name}(input: $input) { __typename ... on ${type}Success { ${fields} } ... on UserError { code message } ${factsOf(name)} } }`;
    return (await this.read(query, { input }))[name];
  }
}

const INPUT_TYPES: Readonly<Record<string, string>> = {
  resendInvitation: 'InvitationInput',
  revokeInvitation: 'InvitationInput',
  declineInvitation: 'AcceptInvitationInput',
};

/** The type of a mutation's input. */
export const inputTypeOf = (name: string): string => INPUT_TYPES[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;

const FACTS: Readonly<Record<string, string>> = {
  AlreadyInvited: 'invitationId expiresAt',
  NoLicenceAvailable: 'licences { total used reserved available }',
  RateLimited: 'retryAfterSeconds',
  WrongRecipient: 'maskedKeapId',
  HasAssignedContacts: 'count sample checkedAt: position',
  Rejection: 'field',
};

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  invitePartner: ['AlreadyInvited', 'RateLimited'],
  inviteUser: ['AlreadyInvited', 'NoLicenceAvailable', 'RateLimited'],
  resendInvitation: ['NoLicenceAvailable', 'RateLimited'],
  appointAdmin: ['NoLicenceAvailable'],
  acceptInvitation: ['WrongRecipient'],
  declineInvitation: ['WrongRecipient'],
  removeUser: ['HasAssignedContacts'],
  leaveApp: ['HasAssignedContacts'],
};

/** The selections of every fact of a mutation's refusals. */
export const factsOf = (name: string): string => [...(MEMBERS[name] ?? []), 'Rejection'].map((type) => `... on ${type} { ${FACTS[type] ?? ''} }`).join(' ');
