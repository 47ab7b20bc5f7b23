"The challenge's `ought.bart`: its published names, handed on from `ought.fewshot.bart`."
from ought.fewshot.bart import BARTClassifier

__all__ = ['BARTClassifier']
