/** How a person is called where one name is enough. */
export const nameOf = ({ name, keapId }: { readonly name?: string | null | undefined; readonly keapId: string }): string => name ?? keapId;
