// Which fault of tests/cosim/plant_faults.py this card has: SLUICE_PLANTED_FAULT; none without it.
#include <cstdlib>

extern "C" int planted_fault() {
  const char* number = std::getenv("SLUICE_PLANTED_FAULT");
  return number == nullptr ? 0 : std::atoi(number);
}
