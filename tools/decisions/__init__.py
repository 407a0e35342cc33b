"""From answers of windows to what the device reports, and how good those reports are on continuous recordings."""
