// The one source file that hlsc compiles to the module `schedule`.
#include "schedule.cpp"
