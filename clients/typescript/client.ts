/**
 * Follow a Jumelage registry: every change once and in order, whatever breaks in between.
 *
 * A client of graphql-ws whose subscriptions resume by themselves. Apollo Client, urql, Relay and others take it in the
 * place of graphql-ws's own. Knows that a cursor goes on just behind its message; knows nothing of what is followed.
 */
import { getOperationAST, parse } from "graphql";
import {
  type Client,
  type ClientOptions,
  type FormattedExecutionResult,
  type Sink,
  type SubscribePayload,
  createClient as createPlainClient,
} from "graphql-ws";

/** How far the feed has come for a subscription without news, and whether the registry's database is away. */
export interface Checkpoint {
  payload: SubscribePayload;
  cursor: string;
  stale: boolean;
}

export interface FollowingOptions extends ClientOptions {
  /** Called where a subscription's cursor, or what is known of the database, changed without a message. */
  onCheckpoint?: (checkpoint: Checkpoint) => void;
}

type Result = FormattedExecutionResult<Record<string, unknown>>;
type Reach = (cursor: string, stale: boolean) => void;

const FORBIDDEN = 4403;
// These say nothing about the subscription, although graphql-ws gives up on them.
const PASSING_CODES: unknown[] = [1011, 4500];
const PASSING_ERRORS: unknown[] = ["INTERNAL", "RATE_LIMITED", "TIMEOUT", "UNAVAILABLE"];
const KEEP_ALIVE_MS = 15_000;
const PAUSE_MAX_MS = 30_000;

/**
 * Creates a client of graphql-ws, with its options, whose subscriptions resume.
 *
 * A subscription must take `$after: String`, pass it as `after: $after` and select `cursor`; it is refused otherwise.
 * Without a value for `$after`, what is committed from then on is followed. A sink's `error` is called only where the
 * same would fail again: with the registry's errors, whose `extensions.code` says why, or with the event that closed
 * the socket. The socket is pinged every `keepAlive` milliseconds, 15,000 if not given, and left where nothing comes
 * within as many.
 */
export function createClient({ onCheckpoint, ...options }: FollowingOptions): Client {
  const reaches = new Map<string, Reach>();
  const disposers = new Set<() => void>();
  let [id, made] = ["", 0];
  const generateID = (payload: SubscribePayload) => (id = options.generateID?.(payload) ?? `${++made}`);
  const client = createWatchedClient({ ...options, generateID });
  client.on("ping", (received, payload) => {
    for (const [id, cursor] of Object.entries((received && payload?.["cursors"]) || {}))
      reaches.get(id)?.(cursor, payload?.["stale"] === true);
  });

  function follow(payload: SubscribePayload, sink: Sink<Result>): () => void {
    let after = payload.variables?.["after"];
    let attempts = 0;
    let current = "";
    let release = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    // graphql-ws sends the payload again after a break: it then names the newest cursor.
    const resumed = {
      ...payload,
      get variables() {
        return { ...payload.variables, after };
      },
    };

    function begin(): void {
      // Asked for at once: changes before the first message would be lost with the connection.
      const first = after === undefined || after === null;
      release = first ? client.subscribe({ query: "{ feedCursor }" }, asking) : client.subscribe(resumed, following);
      current = id;
      if (!first) reaches.set(current, reach);
    }
    const asking: Sink<Result> = {
      next: ({ data, errors }) => (data ? (after = data["feedCursor"]) : fail(errors)),
      error: fail,
      complete: () => disposers.has(dispose) && typeof after === "string" && begin(),
    };
    const following: Sink<Result> = {
      next(result) {
        if (!disposers.has(dispose)) return;
        const [answer] = Object.values(result.data ?? {}) as { cursor?: unknown }[];
        if (answer && typeof answer.cursor !== "string") {
          release();
          return end(() => sink.error(new Error("To be resumed, a subscription must select cursor.")));
        }
        attempts = 0;
        sink.next(result);
        if (answer) after = answer.cursor;
      },
      error: fail,
      complete: () => end(() => sink.complete()),
    };
    function reach(cursor: string, stale: boolean): void {
      attempts = 0;
      after = cursor;
      onCheckpoint?.({ payload, cursor, stale });
    }
    function fail(reason: unknown): void {
      reaches.delete(current);
      if (!disposers.has(dispose)) return;
      if (isPassing(reason)) timer = setTimeout(begin, pauseMs(attempts++));
      else end(() => sink.error(reason));
    }
    function end(tell: () => void): void {
      reaches.delete(current);
      clearTimeout(timer);
      if (disposers.delete(dispose)) tell();
    }
    function dispose(): void {
      release();
      end(() => sink.complete());
    }
    disposers.add(dispose);
    begin();
    return dispose;
  }

  function subscribe(payload: SubscribePayload, sink: Sink<Result>): () => void {
    if (!isSubscription(payload)) return client.subscribe(payload, sink);
    if (/\bafter\s*:\s*\$after\b/.test(payload.query)) return follow(payload, sink);
    sink.error(new Error("To be resumed, a subscription must take $after: String and pass it as after: $after."));
    return () => {};
  }

  function dispose(): void | Promise<void> {
    for (const end of [...disposers]) end();
    return client.dispose();
  }

  return {
    ...client,
    subscribe: subscribe as Client["subscribe"],
    iterate: ((payload) => iterate((sink) => subscribe(payload, sink))) as Client["iterate"],
    dispose,
  };
}

