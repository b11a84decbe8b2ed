"""Liquid as LiquidJS understands it: the common plain outputs are compiled (`plain`), all else is left to
python-liquid (`engine`), with filters and comparisons that do as LiquidJS does (`filters`, `comparisons`).
"""
