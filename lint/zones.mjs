/**
 * Who may import whom, said positively: what is not listed is not allowed. Paths count from the top of the project and
 * carry no extension. `types` are files of which only types may be imported; `node:**` in packages is Node's own modules.
 */
const PORT = 'src/eventstore/eventStore';

/** What queries and commands read: the questions, their answers and how pages are asked for. Not tables, not databases. */
const READING = [
  'src/projections/*/queries',
  'src/projections/*/rows',
  'src/projections/paging/page',
  'src/projections/readModels',
  'src/projections/past/asOf',
];

/** The primitives that every room but the domain builds on. */
const CONCURRENCY = 'src/concurrency';

/** The interface through which spans are recorded. What exports them, src/composition knows. */
const TRACING = 'src/tracing/tracing';

export const zones = [
  {
    zone: CONCURRENCY,
    sources: ['src/concurrency.ts'],
    files: [],
    types: [],
    packages: ['node:**'],
    advice: 'It knows nothing of the program. Take what it has to call, such as the error of a caller that is refused, as an argument.',
  },
  {
    zone: 'src/tracing',
    sources: ['src/tracing/**/*.ts'],
    files: ['src/tracing/**'],
    types: [],
    packages: ['node:**', '@opentelemetry/**'],
    advice: 'It knows nothing of the program: names and attributes of spans are arguments.',
  },
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
    // The ASCII form of a domain (IDNA) is a pure function there.
    packages: ['node:url'],
    advice: 'The domain is plain values and pure functions. Let src/application look it up and hand it in with the command or the context.',
  },
  {
    zone: 'src/projections',
    sources: ['src/projections/**/*.ts'],
    files: ['src/projections/**', CONCURRENCY, TRACING, 'src/files/**', 'src/domain/**', PORT],
    types: [],
    packages: ['node:**', 'libsql', 'lodash.deburr', 'lru-cache'],
    advice: "A read model is made of events alone: use the domain's types, the port src/eventstore/eventStore.ts and other files of src/projections.",
  },
  {
    zone: 'src/application',
    sources: ['src/application/**/*.ts'],
    files: ['src/application/**', CONCURRENCY, TRACING, 'src/files/**', 'src/domain/**', PORT, ...READING],
    types: ['src/projections/live/projector'],
    packages: ['node:**', 'canonicalize', 'csv-parse', 'lru-cache', 'uuid'],
    advice: "Command handling knows the domain, the port src/eventstore/eventStore.ts and the projections' queries and rows. Take everything else as a constructor argument and let src/composition bring it.",
  },
  {
    zone: 'src/resolvers',
    sources: ['src/resolvers/**/*.ts'],
    files: ['src/resolvers/**', CONCURRENCY, 'src/application/**', 'src/domain/access', 'src/domain/domainError', 'src/domain/keapId', 'src/proofs/queries', ...READING],
    types: ['src/domain/**'],
    packages: ['node:**', 'dataloader', 'graphql', 'graphql-scalars', 'lru-cache', 'reflect-metadata', 'type-graphql'],
    advice: "A resolver holds no rule and knows no store: send a command of src/application, or ask the projections' queries of the request's context.",
  },
  {
    zone: 'src/eventstore',
    sources: ['src/eventstore/**/*.ts'],
    files: ['src/eventstore/**', 'src/files/**', CONCURRENCY],
    types: [],
    packages: ['node:**', '@eventstore/db-client', 'canonicalize', 'libsql', 'lru-cache', 'uuid'],
    advice: 'An adapter keeps events and knows nothing of what they mean: use the port src/eventstore/eventStore.ts and files of its own folder.',
  },
  {
    zone: 'src/proofs',
    sources: ['src/proofs/**/*.ts'],
    files: ['src/proofs/**', CONCURRENCY, 'src/files/**', 'src/eventstore/eventHash', 'src/eventstore/rawEvents', 'src/eventstore/people/envelope', 'src/projections/**', 'src/domain/**', PORT],
    types: [],
    packages: ['node:**', 'asn1js', 'lru-cache'],
    advice: 'A proof is about stored bytes and their hashes: use the port src/eventstore/eventStore.ts, its hashes and files of src/proofs. Which store there is, src/composition knows.',
  },
  {
    zone: 'src/server',
    sources: ['src/server/**/*.ts'],
    files: [
      'src/server/**', 'src/resolvers/**', 'src/application/**', CONCURRENCY, TRACING, 'src/config', 'src/settings/**', PORT, ...READING,
      'src/domain/access', 'src/domain/domainError', 'src/domain/fields', 'src/domain/keapId', 'src/domain/streams',
    ],
    types: ['src/domain/**', 'src/projections/live/projector'],
    packages: ['**'],
    advice: 'The server gets its store and everything that lives long as arguments; src/composition makes them.',
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
    zone: 'src/composition',
    sources: ['src/composition/**/*.ts'],
    files: ['src/**'],
    types: [],
    packages: ['**'],
    advice: 'The composition root makes what lives long. What is neither a file of src nor a package does not belong to the program.',
  },
  {
    zone: 'src/main.ts and src/cli',
    sources: ['src/cli/**/*.ts', 'src/developmentWelcome.ts', 'src/main.ts'],
    files: [
      'src/cli/**',
      'src/composition/**',
      'src/developmentWelcome',
      'src/config',
      'src/server/**',
      'src/resolvers/**',
      'src/application/**',
      'src/projections/**',
      'src/proofs/**',
      'src/domain/**',
      PORT,
      'src/files/temporaryDirectory',
      'src/eventstore/eventHash',
    ],
    types: [],
    packages: ['**'],
    advice: 'Which store there is, is decided in one place: ask src/composition for it.',
  },
];
