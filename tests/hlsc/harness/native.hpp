// Calls a kernel through an array of pointers, one a parameter and one for the return value.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

namespace hlsc_cosim {

template <class T>
struct Argument {  // by value
  static T from(void* p) {
    T v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
};
template <class T>
struct Argument<T&> {
  static T& from(void* p) { return *static_cast<T*>(p); }
};

template <class R, class... A, std::size_t... I>
void call(R (*f)(A...), void** args, std::index_sequence<I...>) {
  if constexpr (std::is_void_v<R>) {
    f(Argument<A>::from(args[I])...);
  } else {
    const R r = f(Argument<A>::from(args[I])...);
    std::memcpy(args[sizeof...(A)], &r, sizeof r);
  }
}

template <class R, class... A>
void call(R (*f)(A...), void** args) {
  call(f, args, std::index_sequence_for<A...>());
}

}  // namespace hlsc_cosim
