"""Results of LLM batches: what came back, what it says, and which sample it belongs to."""
