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

// Keys are forgotten when the page is left, unless the user asks in the settings to keep headers. The history
// is left out (no plugins) because it would keep them all the same; tabs, without headers, are kept.
createRoot(document.getElementById("explorer")).render(
  createElement(
    GraphiQL,
    { fetcher, defaultTabs: examples, plugins: [], inputValueDeprecation: true, schemaDescription: true },
    createElement(GraphiQL.Logo, null, logo),
  ),
);