/** Creates a client of graphql-ws that tries for ever, and leaves a server that answers nothing. */
function createWatchedClient(options: ClientOptions): Client {
  const Socket = (options.webSocketImpl ?? globalThis.WebSocket) as typeof WebSocket | undefined;
  const keepAlive = options.keepAlive ?? KEEP_ALIVE_MS;
  let socket: WebSocket | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  let [letIn, connected] = [false, false];

  const client = createPlainClient({
    retryAttempts: Infinity,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, pauseMs(retries))),
    // A key that was let in before may have expired, and the next one be better.
    shouldRetry: (reason) => (reason as { code?: unknown }).code !== FORBIDDEN || letIn,
    ...options,
    keepAlive,
    webSocketImpl:
      Socket &&
      class extends Socket {
        constructor(...given: ConstructorParameters<typeof WebSocket>) {
          super(...given);
          socket = this;
        }
      },
  });
  const expect = () => {
    clearTimeout(overdue);
    if (keepAlive > 0) overdue = setTimeout(leave, keepAlive);
  };
  const leave = () => {
    if (!connected) return socket?.close();
    client.terminate();
    // The `ws` of Node would wait half a minute for a farewell.
    (socket as { terminate?: () => void }).terminate?.();
  };
  client.on("connecting", () => {
    letIn = false;
    expect();
  });
  client.on("connected", () => {
    letIn = connected = true;
    clearTimeout(overdue);
  });
  client.on("closed", () => {
    connected = false;
    clearTimeout(overdue);
  });
  client.on("ping", (received) => received || expect());
  client.on("pong", (received) => received && clearTimeout(overdue));

  async function dispose(): Promise<void> {
    const disposed = client.dispose();
    if (!connected) socket?.close();
    try {
      await disposed;
    } catch {
      // It was about to connect, and does not.
    }
  }

  return { ...client, dispose };
}

/** Waits longer each time, and not as long as everybody else. */
function pauseMs(attempts: number): number {
  return Math.random() * Math.min(1_000 * 2 ** attempts, PAUSE_MAX_MS);
}

function isSubscription({ query, operationName }: SubscribePayload): boolean {
  // One that an identifier names is somebody else's to resume.
  return Boolean(query) && getOperationAST(parse(query), operationName)?.operation === "subscription";
}

function isPassing(reason: unknown): boolean {
  if (Array.isArray(reason)) return PASSING_ERRORS.includes(reason[0]?.extensions?.code);
  return PASSING_CODES.includes((reason as { code?: unknown } | undefined)?.code);
}

/** Gives the messages one by one; whoever leaves the loop ends the subscription. */
function iterate(subscribe: (sink: Sink<Result>) => () => void): AsyncIterableIterator<Result> {
  const waiting: Result[] = [];
  let wake = () => {};
  let failure: { reason: unknown } | undefined;
  let done = false;
  const release = subscribe({
    next: (result) => (waiting.push(result), wake()),
    error: (reason) => ((failure = { reason }), wake()),
    complete: () => ((done = true), wake()),
  });
  return {
    async next() {
      while (!waiting.length && !failure && !done) await new Promise<void>((resolve) => (wake = resolve));
      const value = waiting.shift();
      if (value) return { done: false, value };
      if (failure) throw failure.reason;
      return { done: true, value: undefined };
    },
    async return() {
      release();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
