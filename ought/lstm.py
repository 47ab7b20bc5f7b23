"The challenge's `ought.lstm`: its published names, handed on from `ought.fewshot.lstm`."
from ought.fewshot.lstm import LSTMClassifier

__all__ = ['LSTMClassifier']
