"""A code source: Python classes that become actions of their own. It is written as for Mistral."""

import re

from mistral_lib import actions


class Count(actions.Action):
    """How often the most frequent words stand in a text."""

    def __init__(self, text, most=3):
        self.text = text
        self.most = most

    def run(self, context):
        words = re.findall(r"\w+", self.text.lower())
        if not words:
            return actions.Result(error="There are no words in the text.")
        counted = {word: words.count(word) for word in words}
        ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
        return dict(ranked[: self.most])
