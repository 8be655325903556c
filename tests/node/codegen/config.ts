// GraphQL Code Generator: the schema's types and the documents' types, as its client preset writes them.
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema/schema.graphql",
  documents: ["codegen/documents.graphql"],
  emitLegacyCommonJSImports: false,
  generates: {
    "build/codegen/": {
      preset: "client",
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: "sha256" } },
      config: { useTypeImports: true, enumsAsTypes: true, defaultScalarType: "string" },
    },
  },
};

export default config;
