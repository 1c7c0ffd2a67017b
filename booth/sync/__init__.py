"""One run: the stages of the pipeline, and the run that calls them in order."""
