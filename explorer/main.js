import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./main.css";

import { GraphiQL } from "graphiql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

import { examples } from "./examples.js";
import { fetcher } from "./fetcher.js";

const logo = createElement(
  "span",
  { className: "jumelage-logo" },
  createElement("img", { src: `${import.meta.env.BASE_URL}favicon.svg`, alt: "" }),
  "Jumelage",
);

// Headers, and with them keys, are forgotten when the page is left: they are not persisted unless the user asks.
createRoot(document.getElementById("explorer")).render(
  createElement(
    GraphiQL,
    { fetcher, defaultTabs: examples, inputValueDeprecation: true, schemaDescription: true },
    createElement(GraphiQL.Logo, null, logo),
  ),
);
