import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import pg from "pg";
import { loaders, query, statements } from "./loaders.mjs";
import { recordSigning } from "./recording.mjs";

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

function page(rows, first) {
  const nodes = rows.slice(0, first);
  const last = nodes.at(-1);
  const endCursor = last ? Buffer.from(JSON.stringify([last.signed, last.id])).toString("base64url") : null;
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } };
}

const country = (row, _arguments, { load }) => row.country_code && load.countryNames.load(row.country_code);

const resolvers = {
  Query: {
    agreement: async (_root, { id }) => (await query(pool, "agreement", statements.agreement, [id]))[0] ?? null,
    agreements: async (_root, { filter, first }) => {
      if (!filter) return page(await query(pool, "page", statements.page, [first + 1]), first);
      const { kind, signedOn, party } = filter;
      const given = [first + 1, kind.equals, signedOn.from, signedOn.to, party.city.country.equals];
      return page(await query(pool, "filtered", statements.filtered, given), first);
    },
    agreementStats: () => query(pool, "kinds", statements.kinds, []),
    city: async (_root, { ref }) => (await query(pool, "city", statements.city, [ref.id]))[0] ?? null,
    search: async (_root, { text, first }) => ({ nodes: await query(pool, "search", statements.search, [text, first]) }),
  },
  Mutation: { recordSigning: (_root, { input }) => recordSigning(pool, input) },
  SearchResult: { __resolveType: () => "City" },
  Party: { __resolveType: ({ id }) => (id.startsWith("cty_") ? "City" : "Organization") },
  Agreement: {
    signedOn: ({ signed_on }) => signed_on,
    parties: ({ id }, _arguments, { load }) => load.parties.load(id),
    signatories: ({ id }, _arguments, { load }) => load.signatories.load(id),
    areas: ({ id }, _arguments, { load }) => load.agreementAreas.load(id),
    event: ({ event_id }, _arguments, { load }) => event_id && load.events.load(event_id),
  },
  AgreementParty: {
    nameAsSigned: ({ name_as_signed }) => name_as_signed,
    party: ({ city_id, organization_id }, _arguments, { load }) =>
      city_id ? load.cities.load(city_id) : load.organizations.load(organization_id),
  },
  City: {
    nativeName: ({ native_name }) => native_name,
    country,
    partners: async ({ id }, { first }, { load }) => ({ nodes: (await load.partners.load(id)).slice(0, first) }),
    agreements: async ({ id }, { first }, { load }) => ({ nodes: await load.newestAgreements.load({ id, first }) }),
  },
  Organization: { country },
  Person: { nativeName: ({ native_name }) => native_name },
  Signatory: { person: ({ person_id }, _arguments, { load }) => load.people.load(person_id) },
  AgreementArea: { area: ({ area_id }, _arguments, { load }) => load.areas.load(area_id) },
  Event: {
    startsOn: ({ starts_on }) => starts_on,
    city: ({ city_id }, _arguments, { load }) => city_id && load.cities.load(city_id),
  },
};

const yoga = createYoga({
  schema: createSchema({ typeDefs: readFileSync(new URL("schema.graphql", import.meta.url), "utf8"), resolvers }),
  context: () => ({ load: loaders(pool) }),
  graphiql: false,
  landingPage: false,
  logging: "error",
});
createServer(yoga).listen(Number(process.env.PORT), "127.0.0.1");
