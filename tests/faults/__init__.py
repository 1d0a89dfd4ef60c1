# SPDX-License-Identifier: MIT
"""The matrix of injected faults: see ../faultmatrix.py."""
