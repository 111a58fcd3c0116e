/** Texts of the page for front-end teams, in English. */
export const en = {
  signedInAs: 'Signed in as',
  nobody: 'nobody',
  person: '{name} ({part})',
  token: 'Bearer token',
  signedIn: 'Signed in',
  notSignedIn: 'Not signed in',
  saved: 'Saved operations',
  choose: 'Choose an operation',
  schema: 'Schema',
  settings: 'Settings',
} as const;
