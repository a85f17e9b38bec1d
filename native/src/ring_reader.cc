#include "ring_reader.h"

#include <linux/bpf.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "failure.h"

namespace tapio {
namespace {

constexpr int32_t kFree = 0;
constexpr int32_t kTaken = 1;
constexpr uint64_t kWakeTag = UINT64_MAX;
// A slot is freed without telling the reader, so it looks again soon; not at once, as a receiver may be
// stuck.
constexpr int kStarvedMs = 2;

}  // namespace

RingReader::RingReader(ReaderOptions options, std::function<Offer(const Batch&)> offer)
    : options_(std::move(options)), offer_(std::move(offer)) {
  poll_ = UniqueFd(Check(epoll_create1(EPOLL_CLOEXEC), "create an epoll set"));
  wake_ = UniqueFd(Check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "create an eventfd"));
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.u64 = kWakeTag;
  Check(epoll_ctl(poll_.get(), EPOLL_CTL_ADD, wake_.get(), &event), "watch the reader's eventfd");
  for (uint32_t index = 0; index < options_.rings.size(); ++index) {
    const BpfMap& map = options_.rings[index].map;
    if (map.type() != BPF_MAP_TYPE_RINGBUF)
      throw Failure("read map " + map.name() + ", which is no ring", EINVAL);
    rings_.push_back(std::make_unique<Ring>(map.fd(), map.max_entries()));
    // Edge-triggered: a ring stays readable until it is released, which may be much later.
    event.events = EPOLLIN | EPOLLET;
    event.data.u64 = index;
    Check(epoll_ctl(poll_.get(), EPOLL_CTL_ADD, map.fd(), &event), "watch ring " + map.name());
    order_.push_back(index);
  }
  std::stable_partition(order_.begin(), order_.end(), [&](uint32_t i) { return options_.rings[i].critical; });
}

void RingReader::Start() {
  // Signals are for the main thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "tapio-rings");
    Run();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void RingReader::Stop() {
  stop_.store(true, std::memory_order_release);
  if (!thread_.joinable()) return;
  Wake();
  thread_.join();
}

void RingReader::Wake() {
  uint64_t one = 1;
  // Fails only when a wake-up is already pending.
  [[maybe_unused]] ssize_t written = write(wake_.get(), &one, sizeof(one));
}

void RingReader::Clear(int event_fd) {
  uint64_t value = 0;
  [[maybe_unused]] ssize_t got = read(event_fd, &value, sizeof(value));
}

int RingReader::TakeSlot(bool critical) {
  int found = -1;
  uint32_t needed = critical || options_.slot_count == 1 ? 1 : 2;
  for (uint32_t slot = 0; slot < options_.slot_count; ++slot) {
    if (__atomic_load_n(&options_.states[slot], __ATOMIC_SEQ_CST) != kFree) continue;
    if (found < 0) found = static_cast<int>(slot);
    if (--needed == 0) {
      __atomic_store_n(&options_.states[found], kTaken, __ATOMIC_SEQ_CST);
      return found;
    }
  }
  return -1;
}

void RingReader::FreeSlot(int slot) { __atomic_store_n(&options_.states[slot], kFree, __ATOMIC_SEQ_CST); }

RingReader::Drained RingReader::Drain(uint32_t index) {
  Ring& ring = *rings_[index];
  while (ring.HasRecord() && !stop_.load(std::memory_order_acquire)) {
    int slot = TakeSlot(options_.rings[index].critical);
    if (slot < 0) {
      counters_.slots_exhausted.fetch_add(1, std::memory_order_relaxed);
      return Drained::kStarved;
    }
    uint64_t offset = static_cast<uint64_t>(slot) * options_.slot_bytes;
    Span span = ring.Copy(options_.slots + offset, options_.slot_bytes);
    if (span.records == 0) {
      FreeSlot(slot);
      continue;
    }
    Offer result = offer_({static_cast<uint32_t>(slot), index, offset, span});
    if (result != Offer::kTaken) {
      ring.Unread(span.start);
      FreeSlot(slot);
      if (result == Offer::kClosed) return Drained::kClosed;
      counters_.queue_full.fetch_add(1, std::memory_order_relaxed);
      return Drained::kStarved;
    }
    counters_.batches.fetch_add(1, std::memory_order_relaxed);
    counters_.records.fetch_add(span.records, std::memory_order_relaxed);
    counters_.bytes.fetch_add(span.end - span.start, std::memory_order_relaxed);
  }
  return Drained::kAll;
}

void RingReader::Run() {
  using Clock = std::chrono::steady_clock;
  const auto pause = std::chrono::milliseconds(options_.coalesce_ms);
  std::vector<epoll_event> events(rings_.size() + 1);
  Clock::time_point last{};
  int timeout_ms = static_cast<int>(options_.tick_ms);
  while (!stop_.load(std::memory_order_acquire)) {
    // The timeout is finite and everything is read anyway: a wake-up may be lost or never sent.
    int ready = epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    bool asked = false;
    for (int i = 0; i < ready; ++i) {
      if (events[static_cast<size_t>(i)].data.u64 != kWakeTag) continue;
      Clear(wake_.get());
      asked = true;
    }
    if (ready > 0) counters_.wakeups.fetch_add(1, std::memory_order_relaxed);
    if (ready > 0 && !asked && Clock::now() < last + pause) std::this_thread::sleep_until(last + pause);
    timeout_ms = static_cast<int>(options_.tick_ms);
    for (uint32_t index : order_) {
      Drained drained = Drain(index);
      if (drained == Drained::kClosed) return;
      if (drained == Drained::kStarved) timeout_ms = kStarvedMs;
    }
    last = Clock::now();
  }
}

}  // namespace tapio
