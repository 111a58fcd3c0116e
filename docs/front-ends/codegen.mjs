import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset';

export default {
  schema: 'schema.graphql',
  documents: 'docs/front-ends/operations.graphql',
  generates: {
    'docs/front-ends/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: { scalars: { ID: 'string', DateTimeISO: 'string', LogPosition: 'string' }, enumsAsTypes: true, useTypeImports: true },
      documentTransforms: [addTypenameSelectionDocumentTransform],
    },
  },
};
