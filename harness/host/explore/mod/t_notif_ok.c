#include "t_notif.c"
