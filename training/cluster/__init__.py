"""A training on the machines of a Ray cluster: tasks, a core each, whose results come back as they are ready.

    tasks -> features: the network and chunks of pictures out, their features back
          -> machines: a share of a batch and the trained weights out, gradients back
          -> trials: a recipe and a fold out, how its model did back

It needs the extra `ray`.
"""
