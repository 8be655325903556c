// What the clients ask for.
export const reading = `
  query Reading($first: Int!) {
    agreements(first: $first) {
      totalCount
      nodes { __typename id title signedOn parties { party { __typename id name } } }
    }
  }
`;
export const recording = `
  mutation Recording($input: RecordSigningInput!) {
    recordSigning(input: $input) { __typename replayed agreement { __typename id title } userErrors { code message } }
  }
`;
