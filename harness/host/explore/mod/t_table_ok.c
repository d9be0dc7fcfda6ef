#include "t_table.c"
