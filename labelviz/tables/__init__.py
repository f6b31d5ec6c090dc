"""Files in and out: CSV as people have it, Parquet as labelviz keeps it."""
