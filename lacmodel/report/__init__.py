"""Reports: charts, one page, a summary, and the folder that holds them."""
