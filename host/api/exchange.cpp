#include "exchange.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace sluice::api {
namespace {

constexpr std::chrono::seconds kRestLimit{1};

thread_local Exchange* current_exchange = nullptr;
thread_local TimePoint accepted_at;  // of the connection that this thread takes up next

// httplib's own threads, which are told when their connection was accepted.
class Pool : public httplib::TaskQueue {
 public:
  explicit Pool(std::size_t threads) : threads_(threads) {}
  void enqueue(std::function<void()> work) override {
    threads_.enqueue([work = std::move(work), accepted = SteadyClock::now()] {
      accepted_at = accepted;
      work();
    });
  }
  void shutdown() override { threads_.shutdown(); }

 private:
  httplib::ThreadPool threads_;
};

}  // namespace

Exchange::Exchange(std::shared_ptr<const base::Fd> socket, TimePoint accepted, const Limits& limits)
    : socket_(std::move(socket)), accepted_(accepted), limits_(limits), write_left_(limits.write) {
  current_exchange = this;
}

Exchange::~Exchange() { current_exchange = nullptr; }

Exchange& Exchange::current() {
  if (current_exchange == nullptr) std::abort();
  return *current_exchange;
}

// A client that only has nothing more to say is still there.
bool Exchange::gone(const base::Fd& socket) {
  pollfd entry{socket.get(), 0, 0};
  return ::poll(&entry, 1, 0) > 0 && (entry.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool Exchange::wait_for(short events, TimePoint deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd entry{socket_->get(), events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::max<long>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

bool Exchange::is_readable() const { return taken_ < buffered_ || wait_for(POLLIN, accepted_); }

bool Exchange::is_writable() const {
  return !gone(*socket_) && wait_for(POLLOUT, SteadyClock::now() + write_left_);
}

// A request that waited for a thread is there but for what its socket could not hold; a client that
// never ends is not waited for, but cut off too.
ssize_t Exchange::receive() {
  const TimePoint wait_until = std::max(accepted_ + limits_.read, taken_up_ + kRestLimit);
  for (;;) {
    late_ = late_ || SteadyClock::now() > taken_up_ + limits_.read;
    if (late_) return -1;
    const ssize_t count = ::recv(socket_->get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count >= 0 || (errno != EAGAIN && errno != EINTR)) return count;
    if (errno == EAGAIN) late_ = !wait_for(POLLIN, wait_until);
  }
}

ssize_t Exchange::read(char* bytes, size_t size) {
  if (taken_ == buffered_) {
    const ssize_t count = receive();
    if (count <= 0) return count;
    buffered_ = static_cast<std::size_t>(count);
    taken_ = 0;
  }
  const std::size_t part = std::min(size, buffered_ - taken_);
  std::memcpy(bytes, buffer_.data() + taken_, part);
  taken_ += part;
  return static_cast<ssize_t>(part);
}

ssize_t Exchange::write(const char* bytes, size_t size) {
  std::size_t sent = 0;
  while (sent < size) {
    const ssize_t count =
        ::send(socket_->get(), bytes + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno != EAGAIN) return -1;
    const TimePoint begin = SteadyClock::now();
    if (!wait_for(POLLOUT, begin + write_left_)) return -1;
    write_left_ =
        std::max(write_left_ - (SteadyClock::now() - begin), SteadyClock::duration::zero());
  }
  return static_cast<ssize_t>(size);
}

ExchangeServer::ExchangeServer(std::size_t threads, const Limits& limits) : limits_(limits) {
  new_task_queue = [threads] { return new Pool(threads); };
}

bool ExchangeServer::process_and_close_socket(socket_t socket) {
  const auto shared = std::make_shared<const base::Fd>(socket);
  Exchange exchange(shared, accepted_at, limits_);
  bool closed = false;
  const bool answered = process_request(exchange, true, closed, nullptr);
  // The work of this request may still have the socket.
  ::shutdown(shared->get(), SHUT_RDWR);
  return answered;
}

}  // namespace sluice::api
