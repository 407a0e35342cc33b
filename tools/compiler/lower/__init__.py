"""From operators to kernel calls: one module a family of kernels."""
