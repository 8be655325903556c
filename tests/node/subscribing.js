// Clients as they are published, each with a subscription: prints what they are given, as lines of JSON.
import { ApolloClient, ApolloLink, InMemoryCache, Observable, gql } from "@apollo/client/core";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { EventSource } from "eventsource";
import { print } from "graphql";
import { createClient as createSSE } from "graphql-sse";
import { createClient as createWS } from "graphql-ws";
import WebSocket from "ws";

// What browsers have, and Node only later.
globalThis.WebSocket ??= WebSocket;
const [url, authorization, query, given] = process.argv.slice(2);
const variables = JSON.parse(given);
const headers = { authorization };
const socketURL = url.replace("http", "ws");
const overSockets = () => createWS({ url: socketURL, connectionParams: { authorization } });
const overEvents = () => createSSE({ url, headers });
const tell = (client, { data, errors, error }) => {
  const refused = errors ?? error?.graphQLErrors ?? error?.errors ?? error;
  const told = refused ? { refused: refused[0]?.extensions?.code ?? String(refused) } : { answer: Object.values(data)[0] };
  console.log(JSON.stringify({ client, ...told }));
};

const plain = (name, client) =>
  client.subscribe(
    { query, variables },
    { next: (result) => tell(name, result), error: (errors) => tell(name, { errors }), complete() {} },
  );
plain("graphql-ws", overSockets());
plain("graphql-sse", overEvents());

const urql = (name, options) =>
  new Client({ url, preferGetMethod: false, fetchOptions: { headers }, ...options })
    .subscription(query, variables)
    .subscribe((result) => tell(name, result));
const forwarded = overSockets();
const forwardSubscription = (request) => ({
  subscribe: (sink) => ({ unsubscribe: forwarded.subscribe({ ...request, query: request.query ?? "" }, sink) }),
});
urql("urql over WebSocket", { exchanges: [subscriptionExchange({ forwardSubscription })] });
urql("urql over SSE", { exchanges: [fetchExchange], fetchSubscriptions: true });

const apollo = (name, link) =>
  new ApolloClient({ link, cache: new InMemoryCache() })
    .subscribe({ query: gql(query), variables })
    .subscribe({ next: (result) => tell(name, result), error: (error) => tell(name, { error }) });
const events = overEvents();
const overSSE = new ApolloLink(
  ({ query, ...operation }) =>
    new Observable((sink) =>
      events.subscribe(
        { ...operation, query: print(query) },
        { next: sink.next.bind(sink), complete: sink.complete.bind(sink), error: sink.error.bind(sink) },
      ),
    ),
);
apollo("Apollo over WebSocket", new GraphQLWsLink(overSockets()));
apollo("Apollo over SSE", overSSE);

const asked = new URLSearchParams({ query, variables: given });
const source = new EventSource(`${url}?${asked}`, {
  fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...headers } }),
});
source.addEventListener("next", ({ data }) => tell("EventSource", JSON.parse(data)));
source.addEventListener("complete", () => source.close());

process.stdin.on("end", () => process.exit()).resume();
