"""The experiments of the papers: folds, variants and seeds, each run resumable."""
