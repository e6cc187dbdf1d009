"""The experiments of the papers: folds, variants and seeds, with resumable runs."""
