"""Predict, embed, cross-validate and train; the home of torch, transformers and scikit-learn."""
