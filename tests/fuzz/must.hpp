// What a fuzz target asserts: the condition's text on stderr, then abort, which libFuzzer reports.
#pragma once

#include <cstdio>
#include <cstdlib>

#define MUST(condition)                                        \
  do {                                                         \
    if (!(condition)) {                                        \
      std::fprintf(stderr, "does not hold: %s\n", #condition); \
      std::abort();                                            \
    }                                                          \
  } while (false)
