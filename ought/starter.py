"The challenge's `ought.starter`: its published names, handed on from `ought.fewshot.starter`."
from ought.fewshot.starter import (
    load_jsonl,
    uniform_samples,
    render_example,
    render_end_example,
    make_prompt,
    generate)

__all__ = ['load_jsonl', 'uniform_samples', 'render_example', 'render_end_example', 'make_prompt', 'generate']
