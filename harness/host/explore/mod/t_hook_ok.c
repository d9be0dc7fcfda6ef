#include "t_hook.c"
