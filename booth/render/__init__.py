"""The command line's text, in Korean."""
