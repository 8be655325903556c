// The schema that PostGraphile makes of the registry's tables, with lists beside connections, filters by related
// records, and the list's usual order, whose index the registry has.
import { TYPES } from "postgraphile/@dataplan/pg";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { addPgTableOrderBy, orderByAscDesc } from "postgraphile/utils";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const SignedOrder = addPgTableOrderBy({ schemaName: "public", tableName: "agreement" }, ({ sql }) =>
  orderByAscDesc("SIGNED", (select) => ({
    fragment: sql`coalesce(${select.alias}.signed_on_earliest, '-infinity'::date)`,
    codec: TYPES.date,
  })),
);

export default {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset],
  plugins: [SignedOrder],
  // Columns without an index of their own can be filtered by too, as in the other contestants.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"] })],
  schema: { defaultBehavior: "+connection +list", connectionFilterRelations: true },
  grafserv: { graphiql: false, watch: false, outputDataAsString: true },
};
