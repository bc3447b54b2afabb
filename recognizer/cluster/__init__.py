"""Pictures on several machines: folders, object stores and tar shards in, by Ray Data, and Parquet files out.

    sources, shards -> classifier: an actor a core -> run -> answers_parquet, written by the one who asked

It needs the extra `ray`; only `run`, and `connection` that it works through, import Ray itself.
"""
