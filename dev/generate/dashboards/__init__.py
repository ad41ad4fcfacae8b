"""The Grafana dashboards as code. ``make generate`` writes them.

``board`` says what a dashboard is without knowing Grafana; ``glance``, ``pipeline``, ``notify``, ``service``,
``dependencies`` and ``objectives`` are the dashboards; ``grafana`` makes Grafana's JSON of them. ``rehearsal`` plays a
morning under a real Prometheus, for the test that runs every query, and for ``screens``, which draws the panels.
"""
