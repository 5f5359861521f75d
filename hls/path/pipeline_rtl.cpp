// The whole packet path as the one source file that hlsc compiles to the module `pipeline`.
#include "classify.cpp"
#include "parse.cpp"
#include "pipeline.cpp"
#include "rewrite.cpp"
#include "schedule.cpp"
