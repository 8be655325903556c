// The types that GraphQL Code Generator wrote, used as an application uses them.
import { AgreementListDocument, RecordSigningDocument, TimelineDocument } from "../build/codegen/graphql.js";
import type {
  AgreementListQuery,
  AgreementListQueryVariables,
  CityByNameQueryVariables,
  CityRef,
  RecordSigningMutationVariables,
  TimelineQuery,
} from "../build/codegen/graphql.js";

export const page: AgreementListQueryVariables = {
  filter: { kind: { in: ["SISTER_CITY"] }, party: { city: { name: { equals: "Taipei" } } }, not: { status: { equals: "PLANNED" } } },
  first: 5,
};
export const byName: CityByNameQueryVariables = { ref: { named: { name: "Taipei", country: "TW" } } };
// @ts-expect-error  a reference names a city in one way, not in two
export const twice: CityRef = { id: "cty_1", named: { name: "Taipei", country: "TW" } };
export const signing: RecordSigningMutationVariables = {
  input: { idempotencyKey: "one", kind: "SISTER_CITY", signedOn: "2024-03", parties: [{ party: { city: { id: "cty_1" } } }] },
};
// @ts-expect-error  a signing has a key
export const keyless: RecordSigningMutationVariables = { input: { kind: "SISTER_CITY", parties: [] } };

export function countries(answer: AgreementListQuery): string[] {
  return answer.agreements.nodes.flatMap((node) =>
    node.parties.map(({ party }) => (party.__typename === "City" ? party.country.code : (party.kind ?? "none"))),
  );
}

export function names(answer: TimelineQuery): string[] {
  return (answer.relationship?.timeline.nodes ?? []).map((node) => {
    switch (node.__typename) {
      case "Agreement":
        return node.title;
      case "Contribution":
        return node.description;
      case "Event":
      case "Delegation":
        return node.name;
    }
  });
}

export const documents = [AgreementListDocument, RecordSigningDocument, TimelineDocument];
