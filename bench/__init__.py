"""How fast the feed engine is: `make bench` measures it beside what its work costs at least, and beside a peer."""
