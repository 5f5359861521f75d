// The one source file that hlsc compiles to the module `rewrite`.
#include "look_up.cpp"
#include "rewrite.cpp"
