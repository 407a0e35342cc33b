"""Train candidates in the sandbox and judge them outside it."""
