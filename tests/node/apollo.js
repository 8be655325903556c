// Apollo Client, as an application uses it: prints what it was given, as JSON.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { createHash } from "node:crypto";
import { reading, recording } from "./operations.js";

const [url, key, registering] = process.argv.slice(2);
const sent = [];
const watched = (address, options) => {
  sent.push(options.method);
  return fetch(address, options);
};
const http = (options) => new HttpLink({ uri: url, fetch: watched, ...options });
const client = (link) => new ApolloClient({ link, cache: new InMemoryCache() });
const sha256 = (text) => createHash("sha256").update(text).digest("hex");

const posting = client(http({ headers: { authorization: `Bearer ${key}` } }));
const getting = client(http({ useGETForQueries: true }));
const query = gql(reading);
const failed = await posting.query({ query: gql("query Failing { cities(first: 1000) { totalCount } }") }).catch((e) => e);
const hashed = (address) =>
  client(ApolloLink.from([new PersistedQueryLink({ sha256 }), new HttpLink({ uri: address, fetch: watched })]));

const told = {
  posted: (await posting.query({ query, variables: { first: 2 } })).data,
  got: (await getting.query({ query, variables: { first: 2 } })).data,
  recorded: (await posting.mutate({ mutation: gql(recording), variables: { input: JSON.parse(process.argv[5]) } })).data,
  failed: CombinedGraphQLErrors.is(failed) ? failed.errors[0].extensions.code : String(failed),
};
sent.length = 0;
told.unregistered = (await hashed(url).query({ query, variables: { first: 2 } })).data;
told.sentToOneThatRegistersNothing = sent.length;
sent.length = 0;
told.registered = (await hashed(registering).query({ query, variables: { first: 2 } })).data;
told.sentAtFirst = sent.length;
sent.length = 0;
told.again = (await hashed(registering).query({ query, variables: { first: 2 } })).data;
told.sentAgain = sent.length;
console.log(JSON.stringify(told));
