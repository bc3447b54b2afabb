"""Names what Frigate's cameras have seen: a tracked "cat" gets the sub-label of the one that it is.

    MQTT -> subscription: events, the newest of each object -> labeller: snapshot -> answer -> sub-label
                                                                      nvr: Frigate's HTTP API

It needs the extra `frigate`.
"""
