import { defineConfig } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';
import { mayImportOnly } from './lint/mayImportOnly.mjs';
import { zones } from './lint/zones.mjs';

const typeScript = ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'client/**/*.ts', 'docs/**/*.ts', 'web/**/*.ts', 'web/**/*.tsx'];

/** Shapes that the language has and this project does without. */
const unwanted = {
  implicitGraphqlType: {
    selector: 'Decorator > CallExpression[callee.name=/^(Field|Query|Mutation|Subscription|Arg|Args)$/]:not(:has(> ArrowFunctionExpression))',
    message: 'Name the GraphQL type, as in `@Field(() => String)`: types are not written into the compiled code, so nothing can be guessed from them.',
  },
  prefixedInterface: {
    selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z][a-z]/]',
    message: 'Name the interface after what it is, without an I in front.',
  },
  focusedOrSkippedTest: {
    selector: 'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo|failing)$/]',
    message: 'Every test runs, every time. Make it work or remove it.',
  },
  retriedTest: {
    selector: 'MemberExpression[object.name="jest"][property.name="retryTimes"]',
    message: 'A test that needs a second try hides a race. Wait for the condition instead.',
  },
};

export default defineConfig(
  { ignores: ['dist/', 'dist-bench/', 'client/dist/', '**/__generated__/', '.wireit/', 'node_modules/', 'data/', 'coverage/', 'test/client/project/', 'docs/front-ends/generated/'] },
  {
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    plugins: { 'import-x': importX, jsdoc, house: { rules: { 'may-import-only': mayImportOnly } } },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/extensions': ['.ts', '.mjs', '.js'],
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js', '.json'] })],
    },
  },
  {
    files: typeScript,
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './client/tsconfig.json', './web/tsconfig.json', './web/src/verifier/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // `async` also turns a throw into a rejection, with nothing to await.
      '@typescript-eslint/require-await': 'off',
      // The caller of a query or of stored JSON names the type of what it reads, which is the only place that knows it.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The characters of a string are counted as code points, which is what the product's limits mean.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'import-x/no-default-export': 'error',
      'import-x/no-mutable-exports': 'error',
      'import-x/no-duplicates': ['error', { 'prefer-inline': true }],
      'no-restricted-syntax': ['error', ...Object.values(unwanted)],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: ['error', 'multi-line'],
      'prefer-const': 'error',
      'no-var': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'jsdoc/match-description': ['error', { contexts: ['any'], mainDescription: { match: '/^\\s*[A-Z][\\s\\S]*[.:?!](?:\\s+@throws [\\s\\S]+)?\\s*$/u', message: 'A doc comment is a sentence that stands alone: it begins with a capital letter and ends with a full stop.' } }],
      'jsdoc/no-blank-block-descriptions': 'error',
      'max-lines': ['error', { max: 350 }],
      'no-console': 'error',
      'import-x/no-extraneous-dependencies': ['error', { devDependencies: false, includeTypes: true }],
    },
  },
  {
    files: ['src/resolvers/*/**/*.ts', 'src/server/*/**/*.ts', 'src/proofs/*/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{
          group: ['../*/mutations', '../*/resolver', '../*/subscription'],
          message: 'Another slice may be asked for its types and queries, not for its mutations, resolver or subscription: move what both need into `types` or into the folder `shared`.',
        }],
      }],
    },
  },
  ...zones.map(({ sources, ...zone }) => ({ files: sources, rules: { 'house/may-import-only': ['error', zone] } })),
  {
    // GraphQL reads an answer field by field: a row with the fields of an object type is one, whichever class made it.
    files: ['src/resolvers/**/*.ts'],
    rules: { '@typescript-eslint/no-unsafe-class-instance-assignment': 'off' },
  },
  {
    // Vite wants its configuration as a default export.
    files: ['web/vite.config.ts'],
    rules: { 'import-x/no-default-export': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests hand methods to `expect` and know that an element they have just put there is there.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // What an answer's JSON holds is what they find out.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
