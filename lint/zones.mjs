/**
 * Who may import whom, said positively: what is not listed is not allowed. Paths count from the top of the project and
 * carry no extension. `types` are files of which only types may be imported; `node:**` in packages is Node's own modules.
 */
const PORT = 'src/eventstore/eventStore';

/** What queries and commands read: the questions, their answers and how pages are asked for. Not tables, not databases. */
const READING = [
  'src/projections/*Queries',
  'src/projections/*Rows',
  'src/projections/page',
  'src/projections/pageArguments',
  'src/projections/readModels',
  'src/projections/asOfReadModels',
];

export const zones = [
  {
    zone: 'src/files',
    sources: ['src/files/**/*.ts'],
    files: ['src/files/**'],
    types: [],
    packages: ['node:**'],
    advice: 'How files are kept is known here, what they hold is not.',
  },
  {
    zone: 'src/domain',
    sources: ['src/domain/**/*.ts'],
    files: ['src/domain/**'],
    types: [],
    packages: [],
    advice: 'The domain is plain values and pure functions. Let src/application look it up and hand it in with the command or the context.',
  },
  {
    zone: 'src/projections',
    sources: ['src/projections/**/*.ts'],
    files: ['src/projections/**', 'src/domain/**', PORT],
    types: [],
    packages: ['node:**', 'libsql', 'lru-cache'],
    advice: "A read model is made of events alone: use the domain's types, the port src/eventstore/eventStore.ts and other files of src/projections.",
  },
  {
    zone: 'src/application',
    sources: ['src/application/**/*.ts'],
    files: ['src/application/**', 'src/files/**', 'src/domain/**', PORT, ...READING],
    types: ['src/projections/projector'],
    packages: ['node:**', 'canonicalize', 'lru-cache', 'uuid'],
    advice: "Command handling knows the domain, the port src/eventstore/eventStore.ts and the projections' queries and rows. Take everything else as a constructor argument and let src/compositionRoot.ts bring it.",
  },
  {
    zone: 'src/resolvers',
    sources: ['src/resolvers/**/*.ts'],
    files: ['src/resolvers/**', 'src/application/**', 'src/domain/accessTable', 'src/domain/domainError', 'src/domain/keapId', 'src/proofs/proofQueries', ...READING],
    types: ['src/domain/**', 'src/proofs/proofRows'],
    packages: ['node:**', 'dataloader', 'graphql', 'graphql-scalars', 'lru-cache', 'reflect-metadata', 'type-graphql'],
    advice: "A resolver holds no rule and knows no store: send a command of src/application, or ask the projections' queries of the request's context.",
  },
  {
    zone: 'src/eventstore',
    sources: ['src/eventstore/**/*.ts'],
    files: ['src/eventstore/**'],
    types: [],
    packages: ['node:**', '@eventstore/db-client', 'canonicalize', 'libsql', 'uuid'],
    advice: 'An adapter keeps events and knows nothing of what they mean: use the port src/eventstore/eventStore.ts and files of its own folder.',
  },
  {
    zone: 'src/proofs',
    sources: ['src/proofs/**/*.ts'],
    files: ['src/proofs/**', 'src/files/**', 'src/eventstore/canonicalJson', 'src/eventstore/eventHash', 'src/eventstore/personEnvelope', 'src/eventstore/rawEvents', 'src/projections/**', 'src/domain/**', PORT],
    types: [],
    packages: ['node:**', 'lru-cache'],
    advice: 'A proof is about stored bytes and their hashes: use the port src/eventstore/eventStore.ts, its hashes and files of src/proofs. Which store there is, src/compositionRoot.ts knows.',
  },
  {
    zone: 'src/server',
    sources: ['src/server/**/*.ts'],
    files: ['src/server/**', 'src/resolvers/**', 'src/application/**', 'src/projections/**', 'src/domain/**', 'src/config', 'src/settings/**', PORT],
    types: [],
    packages: ['**'],
    advice: 'The server gets its store and everything that lives long as arguments; src/compositionRoot.ts makes them.',
  },
  {
    zone: 'src/config.ts and src/settings',
    sources: ['src/config.ts', 'src/settings/**/*.ts'],
    files: ['src/settings/**'],
    types: [],
    packages: ['node:**'],
    advice: 'Settings are read before anything else runs, so these files stand alone.',
  },
  {
    zone: 'src/main.ts and src/cli',
    sources: ['src/cli/**/*.ts', 'src/developmentWelcome.ts', 'src/main.ts'],
    files: [
      'src/cli/**',
      'src/compositionRoot',
      'src/developmentWelcome',
      'src/config',
      'src/server/**',
      'src/resolvers/**',
      'src/application/**',
      'src/projections/**',
      'src/proofs/**',
      'src/domain/**',
      PORT,
      'src/eventstore/eventHash',
    ],
    types: [],
    packages: ['**'],
    advice: 'Which store there is, is decided in one place: ask src/compositionRoot.ts for it.',
  },
];
