// The tabs that a first visit opens, in this order. A tab takes its title from its operation's name.
import agreement from "./examples/1-agreement.graphql?raw";
import cities from "./examples/2-cities.graphql?raw";
import planned from "./examples/3-planned-and-undated.graphql?raw";
import events from "./examples/4-events-and-delegations.graphql?raw";
import recordSigning from "./examples/5-record-signing.graphql?raw";
import recordSigningVariables from "./examples/5-record-signing.variables.json?raw";
import signingRecorded from "./examples/6-signing-recorded.graphql?raw";

const keyToFillIn = '{\n  "Authorization": "Bearer jml_..."\n}\n';

export const examples = [
  { query: agreement },
  { query: cities },
  { query: planned },
  { query: events },
  { query: recordSigning, variables: recordSigningVariables, headers: keyToFillIn },
  { query: signingRecorded },
];
