#include "trapped_bar.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/fd.hpp"

#ifndef __x86_64__
#error "this test glue knows the trap flag and the page-fault code of x86-64 only"
#endif

namespace sluice::driver {
namespace {

constexpr std::uint32_t kBarBytes = 256 * 1024;
constexpr std::size_t kPageBytes = 4096;
constexpr greg_t kTrapFlag = 0x100;         // of EFLAGS
constexpr greg_t kFaultWasAStore = 1 << 1;  // of the page fault's code
// Around a word to be stored, to see that nothing else was.
constexpr std::uint32_t kCanary = 0xc0ffee77;
constexpr std::uint32_t kUntouched = 0x5eed5eed;

TrappedBar* active = nullptr;  // signal handlers take no argument
struct sigaction segv_before;
struct sigaction trap_before;

[[noreturn]] void die(const char* why) {
  (void)!write(STDERR_FILENO, why, std::strlen(why));
  std::abort();
}

void on_fault(int number, siginfo_t* info, void* machine) {
  auto& registers = static_cast<ucontext_t*>(machine)->uc_mcontext.gregs;
  const bool store = (registers[REG_ERR] & kFaultWasAStore) != 0;
  if (active != nullptr && active->begin_access(info->si_addr, store)) {
    registers[REG_EFL] |= kTrapFlag;
    return;
  }
  sigaction(number, &segv_before, nullptr);  // a genuine fault: it comes again
}

void on_trap(int number, siginfo_t*, void* machine) {
  auto& registers = static_cast<ucontext_t*>(machine)->uc_mcontext.gregs;
  if (active != nullptr && active->end_access()) {
    registers[REG_EFL] &= ~kTrapFlag;
    return;
  }
  sigaction(number, &trap_before, nullptr);
}

void wait(sem_t& semaphore) {
  while (sem_wait(&semaphore) != 0) {
  }
}

}  // namespace

TrappedBar::TrappedBar(Board& card, std::uint32_t offset_bytes)
    : card_(card), offset_bytes_(offset_bytes) {
  char name[] = "/tmp/sl-bar-XXXXXX";
  const base::Fd fd(mkstemp(name));
  if (!fd || ftruncate(fd.get(), kBarBytes) != 0 || active != nullptr)
    die("no stand-in for a BAR\n");
  path_ = name;
  sem_init(&asked_, 0, 0);
  sem_init(&answered_, 0, 0);
  active = this;
  struct sigaction action{};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = on_fault;
  sigaction(SIGSEGV, &action, &segv_before);
  action.sa_sigaction = on_trap;
  sigaction(SIGTRAP, &action, &trap_before);
  thread_ = std::thread([this] { serve(); });
}

TrappedBar::~TrappedBar() {
  sigaction(SIGSEGV, &segv_before, nullptr);
  sigaction(SIGTRAP, &trap_before, nullptr);
  active = nullptr;
  stop_ = true;
  sem_post(&asked_);
  thread_.join();
  sem_destroy(&asked_);
  sem_destroy(&answered_);
  unlink(path_.c_str());
}

void TrappedBar::trap() {
  std::ifstream maps("/proc/self/maps");
  begin_ = nullptr;
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(path_)) continue;
    unsigned long long first = 0;
    unsigned long long last = 0;
    unsigned long long offset = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx %*s %llx", &first, &last, &offset) != 3) continue;
    begin_ = reinterpret_cast<char*>(first);
    end_ = reinterpret_cast<char*>(last);
    first_offset_ = static_cast<std::uint32_t>(offset);
  }
  if (begin_ == nullptr) die("the BAR is not mapped\n");
  if (mprotect(begin_, static_cast<std::size_t>(end_ - begin_), PROT_NONE) != 0) die("mprotect\n");
}

bool TrappedBar::begin_access(void* address, bool store) {
  auto* at = static_cast<char*>(address);
  if (begin_ == nullptr || at < begin_ || at >= end_ || page_ != nullptr) return false;
  const auto into = static_cast<std::uint32_t>(at - begin_);
  if (into % 4 != 0) die("an access to a BAR that is not at a multiple of 4\n");
  request_ = Request{store, first_offset_ + into - offset_bytes_, 0};
  if (!store) ask();
  page_ = begin_ + into / kPageBytes * kPageBytes;
  place_ = reinterpret_cast<volatile std::uint32_t*>(at);
  if (mprotect(page_, kPageBytes, PROT_READ | PROT_WRITE) != 0) die("mprotect\n");
  auto* words = reinterpret_cast<volatile std::uint32_t*>(page_);
  for (std::size_t i = 0; i < kPageBytes / 4; ++i) words[i] = kCanary;
  *place_ = store ? kUntouched : request_.word;
  return true;
}

bool TrappedBar::end_access() {
  if (page_ == nullptr) return false;
  const auto* words = reinterpret_cast<volatile std::uint32_t*>(page_);
  for (std::size_t i = 0; i < kPageBytes / 4; ++i) {
    if (words + i != place_ && words[i] != kCanary) die("an access to a BAR wider than 32 bits\n");
  }
  const std::uint32_t word = *place_;
  if (mprotect(page_, kPageBytes, PROT_NONE) != 0) die("mprotect\n");
  page_ = nullptr;
  if (!request_.store) return true;
  request_.word = word;
  ask();
  return true;
}

// Hands the request to the card's thread and waits for what it makes of it.
void TrappedBar::ask() {
  sem_post(&asked_);
  wait(answered_);
}

void TrappedBar::serve() {
  for (;;) {
    wait(asked_);
    if (stop_) return;
    answer();
    sem_post(&answered_);
  }
}

void TrappedBar::answer() {
  if (request_.store) {
    ++stores_;
    (void)card_.write(request_.offset, request_.word);
    return;
  }
  ++loads_;
  const auto value = card_.read(request_.offset);
  request_.word = value ? *value : 0xffffffff;
}

}  // namespace sluice::driver
