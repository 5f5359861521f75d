// The one source file that hlsc compiles to the module `parse_classify`.
#include "classify.cpp"
#include "connect.cpp"
#include "parse.cpp"
#include "parse_classify.cpp"
