"""Pure decisions: no input or output, no clock, no chance. The same facts and tables give the same answer anywhere."""
