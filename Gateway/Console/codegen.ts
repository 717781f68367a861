import type { CodegenConfig } from '@graphql-codegen/cli';

// The types of the API, and of every document in src, from the schema that the gateway serves.
export default {
  schema: '../schema.graphql',
  documents: 'src/**/*.{ts,tsx}',
  ignoreNoDocuments: true,
  generates: {
    'src/api/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        defaultScalarType: 'unknown',
        scalars: { Date: 'string', DateTime: 'string', Decimal: 'number', Long: 'number' },
      },
    },
  },
} satisfies CodegenConfig;
