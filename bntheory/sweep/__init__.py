"""A grid over random instances and methods, written down as TOML: computed in blocks, on any number of workers.

`spec` reads and checks what is asked for, `blocks` computes (the only module here that makes numbers), `folder` keeps
finished blocks, `processes` and `cluster` spread them, `summary` sums up, `run` puts it together.
"""
