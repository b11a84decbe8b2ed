"""FQL, the language of triggers: text to tokens (`lexer`), tokens to a tree (`parser`), the tree to a predicate
(`compile`), and many predicates to the few that an event can concern (`index`).
"""
