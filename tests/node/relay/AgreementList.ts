// Relay, as an application uses it: fragments, a page that grows, and a record fetched again by its identifier.
import { graphql } from "relay-runtime";
import type { AgreementListQuery } from "../build/relay/AgreementListQuery.graphql.js";
import type { AgreementList_city$data } from "../build/relay/AgreementList_city.graphql.js";
import type { AgreementListRecordMutation } from "../build/relay/AgreementListRecordMutation.graphql.js";

export const query = graphql`
  query AgreementListQuery($ref: CityRef!, $count: Int!) {
    city(ref: $ref) {
      name
      ...AgreementList_city @arguments(count: $count)
    }
  }
`;

export const fragment = graphql`
  fragment AgreementList_city on City
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" })
  @refetchable(queryName: "AgreementListPaginationQuery") {
    agreements(first: $count, after: $cursor) @connection(key: "AgreementList_agreements") {
      edges {
        node {
          title
          status
          signedOn
          parties {
            party {
              __typename
              name
              ... on City {
                country {
                  code
                }
              }
            }
          }
        }
      }
    }
  }
`;

export const mutation = graphql`
  mutation AgreementListRecordMutation($input: RecordSigningInput!) {
    recordSigning(input: $input) {
      replayed
      agreement {
        id
        title
      }
      userErrors {
        code
        message
      }
    }
  }
`;

export function titles(city: AgreementList_city$data): string[] {
  return city.agreements.edges.map((edge) => edge.node.title);
}

export function variables(name: string): AgreementListQuery["variables"] {
  return { ref: { named: { name, country: "TW" } }, count: 20 };
}

export function titleOf(answer: AgreementListRecordMutation["response"]): string | undefined {
  return answer.recordSigning.agreement?.title;
}
