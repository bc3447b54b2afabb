"""A training on the machines of a Ray cluster: tasks, a core each, whose results come back as they are ready.

    tasks -> features: the network and chunks of pictures out, their features back

It needs the extra `ray`.
"""
