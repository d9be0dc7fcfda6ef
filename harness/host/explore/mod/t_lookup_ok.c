#include "t_lookup.c"
