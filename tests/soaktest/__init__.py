# SPDX-License-Identifier: MIT
"""What tests/soak.py is made of."""
