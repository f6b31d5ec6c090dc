"""The rooms of a workspace: one folder is one project, and each room keeps a part of it.

`folder` (paths, state, memory) ← `data` ← `decisions`, `opinions` ← `goals` ← `runs` ← `logs`,
`embeddings` ← `findings` ← `queues`; `loading` puts a dataset in, `workspace` is the hallway.
"""
