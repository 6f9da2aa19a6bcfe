"""What the DfE and the ONS publish about every council, and who is like whom."""
