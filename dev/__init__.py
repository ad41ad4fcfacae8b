"""Everything a developer runs that is not the product: local stack, keys, gateway, demonstration, benchmarks."""
