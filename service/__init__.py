"""What the registry does. The modules, in the order in which a request meets them:

__main__      the command line        serving       a start, step by step
settings      what may differ         embedded      PostgreSQL where none is given
operating_settings            of them, running and watching
edge_settings                         the same, of requests and callers
stream_settings                       the same, of connections that stay open
workers       several processes       web_server    the server of one; accepting
app           puts it together        migration     the schema of this release; online: beside writers
websocket_protocol            what a peer may cost
http/         GraphQL over HTTP       websocket     graphql-transport-ws; websocket_messages
access        who is calling          keys, oidc    API keys; tokens of an issuer
rates         a caller's share        request_id    which request it is
streams       connections that stay   sse           Server-Sent Events
explorer      the page at /           logs          one line an event
probes        health and metrics      health        fit to answer, and why not; repeating
observing     what is told of an answer

-- here a request passes through schema/, which knows GraphQL; from here on nothing does --

plan          what was asked for      sql           a plan written as one statement
database      statements run          pool          connections lent
connecting    from the settings
replica       reads that may be old   progress      who is how far behind
addresses, servers            several servers that stand for one database
models        every table, declared once
metrics       what is counted         gauges        what is looked at when Prometheus asks
tracing       spans of OpenTelemetry  version       which release this is

recording     the order of writing: key, rule, last lock, commit; batch does it for many at once
signing, agreement, event, delegation, giving, party        the rules, by area
agreement_update, updating, party_update, revision          changes to what is recorded
merging, referring, retraction, belonging                   duplicates joined, errors taken back
inputs, agreement_inputs, party_inputs                      what a rule is given
reference     names become records    finding, matching, creation, citation, rows
fingerprint, chain, notification      of keys, of changes, of commits
changes       following the feed      tail, following        its end, and who follows
release       publications loaded through the rules
doctor        what is well and what is not          examination, epoch
importing, export                     lines of JSON, in and out; import_command
pruning, verification                 old changes let go of; the history proved
gazetteer     GeoNames' cities        city_command, city_loading, city_matching, city_writing
generation    invented registries     embedded_files, first_key
dates, folding                        partial dates; names without case and accents
errors, failure, progress_bar         what callers, what operators are told
"""
