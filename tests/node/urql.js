// urql, as an application uses it: prints what it was given, as JSON.
import { Client, fetchExchange } from "@urql/core";
import { reading, recording } from "./operations.js";

const [url, key, input] = process.argv.slice(2);
const client = (preferGetMethod) =>
  new Client({
    url,
    exchanges: [fetchExchange],
    preferGetMethod,
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
  });
const taken = async (result) => {
  const { data, error } = await result.toPromise();
  if (error) throw error;
  return data;
};
const failed = await client(false).query("{ cities(first: 1000) { totalCount } }", {}).toPromise();

console.log(
  JSON.stringify({
    posted: await taken(client(false).query(reading, { first: 2 })),
    got: await taken(client("force").query(reading, { first: 2 })),
    recorded: await taken(client(false).mutation(recording, { input: JSON.parse(input) })),
    failed: failed.error.graphQLErrors[0].extensions.code,
  }),
);
