"""Under which conditions does an outcome come about? PRIM and CART."""
