"""FQL, the language of triggers: text to tokens (`lexer`, `literals`), tokens to a tree (`parser`, `tree`,
`functions`), the tree to a predicate (`compile`) or to the reasons why it does not hold (`failures`), and many
predicates to the few that an event can concern (`reach`, `index`).
"""
