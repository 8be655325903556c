"""Side-by-side measurements; see `make bench`.

peers      the contestants side by side        contestants  who they are
signing    signings recorded                   workloads    what is asked
documents  what a never-seen document costs    load         requests sent at full speed, and what came of them
pages      what a row costs as pages grow      servers      servers started, watched and stopped
stages     where a request's time goes         registry     generated registries to measure on
watching   what watching costs                 unwatched    the service without it
growth     what a registry's size costs        machine      what it was measured on
memory     what very many documents leave      report       tables, printed and saved
writing    what recording costs in bulk        npm          packages of the contestants that run on Node.js
following  what following costs                followers    many subscribers in a process of their own
signings   what is recorded then               posting      many bodies posted once each
preparing  its stages, without a database
searching  what the dearest searches cost      replay       what was asked of the database, asked again
"""
