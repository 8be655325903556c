// The client of clients/typescript, as an application uses it: prints what each of its subscriptions is given, as lines of JSON.
import { createClient } from "jumelage-client";
import WebSocket from "ws";

const [url, given] = process.argv.slice(2);
const { subscriptions, ...options } = JSON.parse(given);
const tell = (told) => console.log(JSON.stringify(told));
const nameOf = (payload) => Object.keys(subscriptions).find((name) => subscriptions[name] === payload);
const client = createClient({
  ...options,
  url,
  webSocketImpl: WebSocket,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  onCheckpoint: ({ payload, cursor, stale }) => tell({ name: nameOf(payload), cursor, stale }),
});
for (const [name, payload] of Object.entries(subscriptions))
  (async () => {
    try {
      for await (const { data } of client.iterate(payload)) tell({ name, answer: Object.values(data)[0] });
      tell({ name, ended: true });
    } catch (reason) {
      tell({ name, refused: reason[0]?.extensions?.code ?? reason.code ?? reason.message });
    }
  })();
// Told to end, it leaves as an application does: once it has said goodbye nothing keeps the process.
process.stdin.on("end", () => client.dispose()).resume();
