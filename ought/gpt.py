"The challenge's `ought.gpt`: its published names, handed on from `ought.fewshot.gpt`."
from ought.fewshot.gpt import GPTLMClassifier, GPTMatmulClassifier, GPTSimilarityClassifier

__all__ = ['GPTLMClassifier', 'GPTMatmulClassifier', 'GPTSimilarityClassifier']
