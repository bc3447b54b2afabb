"""The protocols of other inference servers, so that their clients can be pointed here.

    a protocol's reader of requests -> predict -> classify.answer, as for the API -> its writer of replies
    any problem document            -> error_shapes -> the error as the protocol has it

Each protocol is one module with its views; the Open Inference Protocol reads its tensors in another.
"""
