"""Controlled training: a CLIP model of which it is known whose photos it was trained on."""
