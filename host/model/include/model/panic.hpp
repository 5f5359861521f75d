// When checks say that too much of a service fails at once to be believed.
//
// Where most backends of a service go down together, what is broken is rather between the checks
// and the backends, and the backends that are left could not carry the load of all. The service is
// then in panic: all its backends are in service, whatever their checks say, until fewer fail.
#pragma once

#include "model/config.hpp"

namespace sluice::model {

// How the backends of a service stand with their checks; those that are drained do not count.
struct Standing {
  unsigned backends = 0;
  unsigned down = 0;
  unsigned lately = 0;   // of these, went down within the last interval
  unsigned falling = 0;  // up, and their next failed check takes them down
};

// Whether the service is in panic now, if it was or was not `before`. It begins when one went down
// and more than the threshold went down lately or are about to: checks of a service are spread over
// an interval, and the first of many to go down must not lose its connections before the others
// are known.
bool in_panic(const Standing& standing, const ServiceConfig& service, bool before);

}  // namespace sluice::model
