// The world's errors: a code, what failed and where. (A programmer's error aborts; a packet's is a
// drop reason and a counter.)
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace sluice::base {

enum class Errc {
  invalid,         // the input is wrong; the message says what to write instead
  not_found,       // no such file, device, service
  incompatible,    // the other side is of another version or layout
  busy,            // somebody else holds it
  exhausted,       // a stated bound is reached
  link_down,       // the other side is gone
  hung,            // no answer within the bound
  io,              // the operating system refused
  bad_image,       // an image file is truncated, corrupt, or not for this card
  program_failed,  // the card could not be given an image
  verify_failed,   // the card does not do or hold what it should after it was programmed or written
};

struct Error {
  Errc code = Errc::io;
  std::string what;   // what failed and the likely cause
  std::string where;  // file:line of the input, device or path; may be empty

  std::string message() const { return where.empty() ? what : where + ": " + what; }
};

const char* name(Errc code);

// A value or an Error. Asking for the one that is not there is a programmer's error: abort.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool ok() const { return state_.index() == 0; }

  T& value() & { return check_value(), std::get<0>(state_); }
  const T& value() const& { return check_value(), std::get<0>(state_); }
  T&& value() && { return check_value(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    if (ok()) std::abort();
    return std::get<1>(state_);
  }

 private:
  void check_value() const {
    if (!ok()) std::abort();
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  explicit operator bool() const { return ok_; }
  bool ok() const { return ok_; }
  const Error& error() const {
    if (ok_) std::abort();
    return error_;
  }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace sluice::base
