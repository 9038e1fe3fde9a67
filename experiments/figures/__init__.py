"""One figure a module, drawn from statistics that all of them share."""
