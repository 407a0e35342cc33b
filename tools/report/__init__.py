"""The report: one self-contained HTML page, and the words that page and trace share."""
