// Marks that hlsc reads from a kernel's source. Other compilers see nothing.
//   HLSC_TOP          before a function: this is the module to build
//   HLSC_STABLE       on a parameter: constant while packets are in flight, not pipelined
//   HLSC_LATENCY(n)   on a table parameter: clock cycles from address to data (default 2)
#pragma once

#if defined(__clang__)
#define HLSC_TOP __attribute__((annotate("hlsc::top")))
#define HLSC_STABLE __attribute__((annotate("hlsc::stable")))
#define HLSC_LATENCY(n) __attribute__((annotate("hlsc::latency=" #n)))
#else
#define HLSC_TOP
#define HLSC_STABLE
#define HLSC_LATENCY(n)
#endif
