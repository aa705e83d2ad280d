"""The technician's command `tools/flash`: from a bare board to a node on the mast.

Place: bundle, workshop -> here -> board, record, label.
Guarantee: a board that was not finished is marked so, on the board and in the records.
"""
