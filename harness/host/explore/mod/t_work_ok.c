#include "t_work.c"
