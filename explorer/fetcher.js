// Carries an operation to the service: subscriptions by WebSocket, all else by POST.
import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-ws";

const ENDPOINT = "/graphql";
const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

export function fetcher(operation, { headers = {}, documentAST } = {}) {
  return isSubscription(operation, documentAST) ? follow(operation, headers) : post(operation, headers);
}

function isSubscription({ query, operationName }, documentAST) {
  try {
    return getOperationAST(documentAST ?? parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // The service explains a syntax error better than we can.
  }
}

// What goes wrong on the way is told as a GraphQL error: an exception would be shown with its stack.
function failure(message) {
  return { errors: [{ message }] };
}

async function post(operation, headers) {
  let response, text;
  try {
    response = await fetch(ENDPOINT, {
      method: "POST",
      headers: { Accept: ACCEPT, "Content-Type": "application/json", ...headers },
      body: JSON.stringify(operation),
    });
    text = await response.text();
  } catch (problem) {
    return failure(`The service could not be asked (${problem.message}). Check that it runs and that the headers are valid.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return failure(`The service answered ${response.status} ${response.statusText}, not JSON: ${text.slice(0, 500)}`);
  }
}

// One connection for each subscription: the key is given when a connection opens, and every tab has its own.
function follow(operation, headers) {
  return {
    subscribe(sink) {
      let lastCursor;
      const client = createClient({
        url: new URL(ENDPOINT, window.location.href).href.replace(/^http/, "ws"),
        connectionParams: connectionParams(headers),
        // A retry would repeat the first cursor and so the messages already shown.
        retryAttempts: 0,
      });
      const stop = client.subscribe(operation, {
        next(result) {
          lastCursor = Object.values(result.data ?? {})[0]?.cursor ?? lastCursor;
          sink.next(result);
        },
        error(problem) {
          sink.next(Array.isArray(problem) ? { errors: problem } : failure(connectionLost(problem, lastCursor)));
          sink.complete();
        },
        complete: () => sink.complete(),
      });
      return {
        unsubscribe() {
          stop();
          client.dispose();
        },
      };
    },
  };
}

function connectionParams(headers) {
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization")?.[1];
  return authorization === undefined ? {} : { authorization };
}

function connectionLost(problem, lastCursor) {
  const why = problem.reason || problem.message || "no reason given";
  const what = `The subscription's connection closed (${problem.code ?? "no code"}: ${why}).`;
  return lastCursor ? `${what} To miss nothing, run it again with after: "${lastCursor}".` : `${what} Run it again.`;
}
