"""Long work for somebody, outside of the server: a bounded queue in the database, and one worker at low priority.

    a page: queue.submit -> Job (waiting) -> its task in the database
    the worker: tasks.work -> bounded_process: a command of ours -> events in the job's folder -> Job (done | failed)
    a page: Job and events -> how far it is, pictures of the way, what came of it

The worker is started and stopped with the server, see `supervisor.py`. One that dies leaves no job hanging, see
`lease.py`. Which command a kind of job runs is said by the room that the kind belongs to, see `kinds.py`.
"""
