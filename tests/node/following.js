// The client of clients/typescript, by itself or below another one: prints what subscriptions are given, as lines of JSON.
import { ApolloClient, InMemoryCache, gql } from "@apollo/client/core";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { Client, subscriptionExchange } from "@urql/core";
import { createClient } from "jumelage-client";
import WebSocket from "ws";

// What browsers have, and Node only later.
globalThis.WebSocket ??= WebSocket;
const [url, given] = process.argv.slice(2);
const { subscriptions, through = {}, ...options } = JSON.parse(given);
const tell = (told) => console.log(JSON.stringify(told));
const answered = (name, { data }) => tell({ name, answer: Object.values(data)[0] });
const nameOf = (payload) => Object.keys(subscriptions).find((name) => subscriptions[name] === payload);
const client = createClient({
  ...options,
  url,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  onCheckpoint: ({ payload, cursor, stale }) => tell({ name: nameOf(payload), cursor, stale }),
});

const ways = {
  async nothing(name, payload) {
    try {
      for await (const result of client.iterate(payload)) answered(name, result);
      tell({ name, ended: true });
    } catch (reason) {
      tell({ name, refused: reason[0]?.extensions?.code ?? reason.code ?? reason.message });
    }
  },
  apollo(name, { query, variables }) {
    new ApolloClient({ link: new GraphQLWsLink(client), cache: new InMemoryCache() })
      .subscribe({ query: gql(query), variables })
      .subscribe((result) => answered(name, result));
  },
  urql(name, { query, variables }) {
    const forwardSubscription = (request) => ({
      subscribe: (sink) => ({ unsubscribe: client.subscribe(request, sink) }),
    });
    new Client({ url, exchanges: [subscriptionExchange({ forwardSubscription })] })
      .subscription(query, variables)
      .subscribe((result) => answered(name, result));
  },
};
for (const [name, payload] of Object.entries(subscriptions)) ways[through[name] ?? "nothing"](name, payload);
// Told to end, it leaves as an application does: once it has said goodbye nothing keeps the process.
process.stdin.on("end", () => client.dispose()).resume();
