"The challenge's `ought.metrics`: its published names, handed on from the few-shot floor."
from ought.fewshot.ensemble import EnsembleClassifier
from ought.fewshot.metrics import Metrics

__all__ = ['Metrics', 'EnsembleClassifier']
