#include "t_dev.c"
