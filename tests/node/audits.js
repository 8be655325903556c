// The audits of graphql-http, all of them, against a running server: prints a line of JSON for each.
import { auditServer } from "graphql-http";

for (const result of await auditServer({ url: process.argv[2] })) {
  const { id, name, status, reason } = result;
  console.log(JSON.stringify({ id, name, status, reason }));
}
