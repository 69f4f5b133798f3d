"""Attacks: a model and people go in, one membership score per person comes out; ground truth stays outside."""
