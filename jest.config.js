/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  // The EventStoreDB client's generated code keeps a global, which connections still read while they close: jest would warn of it in the next file.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: false,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  // Packages that ship ES modules only, or import some at run time; jest runs CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(asn1js|@noble|@peculiar/utils|jose|uuid|lru-cache|@opentelemetry/otlp-exporter-base)/)'],
  // TypeScript wants the name of the compiled file in `import()`.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/test/support/asInProduction.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/failOnOutput.ts'],
  testSequencer: '<rootDir>/test/support/longestFirst.cjs',
  maxWorkers: 2,
  // Each suite leaves some memory behind in its worker, until collecting garbage takes a fifth of the time.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 120_000,
  clearMocks: true,
};
