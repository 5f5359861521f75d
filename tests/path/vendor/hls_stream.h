// As much of the vendor's hls::stream as hls/vitis uses, to compile the wrapper without Vitis.
#pragma once

#include <deque>

namespace hls {

template <class T>
class stream {
 public:
  void write(const T& value) { values_.push_back(value); }
  T read() {
    const T value = values_.front();
    values_.pop_front();
    return value;
  }
  bool empty() const { return values_.empty(); }

 private:
  std::deque<T> values_;
};

}  // namespace hls
