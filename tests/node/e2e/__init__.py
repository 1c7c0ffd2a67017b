"""From a chart to rows in a database: everything real, on a node of its own."""
