"""Side-by-side measurements; see `make bench`.

page         what is measured: a document, and the best SQL for it      growth     what a registry's size costs
handwritten  the endpoint that Jumelage is measured beside              report     tables, printed and saved
registry     generated registries to measure on
servers      servers started, watched and stopped
load         requests sent at full speed, and what came of them        stages     where a request's time goes
"""
