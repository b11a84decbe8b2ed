"""Liquid as LiquidJS understands it: the common plain outputs are compiled (`plain`), all else is left to
python-liquid (`engine`), which reads templates (`lexer`, `expressions`, `tags`, `loops`), follows paths (`context`),
compares and prints (`values`) and filters (`filters`, `moments`) as LiquidJS does, and counts the work (`bounds`).
"""
